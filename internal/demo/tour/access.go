package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/demo"
)

// organization is what a change of Contoso's settings has to repeat.
type organization struct {
	Name       string   `json:"name"`
	Origins    []string `json:"origins"`
	Membership struct {
		Soft int `json:"softSeconds"`
		Hard int `json:"hardSeconds"`
	} `json:"membership"`
}

// soft has Graph asked again about whoever calls, when what is known is so old, and
// returns how it was.
func (t *tour) soft(ctx context.Context, seconds int) (was int, err error) {
	var now organization
	resp, err := t.api(ctx, http.MethodGet, "", nil, &now)
	if err != nil {
		return 0, err
	}
	was, now.Membership.Soft = now.Membership.Soft, seconds
	_, err = t.apiMatching(ctx, http.MethodPut, "", resp.Header.Get("Etag"), now, nil)
	return was, err
}

func (t *tour) order(change members) members {
	change.Tenant = t.contoso.EntraTenantID
	change.Group = demo.Group(t.contoso.Slug, "Staff")
	return change
}

// leaving is the order by which Alice leaves her group.
func (t *tour) leaving() string {
	text, err := json.Marshal(t.order(members{Remove: []string{t.person("alice").OID}}))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// rejoin has Alice be in her group, whether or not she is.
func (t *tour) rejoin(ctx context.Context) error {
	return t.control(ctx, http.MethodPost, "/members", t.order(members{Add: []string{t.person("alice").OID}}), nil)
}

func (t *tour) leaveGroup(ctx context.Context) (string, error) {
	was, err := t.soft(ctx, 1)
	if err != nil {
		return "", err
	}
	t.later(func(ctx context.Context) error {
		_, err := t.soft(ctx, was)
		return err
	})
	t.later(t.rejoin)
	began := time.Now()
	if err := t.control(ctx, http.MethodPost, "/members", t.order(members{Remove: []string{t.person("alice").OID}}), nil); err != nil {
		return "", err
	}
	told, err := t.until(ctx, "her tools are still listed", func(names []string) bool { return !slices.Contains(names, "whoami") })
	if err != nil {
		return "", err
	}
	gone := time.Since(began)
	if !told {
		return "", errors.New("her tools are gone, and the open session was not told")
	}
	if t.alice.call(ctx) == nil {
		return "", errors.New("she can still call what is not listed any more")
	}
	if err := t.rejoin(ctx); err != nil {
		return "", err
	}
	if _, err := t.until(ctx, "her tools are not listed again", func(names []string) bool { return slices.Equal(names, staff) }); err != nil {
		return "", err
	}
	return fmt.Sprintf("notifications/tools/list_changed; whoami was gone %d ms after Entra knew", gone.Milliseconds()), nil
}

// until has Alice's app list its tools until the list is as wanted, and reports whether
// the server had told of a change by then.
func (t *tour) until(ctx context.Context, complaint string, wanted func([]string) bool) (told bool, err error) {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		names, err := t.alice.tools(ctx)
		if err != nil {
			return false, err
		}
		if wanted(names) {
			select {
			case <-t.alice.changed:
				return true, nil
			case <-time.After(5 * time.Second): // it may be on its way
				return false, nil
			}
		}
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("%s: %s", complaint, strings.Join(names, ", "))
		case <-again.C:
		}
	}
}

// connection is an AI app that acts for somebody.
type connection struct {
	ID     string
	Name   string
	Person struct{ OID string }
}

// connections are those of Alice and this app.
func (t *tour) connections(ctx context.Context) (own []connection, err error) {
	var page struct{ Items []connection }
	if _, err := t.api(ctx, http.MethodGet, "/connections", nil, &page); err != nil {
		return nil, err
	}
	for _, c := range page.Items {
		if c.Name == clientInfo.Title && c.Person.OID == t.person("alice").OID {
			own = append(own, c)
		}
	}
	return own, nil
}

func (t *tour) revoke(ctx context.Context) (string, error) {
	own, err := t.connections(ctx)
	if err != nil {
		return "", err
	}
	if len(own) == 0 {
		return "", errors.New("the app that acts for Alice is not listed")
	}
	began := time.Now()
	for _, c := range own {
		if _, err := t.api(ctx, http.MethodPost, "/revocations", map[string]string{"kind": "connection", "subject": c.ID, "reason": "tour"}, nil); err != nil {
			return "", err
		}
	}
	for {
		err := t.alice.call(ctx)
		if err != nil && t.alice.asked.Load() > 1 {
			return fmt.Sprintf("401, and no new token without Alice: %d ms after it was revoked", time.Since(began).Milliseconds()), nil
		}
		if err != nil {
			return "", fmt.Errorf("it is not sent to sign in again: %w", err)
		}
		select {
		case <-ctx.Done():
			return "", errors.New("the app goes on")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// heal puts back what a tour before may have left when it was stopped.
func (t *tour) heal(ctx context.Context) error {
	if err := t.rejoin(ctx); err != nil {
		return err
	}
	if err := t.undo(ctx); err != nil {
		return err
	}
	return t.disconnect(ctx)
}

// disconnect ends what Alice has agreed to for this app.
func (t *tour) disconnect(ctx context.Context) error {
	own, err := t.connections(ctx)
	if err != nil {
		return err
	}
	for _, c := range own {
		if _, err := t.api(ctx, http.MethodDelete, "/connections/"+c.ID, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
