package authserver_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/authserver"
	"gatehouse/internal/connections"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestDocumentIsAskedForAsJSON(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	r.web.publish(assistant)
	if _, err := r.client(t, assistant); err != nil {
		t.Fatal(err)
	}
	req := r.web.asked[0]
	if req.Method != http.MethodGet || req.URL.String() != assistant || req.Header.Get("Accept") != "application/json" || len(req.Header) != 1 {
		t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
	}
}

func TestOnlyJSONThatIsThereIsADocument(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(*page)
		kind   fault.Kind
		word   string
	}{
		"missing":             {func(p *page) { p.status = http.StatusNotFound }, fault.Upstream, "404"},
		"created":             {func(p *page) { p.status = http.StatusCreated }, fault.Upstream, "201"},
		"without content":     {func(p *page) { p.status = http.StatusNoContent }, fault.Upstream, "204"},
		"not modified":        {func(p *page) { p.status = http.StatusNotModified }, fault.Upstream, "304"},
		"broken":              {func(p *page) { p.status = http.StatusBadGateway }, fault.Upstream, "502"},
		"out of reach":        {func(p *page) { p.err = fault.New(fault.Upstream, "a.example could not be reached") }, fault.Upstream, "could not be reached"},
		"too slow":            {func(p *page) { p.err = fault.New(fault.Unavailable, "a.example did not answer in time") }, fault.Upstream, "in time"},
		"a page":              {func(p *page) { p.header.Set("Content-Type", "text/html") }, fault.Invalid, "Content-Type"},
		"text":                {func(p *page) { p.header.Set("Content-Type", "text/json") }, fault.Invalid, "Content-Type"},
		"nearly JSON":         {func(p *page) { p.header.Set("Content-Type", "application/jsonx") }, fault.Invalid, "Content-Type"},
		"an image of JSON":    {func(p *page) { p.header.Set("Content-Type", "image/x+json") }, fault.Invalid, "Content-Type"},
		"of no type":          {func(p *page) { p.header.Del("Content-Type") }, fault.Invalid, "Content-Type"},
		"of two types":        {func(p *page) { p.header.Add("Content-Type", "text/html") }, fault.Invalid, "Content-Type"},
		"in other characters": {func(p *page) { p.header.Set("Content-Type", "application/json; charset=utf-16") }, fault.Invalid, "Content-Type"},
		"of another":          {func(p *page) { p.body = documentAt("https://b.example/") }, fault.Invalid, "client_id"},
		"too large":           {func(p *page) { p.body += strings.Repeat(" ", authserver.MaxDocument) }, fault.Invalid, "larger"},
	} {
		r := newRegistrar(t)
		r.web.publish(assistant, c.change)
		got, err := r.client(t, assistant)
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(fault.Public(err), c.word) || got.ID != "" {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	for _, media := range []string{"application/json; charset=UTF-8", "application/oauth-client+json"} {
		r := newRegistrar(t)
		r.web.publish(assistant, func(p *page) { p.header.Set("Content-Type", media) })
		if _, err := r.client(t, assistant); err != nil {
			t.Errorf("%s: %v", media, err)
		}
	}
}

func TestDocumentIsKeptForAsLongAsItSays(t *testing.T) {
	t.Parallel()
	for control, life := range map[string]time.Duration{
		"": time.Hour, "public": time.Hour, "max-age=600": 10 * time.Minute, "Public, MAX-AGE=\"600\"": 10 * time.Minute, "max-age=1": 5 * time.Minute, "max-age=0": 5 * time.Minute,
		"max-age=999999999": 24 * time.Hour, "max-age=99999999999999999999": time.Hour, "max-age=x": time.Hour, "max-age=-1": time.Hour,
		"no-store": 5 * time.Minute, "max-age=86400, no-cache": 5 * time.Minute,
	} {
		r := newRegistrar(t)
		r.web.publish(assistant, func(p *page) { p.header.Set("Cache-Control", control) })
		ask := func(want int) {
			t.Helper()
			if _, err := r.client(t, assistant); err != nil || r.web.times() != want {
				t.Errorf("%q: asked %d times, want %d, %v", control, r.web.times(), want, err)
			}
		}
		ask(1)
		r.pass(life - time.Second)
		ask(1)
		r.pass(time.Second)
		ask(2)
		if kept, shares := authserver.Kept(r.Server); kept != 1 || shares != 1 {
			t.Errorf("%q: %d kept, %d shared out", control, kept, shares)
		}
	}
}

func TestFailureIsToldAgainForTenSeconds(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	fails := func(want int) {
		t.Helper()
		if _, err := r.client(t, assistant); err == nil || r.web.times() != want {
			t.Errorf("asked %d times, want %d, %v", r.web.times(), want, err)
		}
	}
	fails(1)
	r.web.publish(assistant, func(p *page) {
		p.body, p.header = "{}", http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"max-age=86400"}}
	})
	r.pass(10*time.Second - 1)
	fails(1)
	r.pass(1)
	fails(2)
	r.web.publish(assistant)
	r.pass(10*time.Second - 1)
	fails(2)
	r.pass(1)
	if _, err := r.client(t, assistant); err != nil {
		t.Error(err)
	}
}

func TestChangedDocumentIsNotTheOneAgreedTo(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	seen := map[[32]byte]string{}
	for what, change := range map[string]func(*page){
		"as it is":        func(*page) {},
		"other name":      func(p *page) { p.body = strings.Replace(p.body, "Assistant", "Helper", 1) },
		"other redirects": func(p *page) { p.body = strings.Replace(p.body, "https://a.example/cb", "https://a.example/other", 1) },
		"one redirect":    func(p *page) { p.body = strings.Replace(p.body, `,"http://localhost/cb"`, "", 1) },
		"keys":            func(p *page) { p.body = with(`"jwks":{"keys":[]}`) },
		"other keys":      func(p *page) { p.body = with(`"jwks":{"keys":[{"kty":"EC"}]}`) },
		"keys elsewhere":  func(p *page) { p.body = with(`"jwks_uri":"https://a.example/keys"`) },
	} {
		r.web.publish(assistant, change)
		c, err := r.client(t, assistant)
		if err != nil || seen[c.Agreed] != "" {
			t.Errorf("%s is the same as %s, %v", what, seen[c.Agreed], err)
		}
		seen[c.Agreed] = what
		r.pass(time.Hour)
	}
	r.web.publish(assistant, func(p *page) {
		p.body = strings.Replace(with(`"logo_uri":"https://a.example/x"`), `"https://a.example/cb","http://localhost/cb"`, `"http://localhost/cb","https://a.example/cb"`, 1)
	})
	if c, err := r.client(t, assistant); err != nil || seen[c.Agreed] != "as it is" {
		t.Errorf("another order, and what we do not go by, is another client: %q, %v", seen[c.Agreed], err)
	}
}

func TestOneFetchIsForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistrar(t)
		r.web.publish(assistant)
		r.web.block = make(chan struct{})
		got := make(chan error, 20)
		for range cap(got) {
			go func() {
				_, err := r.client(t, assistant)
				got <- err
			}()
		}
		synctest.Wait()
		close(r.web.block)
		for range cap(got) {
			if err := <-got; err != nil {
				t.Error(err)
			}
		}
		if r.web.times() != 1 {
			t.Errorf("asked %d times", r.web.times())
		}
	})
}

func TestWhoeverLeavesTakesNoFetchAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistrar(t)
		r.web.publish(assistant)
		r.web.block = make(chan struct{})
		ctx, leave := context.WithCancel(t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := authserver.ClientOf(ctx, r.Server, r.snap, assistant)
			left <- err
		}()
		synctest.Wait()
		go func() {
			_, err := r.client(t, assistant)
			stayed <- err
		}()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
		close(r.web.block)
		if err := <-stayed; err != nil || r.web.times() != 1 {
			t.Errorf("who stayed got %v, asked %d times", err, r.web.times())
		}
	})
}

func TestSilentHostIsLeftAfterFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistrar(t)
		r.web.block = make(chan struct{})
		began := time.Now()
		_, err := r.client(t, assistant)
		if took := time.Since(began); fault.KindOf(err) != fault.Upstream || took != 5*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

func TestFetchesAtATimeAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistrar(t)
		r.web.block = make(chan struct{})
		ask := func(n int, org tenants.ID) {
			url := fmt.Sprintf("https://a.example/%d", n)
			r.web.publish(url)
			go func() { _, _ = authserver.ClientOf(t.Context(), r.Server, viewOf(t, org), url) }()
			synctest.Wait()
		}
		refused := func(what string, org tenants.ID) {
			t.Helper()
			before := r.web.times()
			_, err := authserver.ClientOf(t.Context(), r.Server, viewOf(t, org), assistant)
			if fault.KindOf(err) != fault.Limited || fault.RetryAfter(err) <= 0 || r.web.times() != before {
				t.Errorf("%s: %v", what, err)
			}
		}
		first, n := tenants.NewID(), 0
		for range authserver.MostFetchesOfOne {
			ask(n, first)
			n++
		}
		refused("one organization", first)
		for n < authserver.MostFetches {
			ask(n, tenants.NewID())
			n++
		}
		refused("all organizations", tenants.NewID())
		if r.web.times() != authserver.MostFetches {
			t.Errorf("asked %d times", r.web.times())
		}
		close(r.web.block)
		synctest.Wait()
		r.web.publish(assistant)
		if _, err := authserver.ClientOf(t.Context(), r.Server, viewOf(t, first), assistant); err != nil {
			t.Errorf("a refusal for want of room is remembered: %v", err)
		}
		if kept, _ := authserver.Kept(r.Server); kept != authserver.MostFetches+1 {
			t.Errorf("%d kept", kept)
		}
	})
}

func TestNobodyPushesTheDocumentsOfOthersOut(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t)
	r.web.publish(assistant)
	mine, flooding := viewOf(t, tenants.NewID()), viewOf(t, tenants.NewID())
	ask := func(want int) {
		t.Helper()
		if _, err := authserver.ClientOf(t.Context(), r.Server, mine, assistant); err != nil || r.web.times() != want {
			t.Errorf("asked %d times, want %d, %v", r.web.times(), want, err)
		}
	}
	ask(1)
	for i := range 3 * authserver.MostOfOne {
		_, _ = authserver.ClientOf(t.Context(), r.Server, flooding, fmt.Sprintf("https://a.example/%d", i))
	}
	asked := 1 + 3*authserver.MostOfOne
	ask(asked)
	if kept, shares := authserver.Kept(r.Server); kept != 1+authserver.MostOfOne || shares != kept {
		t.Errorf("%d kept, %d shared out", kept, shares)
	}
	if _, err := authserver.ClientOf(t.Context(), r.Server, flooding, fmt.Sprintf("https://a.example/%d", 3*authserver.MostOfOne-1)); err == nil || r.web.times() != asked {
		t.Errorf("the newest one is asked for again: %v", err)
	}
	for i := range authserver.MostDocuments {
		ask(asked + i)
		_, _ = authserver.ClientOf(t.Context(), r.Server, viewOf(t, tenants.NewID()), fmt.Sprintf("https://b.example/%d", i))
	}
	if kept, shares := authserver.Kept(r.Server); kept != authserver.MostDocuments || shares != kept {
		t.Errorf("%d kept, %d shared out", kept, shares)
	}
}

// TestDocumentsComeFromTheInternetOnly goes through the client that the server is
// run with.
func TestDocumentsComeFromTheInternetOnly(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked.Add(1)
		if req.URL.Path == "/away" {
			http.Redirect(w, req, "/client.json", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(documentAt("https://" + req.Host + req.URL.Path)))
	}))
	t.Cleanup(server.Close)
	client := func(loopback egress.Loopback) *registrar {
		c, err := egress.New(egress.Options{
			Loopback: loopback, Timeout: time.Minute, MaxResponseBytes: authserver.MaxDocument,
			Tracer: noop.NewTracerProvider().Tracer(""), Trust: []*x509.Certificate{server.Certificate()},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		r := newRegistrar(t)
		r.serve(t, c)
		return r
	}
	inside := client(egress.RefuseLoopback)
	for _, url := range []string{server.URL + "/client.json", "https://10.0.0.1/c", "https://[::1]/c", "https://169.254.169.254/latest", "https://192.168.1.1/c", "https://168.63.129.16/c"} {
		if _, err := inside.client(t, url); fault.KindOf(err) != fault.Upstream || !errors.Is(err, egress.ErrDestination) || !strings.Contains(fault.Public(err), "could not be reached") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if asked.Load() != 0 {
		t.Fatal("this machine was asked")
	}
	developing := client(egress.AllowLoopback)
	if c, err := developing.client(t, server.URL+"/client.json"); err != nil || c.Redirects[0] != "https://a.example/cb" {
		t.Errorf("%+v, %v", c, err)
	}
	var redirect *egress.RedirectError
	if _, err := developing.client(t, server.URL+"/away"); fault.KindOf(err) != fault.Upstream || !errors.As(err, &redirect) {
		t.Errorf("a redirect is followed: %v", err)
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// TestStrangersDoNotHoldUpListedSoftware with hosts that are slow to answer, wherever
// they ask.
func TestStrangersDoNotHoldUpListedSoftware(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistrar(t)
		r.web.block = make(chan struct{})
		org := tenants.NewID()
		for n := range authserver.MostFetches {
			by := org
			if n >= authserver.MostFetchesOfOne {
				by = tenants.NewID()
			}
			at := fmt.Sprintf("https://slow.example/%d", n)
			r.web.publish(at)
			go func() { _, _ = authserver.ClientOf(t.Context(), r.Server, viewOf(t, by), at) }()
			synctest.Wait()
		}
		r.web.publish(assistant)
		var err error
		go func() {
			_, err = authserver.ClientOf(t.Context(), r.Server, viewOf(t, org, connections.HostEntry(assistant)), assistant)
		}()
		synctest.Wait()
		close(r.web.block)
		synctest.Wait()
		if err != nil || r.web.times() != authserver.MostFetches+1 {
			t.Errorf("%d are asked for, %v", r.web.times(), err)
		}
	})
}

// TestNobodyIsToldThatAnotherHasNoRoom although both ask for one document at the same
// instant. Whoever has none hears so.
func TestNobodyIsToldThatAnotherHasNoRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistrar(t)
		r.web.publish(assistant)
		full, other := tenants.NewID(), tenants.NewID()
		turnAway := authserver.Occupy(r.Server, full, assistant)
		failed := map[tenants.ID]error{}
		var all sync.WaitGroup
		var mu sync.Mutex
		for _, org := range []tenants.ID{full, other} {
			all.Go(func() {
				_, err := authserver.ClientOf(t.Context(), r.Server, viewOf(t, org), assistant)
				mu.Lock()
				defer mu.Unlock()
				failed[org] = err
			})
		}
		synctest.Wait()
		turnAway()
		all.Wait()
		if failed[other] != nil || fault.KindOf(failed[full]) != fault.Limited || r.web.times() != 1 {
			t.Errorf("%v, asked %d times", failed, r.web.times())
		}
	})
}
