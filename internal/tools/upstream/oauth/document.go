package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// What one document may be, and how long all questions of one step may take.
const (
	mostBytes   = 64 << 10
	mostDepth   = 16
	mostEntries = 200 // of one list
	patience    = 30 * time.Second
)

// errAbsent is in the chain of the fault of a URL at which there is no document.
var errAbsent = errors.New("there is no such document")

// isPassing reports a status that may be another in a while.
func isPassing(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }

// document fetches a JSON object. Where there is none, errAbsent is in the chain.
func (c *Client) document(ctx context.Context, location string) ([]wire.Member, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, location, http.NoBody)
	if err != nil {
		return nil, fault.Wrap(fault.Upstream, "a URL that was named for signing in cannot be asked", err)
	}
	resp, err := c.do(ctx, req)
	if err != nil {
		return nil, err
	}
	if resp.Status != http.StatusOK {
		kind := fault.Upstream
		if isPassing(resp.Status) {
			kind = fault.Unavailable
		}
		return nil, fault.Wrap(kind, fmt.Sprintf("%s answered with HTTP %d instead of its metadata", req.URL.Host, resp.Status), errAbsent)
	}
	members, err := wire.Members(resp.Body, wire.Limits{MaxBytes: mostBytes, MaxDepth: mostDepth})
	if err != nil {
		return nil, fault.Wrap(fault.Upstream, req.URL.Host+" has no metadata that can be read: "+err.Error(), errAbsent)
	}
	return members, nil
}

// first returns the document that is there first, and where. Where there is none, it
// fails as the first place did.
func (c *Client) first(ctx context.Context, places []string) (members []wire.Member, place string, err error) {
	var absent error
	for _, place := range places {
		members, err := c.document(ctx, place)
		if err == nil || !errors.Is(err, errAbsent) {
			return members, place, err
		}
		if absent == nil {
			absent = err
		}
	}
	return nil, "", absent
}

// reader reads members of a document. The first thing that is wrong stays.
type reader struct {
	members []wire.Member
	why     string
}

func (r *reader) fail(why string) {
	if r.why == "" {
		r.why = why
	}
}

// text returns a string; empty if there is none.
func (r *reader) text(name string) string {
	value := wire.Value(r.members, name)
	if value == nil || string(value) == "null" {
		return ""
	}
	s, ok := wire.Text(value)
	if !ok {
		r.fail(name + " is no text")
	}
	return s
}

// list returns a list of strings; nil if there is none.
func (r *reader) list(name string) []string {
	value := wire.Value(r.members, name)
	if value == nil || string(value) == "null" {
		return nil
	}
	list, ok := wire.Texts(value)
	if !ok || len(list) > mostEntries {
		r.fail(name + " is no list of texts, or too long")
		return nil
	}
	return list
}

func (r *reader) flag(name string) bool { return string(wire.Value(r.members, name)) == "true" }

// endpoint returns a URL that may be used; empty if there is none.
func (r *reader) endpoint(c *Client, name string) string {
	raw := r.text(name)
	if raw == "" {
		return ""
	}
	if _, why := c.address(raw); why != "" {
		r.fail(name + " " + why)
		return ""
	}
	return raw
}

// scopes returns a list of scopes.
func (r *reader) scopes(name string) []string {
	list := r.list(name)
	if why := scopesObjection(list); why != "" {
		r.fail(name + " " + why)
		return nil
	}
	return list
}
