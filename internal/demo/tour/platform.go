package tour

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"gatehouse/internal/demo"
)

// owner is who speaks to the management API.
const owner = "carol"

// api speaks to the management API as Contoso's owner; body and into may be nil.
func (t *tour) api(ctx context.Context, method, path string, body, into any) (head, error) {
	return t.apiMatching(ctx, method, path, "", body, into)
}

// apiMatching does so if what the path names still has an entity tag.
func (t *tour) apiMatching(ctx context.Context, method, path, tag string, body, into any) (head, error) {
	cookie, err := t.session(ctx, owner)
	if err != nil {
		return head{}, err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return head{}, err
	}
	req, err := http.NewRequestWithContext(ctx, method, t.at.BaseURL+"/api/organizations/contoso"+path, bytes.NewReader(text))
	if err != nil {
		return head{}, err
	}
	req.Header.Set("Cookie", cookie)
	req.Header.Set("Origin", t.at.BaseURL)
	req.Header.Set("Content-Type", "application/json")
	if tag != "" {
		req.Header.Set("If-Match", tag)
	}
	resp, err := t.exchange(req, into)
	if err == nil && resp.Code >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s answers %s", method, path, resp.Status)
	}
	return resp, err
}

// session is somebody's at the console.
func (t *tour) session(ctx context.Context, who string) (string, error) {
	if cookie := t.sessions[who]; cookie != "" {
		return cookie, nil
	}
	cookie, err := demo.Session(ctx, demo.Visit{Data: t.Data, Username: t.person(who).Username})
	t.sessions[who] = cookie
	return cookie, err
}

// control steers the emulator.
func (t *tour) control(ctx context.Context, method, path string, order, into any) error {
	text, err := json.Marshal(order)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, t.at.ControlURL+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+t.at.ControlToken)
	resp, err := t.exchange(req, into)
	if err == nil && resp.Code >= http.StatusBadRequest {
		err = fmt.Errorf("the emulator answers %s to %s", resp.Status, path)
	}
	return err
}

// asked is a request that the emulator has answered.
type asked struct {
	Service string `json:"service"`
	Method  string `json:"method"`
	Path    string `json:"path"`
	Person  string `json:"person"`
}

// askedOfGraph are the requests that Graph has had for somebody so far.
func (t *tour) askedOfGraph(ctx context.Context, u demo.FileUser) (all []asked, err error) {
	var journal struct {
		Entries []asked `json:"entries"`
	}
	if err := t.control(ctx, http.MethodGet, "/journal", nil, &journal); err != nil {
		return nil, err
	}
	for _, a := range journal.Entries {
		if a.Service == "graph" && a.Person == u.OID {
			all = append(all, a)
		}
	}
	return all, nil
}

// members changes who is in a group.
type members struct {
	Tenant string   `json:"tid"`
	Group  string   `json:"group"`
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}
