package graphhook_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/graph"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/tenants"
)

const secret = "what only Graph knows"

// desk is a server that one organization has a hook at.
type desk struct {
	t      *testing.T
	book   *book
	limits *admits
	mux    *http.ServeMux
	org    tenants.ID
	hook   graphhook.Hook
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, book: newBook(), limits: &admits{left: -1}, mux: http.NewServeMux(), org: tenants.NewID()}
	d.hook = graphhook.Hook{ID: tenants.NewGUID(), Resource: graph.WatchPeople, StateHash: sha256.Sum256([]byte(secret)), RenewAt: time.Now().Add(time.Hour)}
	if err := d.book.PutHook(t.Context(), authz.SystemCaller(d.org, "test"), d.hook); err != nil {
		t.Fatal(err)
	}
	d.mux.Handle("POST "+graphhook.Path, newServer(t, d.book, d.limits))
	return d
}

// post tells at an address below the path of notifications.
func (d *desk) post(at, body string) *httptest.ResponseRecorder {
	d.t.Helper()
	req := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, "https://gatehouse.example/graph/notifications/"+at, strings.NewReader(body))
	req.RemoteAddr = "192.0.2.7:4711"
	got := httptest.NewRecorder()
	d.mux.ServeHTTP(got, req)
	return got
}

// wantHurried checks which chores are hurried, and forgets them.
func (d *desk) wantHurried(what string, chores ...string) {
	d.t.Helper()
	want := map[string]int{}
	for _, c := range chores {
		want[c] = 1
	}
	if got := d.book.counts(d.org); !maps.Equal(got, want) {
		d.t.Errorf("%s: hurried %v, want %v", what, got, want)
	}
	d.book.mu.Lock()
	defer d.book.mu.Unlock()
	clear(d.book.hurried)
}

func told(items ...string) string { return `{"value":[` + strings.Join(items, ",") + `]}` }

func change(state string) string {
	return fmt.Sprintf(`{"subscriptionId":"x","clientState":%q,"changeType":"updated","resource":"Users/x","tenantId":"x","resourceData":{"id":"x","accountEnabled":false}}`, state)
}

func lifecycle(state, event string) string {
	return fmt.Sprintf(`{"subscriptionId":"x","clientState":%q,"lifecycleEvent":%q}`, state, event)
}

func TestWhatGraphTellsIsAReasonToAsk(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		body   string
		hurry  []string
		renews bool
	}{
		"a change":            {told(change(secret)), []string{"follow"}, false},
		"many changes":        {told(change(secret), change(secret), change(secret)), []string{"follow"}, false},
		"one with the secret": {told(change("guessed"), change(secret), change("")), []string{"follow"}, false},
		"authorize again":     {told(lifecycle(secret, "reauthorizationRequired")), []string{"subscribe"}, true},
		"removed":             {told(lifecycle(secret, "subscriptionRemoved")), []string{"subscribe", "follow"}, false},
		"missed":              {told(lifecycle(secret, "missed")), []string{"follow", "everybody"}, false},
		"something new":       {told(lifecycle(secret, "invented")), []string{"subscribe", "follow"}, false},
		"all at once":         {told(lifecycle(secret, "reauthorizationRequired"), change(secret)), []string{"subscribe", "follow"}, true},
		"a forged one beside": {told(lifecycle("guessed", "reauthorizationRequired"), change(secret)), []string{"follow"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if got := d.post(d.hook.ID.String(), row.body); got.Code != http.StatusAccepted || got.Body.Len() != 0 {
				t.Fatalf("%d %s", got.Code, got.Body)
			}
			d.wantHurried(name, row.hurry...)
			if renews := d.book.of(d.org, graph.WatchPeople).RenewAt.IsZero(); renews != row.renews {
				t.Errorf("it is renewed: %t", renews)
			}
		})
	}
}

// TestWhoDoesNotKnowTheSecretLearnsNothing: an address that nobody has and a secret that
// is wrong are answered with the same bytes, and nothing comes of either.
func TestWhoDoesNotKnowTheSecretLearnsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var texts []string
	for name, row := range map[string][2]string{
		"unknown":          {tenants.NewGUID().String(), told(change(secret))},
		"no id":            {"x", told(change(secret))},
		"wrong":            {d.hook.ID.String(), told(change("guessed"))},
		"missing":          {d.hook.ID.String(), told(`{"changeType":"updated"}`)},
		"wrong, lifecycle": {d.hook.ID.String(), told(lifecycle("guessed", "subscriptionRemoved"))},
		"the hash of it":   {d.hook.ID.String(), told(change(hex.EncodeToString(d.hook.StateHash[:])))},
		"nothing":          {d.hook.ID.String(), told()},
		"unknown, nothing": {tenants.NewGUID().String(), told()},
		"handshake":        {tenants.NewGUID().String() + "?validationToken=x", ""},
	} {
		got := d.post(row[0], row[1])
		if got.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
		head, err := json.Marshal(got.Header())
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, got.Body.String()+string(head))
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("one is told %s, another %s", text, texts[0])
		}
	}
	d.wantHurried("in all")
}

// TestHandshake: the token comes back, decoded, as text that no browser runs.
func TestHandshake(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	graphs := "Validation: Testing client application reachability for subscription Request-Id: 8ac5d5b5-8f0a-4cf9-8f4f-0d8d8bc6b2a0"
	for token, want := range map[string]string{
		graphs: graphs, "<script>alert('x')</script>": "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;", strings.Repeat("x", 2048): strings.Repeat("x", 2048),
	} {
		got := d.post(d.hook.ID.String()+"?validationToken="+url.QueryEscape(token), "")
		if got.Code != http.StatusOK || got.Body.String() != want {
			t.Errorf("%q: %d %s", token, got.Code, got.Body)
		}
		for header, want := range map[string]string{
			"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := got.Header().Get(header); got != want {
				t.Errorf("%s is %q", header, got)
			}
		}
	}
	for name, query := range map[string]string{
		"empty": "validationToken=", "twice": "validationToken=a&validationToken=b", "long": "validationToken=" + strings.Repeat("x", 2049),
		"line": "validationToken=a%0D%0Ab", "no text": "validationToken=%FF", "no query": "validationToken=%",
	} {
		if got := d.post(d.hook.ID.String()+"?"+query, ""); got.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	d.wantHurried("a handshake")
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	filler := strings.Repeat(" ", 1<<20-len(told(change(secret))))
	for name, row := range map[string]struct {
		body   string
		status int
	}{
		"no JSON":       {"x", http.StatusBadRequest},
		"no collection": {`{"value":"x"}`, http.StatusBadRequest},
		"too much":      {told(change(secret)) + filler + " ", http.StatusRequestEntityTooLarge},
		"much":          {told(change(secret)) + filler, http.StatusAccepted},
	} {
		if got := d.post(d.hook.ID.String(), row.body); got.Code != row.status {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	d.wantHurried("what can be read", "follow")
}

func TestWhoTellsTooOftenWaits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.limits.left = 1
	for _, status := range []int{http.StatusAccepted, http.StatusTooManyRequests} {
		if got := d.post(d.hook.ID.String(), told(change(secret))); got.Code != status || (got.Header().Get("Retry-After") != "") != (status == http.StatusTooManyRequests) {
			t.Errorf("%d, want %d", got.Code, status)
		}
	}
	if d.limits.from["192.0.2.7"] != 2 {
		t.Errorf("counted %v", d.limits.from)
	}
	d.wantHurried("what was let in", "follow")
}

// TestWhatCannotBeNotedIsToldAgain: Graph hears that it has to.
func TestWhatCannotBeNotedIsToldAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, method := range []string{"HookByID", "AskRenewal", "HurryChore", "HurryUnasked"} {
		d.book.fails(method)
		got := d.post(d.hook.ID.String(), told(lifecycle(secret, "reauthorizationRequired"), lifecycle(secret, "missed")))
		if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", method, got.Code, got.Body)
		}
	}
}

// FuzzNotification: whatever is told, without the secret nothing comes of it, and the
// answer is one of the few.
func FuzzNotification(f *testing.F) {
	for _, body := range []string{"", "x", told(), told(change("x")), told(lifecycle("x", "missed")), `{"value":[null]}`, `{"VALUE":[{"CLIENTSTATE":"x"}]}`, `{"value":[{"clientState":7}]}`} {
		f.Add(body, "")
	}
	f.Add("", "validationToken=x")
	f.Add("", "validationToken=%00&a;b")
	f.Fuzz(func(t *testing.T, body, query string) {
		d := newDesk(t)
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://gatehouse.example/graph/notifications/"+d.hook.ID.String(), strings.NewReader(body))
		req.URL.RawQuery = query
		got := httptest.NewRecorder()
		d.mux.ServeHTTP(got, req)
		switch got.Code {
		case http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if strings.ContainsAny(got.Body.String(), "<>") {
			t.Errorf("answered %q", got.Body)
		}
		d.wantHurried("a guess")
	})
}
