package graph_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

const token = "token-that-must-stay-secret"

func asking() graph.Asking {
	return graph.Asking{
		Token:    func(context.Context) (string, error) { return token, nil },
		Priority: graph.High, RequestID: "7d2c1c6e-9f0e-4d27-8a3c-3f0f6c1b2a90",
	}
}

// serve starts a Graph that answers with handle and a client for it.
func serve(t *testing.T, handle http.HandlerFunc) (*graph.Client, *httptest.Server) {
	t.Helper()
	srv := httptest.NewServer(handle)
	t.Cleanup(srv.Close)
	out, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	c, err := graph.New(srv.URL, out)
	if err != nil {
		t.Fatal(err)
	}
	return c, srv
}

func reply(status int, headers map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range headers {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestMeSendsTokenPriorityAndCorrelation(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for header, want := range map[string]string{
			"Authorization":          "Bearer " + token,
			"X-Ms-Throttle-Priority": "high",
			"Client-Request-Id":      "7d2c1c6e-9f0e-4d27-8a3c-3f0f6c1b2a90",
		} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s = %q, want %q", header, got, want)
			}
		}
		if r.Method != http.MethodGet || r.URL.Path != "/v1.0/me" {
			t.Errorf("asked %s %s", r.Method, r.URL.Path)
		}
		reply(200, nil, `{"id":"11111111-1111-4111-8111-111111111111","displayName":"Alice","mail":null,"jobTitle":"Controller"}`)(w, r)
	})
	p, err := c.Me(t.Context(), asking())
	if err != nil {
		t.Fatal(err)
	}
	want := graph.Profile{ID: tenants.MustGUID("11111111-1111-4111-8111-111111111111"), DisplayName: "Alice", JobTitle: "Controller"}
	if p != want {
		t.Errorf("profile = %+v, want %+v", p, want)
	}
}

func TestCorrelationThatIsNoGUIDIsNotSent(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Values("Client-Request-Id"); len(got) != 0 {
			t.Errorf("client-request-id = %q", got)
		}
		reply(200, nil, `{"id":"11111111-1111-4111-8111-111111111111"}`)(w, r)
	})
	as := asking()
	as.RequestID = "alice@contoso.example"
	if _, err := c.Me(t.Context(), as); err != nil {
		t.Fatal(err)
	}
}

func TestCheckMemberGroupsReturnsOnlyWhatWasAsked(t *testing.T) {
	t.Parallel()
	a, b, foreign := tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			GroupIDs []tenants.GUID `json:"groupIds"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/v1.0/me/checkMemberGroups" || !slices.Equal(body.GroupIDs, []tenants.GUID{a, b}) {
			t.Errorf("asked %s %s %v", r.Method, r.URL.Path, body.GroupIDs)
		}
		reply(200, nil, fmt.Sprintf(`{"value":[%q,%q]}`, strings.ToUpper(b.String()), foreign))(w, r)
	})
	got, err := c.CheckMemberGroups(t.Context(), asking(), []tenants.GUID{a, b})
	if err != nil || !slices.Equal(got, []tenants.GUID{b}) {
		t.Errorf("member of %v, %v; want %v", got, err, b)
	}
}

func TestCheckMemberGroupsOfMoreThanTwentyIsRefusedBeforeAsking(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("Graph was asked") })
	_, err := c.CheckMemberGroups(t.Context(), asking(), make([]tenants.GUID, graph.MaxCheck+1))
	if err == nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("error = %v, want invalid", err)
	}
	if got, err := c.CheckMemberGroups(t.Context(), asking(), nil); err != nil || len(got) != 0 {
		t.Errorf("no groups: %v, %v", got, err)
	}
}

func TestMembershipsOfAnotherAreAskedByTheirID(t *testing.T) {
	t.Parallel()
	person, a, foreign := tenants.NewGUID(), tenants.NewGUID(), tenants.NewGUID()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1.0/users/"+person.String()+"/checkMemberGroups" {
			t.Errorf("asked %s %s", r.Method, r.URL.Path)
		}
		reply(200, nil, fmt.Sprintf(`{"value":[%q,%q]}`, a, foreign))(w, r)
	})
	if got, err := c.CheckMemberGroupsOf(t.Context(), asking(), person, []tenants.GUID{a}); err != nil || !slices.Equal(got, []tenants.GUID{a}) {
		t.Errorf("member of %v, %v; want %v", got, err, a)
	}
	if _, err := c.CheckMemberGroupsOf(t.Context(), asking(), person, make([]tenants.GUID, graph.MaxCheck+1)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("error = %v, want invalid", err)
	}
}

func TestGetMemberGroupsAsksForTheKindsWanted(t *testing.T) {
	t.Parallel()
	g := tenants.NewGUID()
	for kinds, want := range map[graph.GroupKinds]string{graph.AllGroups: `{"securityEnabledOnly":false}`, graph.SecurityGroups: `{"securityEnabledOnly":true}`} {
		c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.URL.Path != "/v1.0/me/getMemberGroups" || string(body) != want {
				t.Errorf("asked %s %s, want %s", r.URL.Path, body, want)
			}
			reply(200, nil, fmt.Sprintf(`{"@odata.context":"x","value":[%q]}`, g))(w, r)
		})
		got, err := c.GetMemberGroups(t.Context(), asking(), kinds)
		if err != nil || !slices.Equal(got, []tenants.GUID{g}) {
			t.Errorf("%s: %v, %v", kinds, got, err)
		}
	}
}

func TestMyGroupsFollowsPages(t *testing.T) {
	t.Parallel()
	var root string
	c, srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("ConsistencyLevel") != "eventual" {
			t.Error("advanced query without ConsistencyLevel: eventual")
		}
		if r.URL.Query().Get("$skiptoken") == "two" {
			reply(200, nil, `{"value":[{"id":"22222222-2222-4222-8222-222222222222","displayName":null}]}`)(w, r)
			return
		}
		if got := r.URL.Query().Get("$count") + r.URL.Query().Get("$top"); r.URL.Path != "/v1.0/me/transitiveMemberOf/microsoft.graph.group" || got != "true999" {
			t.Errorf("asked %s", r.URL)
		}
		reply(200, nil, fmt.Sprintf(`{"value":[{"id":"11111111-1111-4111-8111-111111111111","displayName":"Staff"}],"@odata.nextLink":"%s/v1.0/x?$skiptoken=two"}`, root))(w, r)
	})
	root = srv.URL
	list, err := c.MyGroups(t.Context(), asking())
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Groups) != 2 || list.More || list.Groups[0].DisplayName != "Staff" || list.Groups[1].DisplayName != "" {
		t.Errorf("list = %+v", list)
	}
}

func TestNextPageOnAnotherHostNeverSeesTheToken(t *testing.T) {
	t.Parallel()
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked, with %d authorization headers", len(r.Header.Values("Authorization")))
	}))
	t.Cleanup(thief.Close)
	thiefHost := strings.TrimPrefix(thief.URL, "http://")
	links := map[string]func(root string) string{
		"other host":      func(string) string { return thief.URL + "/v1.0/me?$skiptoken=x" },
		"user info trick": func(root string) string { return strings.Replace(root, "http://", "http://graph@", 1) + "/v1.0/x" },
		"host as user": func(root string) string {
			return "http://" + strings.TrimPrefix(root, "http://") + "@" + thiefHost + "/x"
		},
		"no scheme":        func(string) string { return "//" + thiefHost + "/v1.0/x" },
		"relative":         func(string) string { return "/v1.0/x" },
		"other scheme":     func(root string) string { return strings.Replace(root, "http://", "https://", 1) + "/v1.0/x" },
		"longer host name": func(root string) string { return root + ".thief.example/v1.0/x" },
	}
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, root := 0, ""
			c, srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				reply(200, nil, fmt.Sprintf(`{"value":[],"@odata.nextLink":%q}`, link(root)))(w, r)
			})
			root = srv.URL
			_, err := c.MyGroups(t.Context(), asking())
			if err == nil || fault.KindOf(err) != fault.Upstream {
				t.Errorf("error = %v, want upstream", err)
			}
			if asked != 1 {
				t.Errorf("Graph was asked %d times, want 1", asked)
			}
		})
	}
}

func TestPagesWithoutEndAreBounded(t *testing.T) {
	t.Parallel()
	var root string
	pages := 0
	c, srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		pages++
		reply(200, nil, fmt.Sprintf(`{"value":[{"id":"11111111-1111-4111-8111-111111111111"}],"@odata.nextLink":"%s/v1.0/again"}`, root))(w, r)
	})
	root = srv.URL
	list, err := c.MyGroups(t.Context(), asking())
	if err != nil || !list.More || len(list.Groups) != pages {
		t.Errorf("%d groups from %d pages, more %v, %v", len(list.Groups), pages, list.More, err)
	}
	if pages > 20 {
		t.Errorf("%d pages were read", pages)
	}
}

func TestItemsAreBounded(t *testing.T) {
	t.Parallel()
	page := `{"value":[` + strings.TrimSuffix(strings.Repeat(`{"id":"11111111-1111-4111-8111-111111111111"},`, 12000), ",") + `]}`
	c, _ := serve(t, reply(200, nil, page))
	list, err := c.MyGroups(t.Context(), asking())
	if err != nil || len(list.Groups) != 11000 || !list.More {
		t.Errorf("%d groups, more %v, %v", len(list.Groups), list.More, err)
	}
}

func TestAnswersThatAreNoAnswersAreUpstreamFaults(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON":      `<html>` + token + `</html>`,
		"not a GUID":   `{"id":"` + token + `"}`,
		"no id":        `{"displayName":"Alice"}`,
		"wrong type":   `{"id":17}`,
		"empty answer": ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, reply(200, nil, body))
			_, err := c.Me(t.Context(), asking())
			if err == nil || fault.KindOf(err) != fault.Upstream {
				t.Fatalf("error = %v, want upstream", err)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("error repeats the token: %v", err)
			}
		})
	}
}

func TestRefusalsHaveTheirKindAndNeverRepeatTheToken(t *testing.T) {
	t.Parallel()
	challenge := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1702682181"}}}`))
	denied := `{"error":{"code":"Authorization_RequestDenied","message":"saw ` + token + `","innerError":{"request-id":"r-1","date":"x"}}}`
	rows := []struct {
		name    string
		status  int
		headers map[string]string
		body    string
		kind    fault.Kind
		want    graph.Error
	}{
		{"consent", 403, nil, denied, fault.Forbidden, graph.Error{Status: 403, Code: "Authorization_RequestDenied", RequestID: "r-1"}},
		{
			"throttled", 429,
			map[string]string{"Retry-After": "17"},
			`{"error":{"code":"TooManyRequests"}}`, fault.Limited,
			graph.Error{Status: 429, Code: "TooManyRequests", RetryAfter: 17 * time.Second},
		},
		{
			"throttled until a date", 429,
			map[string]string{"Retry-After": "Sat, 21 Nov 2026 05:00:30 GMT", "Date": "Sat, 21 Nov 2026 05:00:00 GMT"},
			``, fault.Limited,
			graph.Error{Status: 429, RetryAfter: 30 * time.Second},
		},
		{"throttled for a year", 429, map[string]string{"Retry-After": "31536000"}, ``, fault.Limited, graph.Error{Status: 429, RetryAfter: time.Hour}},
		{"nonsense retry", 503, map[string]string{"Retry-After": "-5"}, ``, fault.Unavailable, graph.Error{Status: 503}},
		{
			"unavailable", 503,
			map[string]string{"Retry-After": "3", "request-id": "r-2"},
			`<html>`, fault.Unavailable,
			graph.Error{Status: 503, RequestID: "r-2", RetryAfter: 3 * time.Second},
		},
		{"token refused", 401, nil, `{"error":{"code":"InvalidAuthenticationToken"}}`, fault.Unauthenticated, graph.Error{Status: 401, Code: "InvalidAuthenticationToken"}},
		{
			"claims challenge", 401,
			map[string]string{"WWW-Authenticate": `Bearer realm="", error="insufficient_claims", claims="` + challenge + `"`},
			``, fault.Unauthenticated,
			graph.Error{Status: 401, Claims: `{"access_token":{"nbf":{"essential":true,"value":"1702682181"}}}`},
		},
		{"claims that are no JSON", 401, map[string]string{"WWW-Authenticate": `Bearer error="insufficient_claims", claims="bm9uc2Vuc2U="`}, ``, fault.Unauthenticated, graph.Error{Status: 401}},
		{"claims of another error", 401, map[string]string{"WWW-Authenticate": `Bearer error="invalid_token", claims="` + challenge + `"`}, ``, fault.Unauthenticated, graph.Error{Status: 401}},
		{"not found", 404, nil, `{"error":{"code":"Request_ResourceNotFound"}}`, fault.NotFound, graph.Error{Status: 404, Code: "Request_ResourceNotFound"}},
		{"too many groups", 400, nil, `{"error":{"code":"Directory_ResultSizeLimitExceeded"}}`, fault.Upstream, graph.Error{Status: 400, Code: "Directory_ResultSizeLimitExceeded"}},
		{"a sentence as code", 500, nil, `{"error":{"code":"please send your password"}}`, fault.Upstream, graph.Error{Status: 500}},
		{"a very long code", 500, nil, `{"error":{"code":"` + strings.Repeat("a", 81) + `"}}`, fault.Upstream, graph.Error{Status: 500}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, reply(row.status, row.headers, row.body))
			_, err := c.GetMemberGroups(t.Context(), asking(), graph.AllGroups)
			if err == nil || fault.KindOf(err) != row.kind {
				t.Fatalf("error = %v, want %s", err, row.kind)
			}
			got, ok := errors.AsType[*graph.Error](err)
			if !ok || *got != row.want {
				t.Errorf("graph error = %+v, want %+v", got, row.want)
			}
			if fault.RetryAfter(err) != row.want.RetryAfter {
				t.Errorf("retry after %s, want %s", fault.RetryAfter(err), row.want.RetryAfter)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("error repeats what Graph repeated: %v", err)
			}
		})
	}
}

func TestUnreachableGraphIsAnUpstreamFault(t *testing.T) {
	t.Parallel()
	c, srv := serve(t, reply(200, nil, ``))
	srv.Close()
	_, err := c.Me(t.Context(), asking())
	if err == nil || fault.KindOf(err) != fault.Upstream {
		t.Fatalf("error = %v, want upstream", err)
	}
	if strings.Contains(err.Error(), "/v1.0/") || strings.Contains(err.Error(), token) {
		t.Errorf("error tells too much: %v", err)
	}
}

func TestTokenSourceFailureIsPassedOnAndNothingIsAsked(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("Graph was asked") })
	consent := fault.New(fault.Forbidden, "consent is missing")
	as := asking()
	as.Token = func(context.Context) (string, error) { return "", consent }
	if _, err := c.Me(t.Context(), as); !errors.Is(err, consent) || fault.Public(err) != "consent is missing" {
		t.Errorf("error = %v", err)
	}
}

func TestTokenThatIsNoHeaderValueStaysOutOfTheError(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("Graph was asked") })
	as := asking()
	as.Token = func(context.Context) (string, error) { return token + "\n", nil }
	if _, err := c.Me(t.Context(), as); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("error = %v", err)
	}
}

// nobody is a Doer that reaches nobody.
type nobody struct{}

func (nobody) Do(context.Context, *http.Request) (*egress.Response, error) {
	return nil, errors.New("nobody there")
}

func TestNewRefusesABaseThatIsNotARoot(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "graph.microsoft.com", "ftp://graph.microsoft.com", "https://graph.microsoft.com/v1.0", "https://u:p@graph.microsoft.com", "https://graph.microsoft.com?x=1"} {
		if _, err := graph.New(base, nobody{}); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("New(%q) = %v, want invalid", base, err)
		}
	}
	if _, err := graph.New("https://graph.microsoft.com/", nil); err == nil {
		t.Error("New without an HTTP client succeeds")
	}
}
