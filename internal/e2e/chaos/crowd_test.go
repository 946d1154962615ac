package chaos_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
)

// crowdSize is how many people contoso has besides its cast. All of them are staff.
const crowdSize = 40

const crowdPassword = "one of many"

func crowdName(n int) string { return fmt.Sprintf("crowd-%02d@%s", n%crowdSize, contoso().Domain) }

func crowdOID(n int) string { return fmt.Sprintf("c0c0c0c0-0000-4000-8000-%012d", n%crowdSize) }

// The app through which these tests use contoso's management API.
const (
	automation       = "a0a0a0a0-0000-4000-8000-000000000001"
	automationSecret = "the secret of the automation"
)

// peopled adds the crowd and the automation to contoso's directory.
func peopled(all []seed.Tenant) []seed.Tenant {
	for i := range all {
		at := &all[i]
		if at.ID != contoso().TID.String() {
			continue
		}
		at.Apps = append(at.Apps, seed.App{ID: automation, Name: "Automation", Secret: automationSecret})
		at.Apps[0].AppRoleAssignments = append(at.Apps[0].AppRoleAssignments, seed.AppRoleAssignment{Role: demo.ManageRole, Principal: automation})
		for n := range crowdSize {
			at.Users = append(at.Users, seed.User{ID: crowdOID(n), Username: crowdName(n), Password: crowdPassword, Name: fmt.Sprintf("Crowd %d", n)})
		}
		for g := range at.Groups {
			for n := 0; n < crowdSize && at.Groups[g].ID == contoso().GroupID("Staff").String(); n++ {
				at.Groups[g].Members = append(at.Groups[g].Members, crowdOID(n))
			}
		}
	}
	return all
}

// managed is what a replica with the management API has besides environment.
func (w *world) managed() []string {
	p := demo.Platform()
	return []string{
		"GATEHOUSE_CONSOLE_CLIENT_ID=" + p.Console.String(), "GATEHOUSE_CONSOLE_CLIENT_SECRET=" + p.ConsoleSecret(w.key), "GATEHOUSE_PLATFORM_TENANT_ID=" + p.TID.String(),
	}
}

// asked is what the emulator answers to a form, asked without the network.
func (w *world) asked(form url.Values) (token string, err error) {
	r := httptest.NewRequest(http.MethodPost, w.places.Entra+"/"+contoso().TID.String()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	w.emulator.Entra().ServeHTTP(answer, r)
	var said struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil || said.AccessToken == "" {
		return "", fmt.Errorf("no token: %d %s %w", answer.Code, answer.Body, err)
	}
	return said.AccessToken, nil
}

// tokens signs the crowd in so often, one after the other, each time anew.
func (w *world) tokens(t *testing.T, many int) []string {
	t.Helper()
	all := make([]string, many)
	concurrently(t, runtime.GOMAXPROCS(0), many, func(n int) (err error) {
		all[n], err = w.asked(url.Values{
			"grant_type": {"password"}, "client_id": {demo.VisualStudioCode}, "scope": {contoso().Organization(w.places).Connection.QualifiedScope()},
			"username": {crowdName(n)}, "password": {crowdPassword},
		})
		return err
	})
	return all
}

// managing is a token of the automation.
func (w *world) managing(t *testing.T) string {
	t.Helper()
	token, err := w.asked(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {automation}, "client_secret": {automationSecret},
		"scope": {baseURL + "/t/" + contoso().Slug.String() + "/mcp/.default"},
	})
	must(t, err)
	return token
}

// concurrently does so many things, a few at a time.
func concurrently(t *testing.T, atATime, many int, do func(n int) error) {
	t.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	for range atATime {
		all.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= many {
					return
				}
				if err := do(n); err != nil {
					t.Errorf("%d: %v", n, err)
					return
				}
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// with is the same client with another token.
func (c *client) with(token string) *client {
	other := *c
	other.token = token
	return &other
}

// outcomes calls once with each token and returns how many calls had which status.
func (c *client) outcomes(t *testing.T, tokens []string) map[int]int {
	t.Helper()
	var mu sync.Mutex
	all := map[int]int{}
	concurrently(t, 8, len(tokens), func(n int) error {
		r := c.with(tokens[n]).call(whoami)
		mu.Lock()
		defer mu.Unlock()
		all[r.status]++
		return r.err
	})
	return all
}

// stream is an open stream of one token.
type stream struct {
	legacy bool
	ended  chan struct{} // closed when it has
	at     time.Time     // when it ended
	said   string        // everything it said
	err    error
}

// listen opens a stream: of a session of the initialize revisions, or one that
// listens.
func (c *client) listen(t *testing.T, legacy bool) *stream {
	t.Helper()
	headers := map[string]string{"Authorization": "Bearer " + c.token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
	method, body := http.MethodPost, `{"jsonrpc":"2.0","id":"listening","method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},`+meta+`}}`
	if legacy {
		method, body = http.MethodGet, ""
		headers["Mcp-Session-Id"], headers["Mcp-Protocol-Version"], headers["Accept"] = c.openSession(t), "2025-06-18", "text/event-stream"
	} else {
		headers["Mcp-Protocol-Version"], headers["Mcp-Method"] = "2026-07-28", "subscriptions/listen"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, baseURL+c.path, strings.NewReader(body))
	must(t, err)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := (&http.Client{Transport: c.http.Transport}).Do(req) // a stream may be longer than an exchange
	must(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("no stream: %d %v", resp.StatusCode, resp.Header)
	}
	s := &stream{legacy: legacy, ended: make(chan struct{})}
	go func() {
		all, err := io.ReadAll(resp.Body)
		s.at, s.said, s.err = time.Now(), string(all), err
		close(s.ended)
	}()
	return s
}

// isOpen reports whether the stream has not ended.
func (s *stream) isOpen() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// endedInWords says what is wrong with how the stream has ended.
func (s *stream) endedInWords() error {
	complete := strings.Contains(s.said, `"id":"listening","result":{"resultType":"complete"`)
	if s.err != nil || complete == s.legacy {
		return fmt.Errorf("the stream (legacy: %t) has ended with %w after %q", s.legacy, s.err, s.said)
	}
	return nil
}

// crowdClients are contoso's, with the automation.
func crowdClients(c demo.Company) []tenants.Client {
	all := c.Clients()
	if c.TID == contoso().TID {
		all = append(all, tenants.Client{ID: automation, Name: "Automation"})
	}
	return all
}
