package organizations_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/tenants"
)

// client is one person's browser on the platform's pages, or an automation.
type client struct {
	t      *testing.T
	k      *stack
	http   *http.Client // with cookies of its own
	walker *browser.Browser
	token  string // of an automation; it has no cookies

	sessions []*http.Cookie // the session cookies it was given
}

// visit opens a browser in which this person would sign in.
func (k *stack) visit(t *testing.T, oid tenants.GUID) *client {
	t.Helper()
	return k.visitAt(t, k.replica, oid.String())
}

func (k *stack) visitAt(t *testing.T, r *replica, oid string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := *r.http
	h.Jar = jar
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, k: k, http: &h, walker: browser.New(transport, k.places.Entra, oid)}
}

// signedIn is a browser in which somebody has signed in.
func (k *stack) signedIn(t *testing.T, oid tenants.GUID) *client {
	t.Helper()
	c := k.visit(t, oid)
	c.signIn("")
	return c
}

// as is a browser in which somebody of Contoso or Fabrikam has signed in.
func (k *stack) as(t *testing.T, slug, name string) *client {
	t.Helper()
	return k.signedIn(t, person(slug, name).OID)
}

// automation sends a token and no cookies.
func (k *stack) automation(t *testing.T, token string) *client {
	t.Helper()
	return &client{t: t, k: k, http: k.http, token: token}
}

// signIn walks the sign-in to its end.
func (c *client) signIn(query string) {
	c.t.Helper()
	a := c.deliver(c.arrive(c.begin(query)))
	if a.status != http.StatusSeeOther {
		c.t.Fatalf("the sign-in ends with %d: %s", a.status, a.body)
	}
}

// begin asks the platform where to sign in.
func (c *client) begin(query string) string {
	c.t.Helper()
	a := c.send(http.MethodGet, "/auth/sign-in"+query, "")
	if a.status != http.StatusSeeOther {
		c.t.Fatalf("the sign-in begins with %d: %s", a.status, a.body)
	}
	return a.header.Get("Location")
}

// arrive walks Entra's pages and returns the request that brings the answer back,
// not sent yet.
func (c *client) arrive(address string) *http.Request {
	c.t.Helper()
	away, _, err := c.walker.SignIn(c.t.Context(), address)
	if err != nil {
		c.t.Fatal(err)
	}
	return away
}

// deliver sends what a browser is sent to the platform with.
func (c *client) deliver(away *http.Request) answer {
	c.t.Helper()
	return c.send(away.Method, strings.TrimPrefix(away.URL.String(), c.k.places.Base), "")
}

// answer is an HTTP answer, read to its end.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// send makes one request as the platform's own pages do. Changes have the last
// word.
func (c *client) send(method, path, body string, changes ...func(*http.Request)) answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.k.places.Base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	} else if method != http.MethodGet {
		req.Header.Set("Origin", c.k.places.Base)
	}
	for _, change := range changes {
		change(req)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range resp.Cookies() {
		if cookie.Name == sessionCookie {
			c.sessions = append(c.sessions, cookie)
		}
	}
	return answer{c.t, resp.StatusCode, resp.Header, string(text)}
}

// with sets one header, and without a value removes it.
func with(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
	}
}

// ask sends in, if it is not nil, as JSON.
func (c *client) ask(method, path string, in any, changes ...func(*http.Request)) answer {
	c.t.Helper()
	if in == nil {
		return c.send(method, path, "", changes...)
	}
	body, err := json.Marshal(in)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(method, path, string(body), changes...)
}

// change reads what stands at a path and sends a request that changes it as it
// was read.
func (c *client) change(method, path, read string, in any) answer {
	c.t.Helper()
	found := c.ask(http.MethodGet, read, nil)
	found.want(http.StatusOK)
	return c.ask(method, path, in, with("If-Match", found.header.Get("ETag")))
}

// put replaces what stands at a path.
func (c *client) put(path string, in any) answer {
	c.t.Helper()
	return c.change(http.MethodPut, path, path, in)
}

// get reads into out.
func (c *client) get(path string, out any) answer {
	c.t.Helper()
	a := c.ask(http.MethodGet, path, nil)
	a.want(http.StatusOK).into(out)
	return a
}

// post creates, with a key of its own, and reads what has been made into out.
func (c *client) post(path string, in, out any) {
	c.t.Helper()
	c.ask(http.MethodPost, path, in, with("Idempotency-Key", tenants.NewGUID().String())).want(http.StatusCreated).into(out)
}

// want ends the test when the answer has another status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("answers %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (a answer) into(out any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), out); err != nil {
		a.t.Fatalf("%v in %s", err, a.body)
	}
}

// refused ends the test unless the answer is a problem that says one of the
// texts, so that a refusal for another reason does not count.
func (a answer) refused(status int, says string) {
	a.t.Helper()
	if a.want(status); !strings.Contains(a.body, says) {
		a.t.Fatalf("does not say %q: %s", says, a.body)
	}
}

// session is who the platform thinks is there.
func (c *client) session() (s console.Session) {
	c.t.Helper()
	c.get("/api/session", &s)
	return s
}

// at is a path of an organization.
func at(slug string, parts ...string) string {
	path := "/api/organizations/" + slug
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}
