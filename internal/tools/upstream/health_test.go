package upstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

func TestServerThatFailsInARowIsLeftAloneForAMoment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var asked atomic.Int64
	var well atomic.Bool
	s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
		asked.Add(1)
		if !well.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		result(w, m.ID, `{"content":[]}`)
	}}))
	people := []authz.Caller{r.caller(), r.another(), r.another()}
	tried := 0
	try := func() error {
		tried++
		_, err := s.Exchange(t.Context(), people[tried%len(people)], tool("any"), call(wire.Modern))
		return err
	}
	if got := s.Health(); got.State != upstream.Untried || !got.Since.IsZero() {
		t.Errorf("health %+v before the first request", got)
	}
	for range 5 {
		if err := try(); fault.KindOf(err) != fault.Upstream {
			t.Fatal(err)
		}
	}
	if got := s.Health(); got.State != upstream.Resting || !strings.Contains(got.LastError, "source notes failed (HTTP 500)") || !got.Since.Equal(r.clock.now()) {
		t.Errorf("health %+v", got)
	}
	r.clock.advance(10 * time.Second)
	err := try()
	if fault.KindOf(err) != fault.Unavailable || fault.RetryAfter(err) != 20*time.Second || asked.Load() != 5 || !strings.Contains(fault.Public(err), "source notes") {
		t.Errorf("%v, retry after %s, asked %d times", err, fault.RetryAfter(err), asked.Load())
	}
	r.clock.advance(20 * time.Second)
	for range 5 {
		if err := try(); fault.KindOf(err) != fault.Upstream {
			t.Errorf("after the rest: %v", err)
		}
	}
	if err := try(); fault.KindOf(err) != fault.Unavailable || asked.Load() != 10 {
		t.Errorf("after five more that failed: %v, asked %d times", err, asked.Load())
	}
	r.clock.advance(30 * time.Second)
	well.Store(true)
	for range 2 {
		if err := try(); err != nil {
			t.Error(err)
		}
	}
	if got := s.Health(); got.State != upstream.Working || got.LastError != "" {
		t.Errorf("health %+v", got)
	}
}

// TestReadingAsksAServerThatRests: whoever has mended it need not wait, and what
// is wrong with it is not covered up by the rest.
func TestReadingAsksAServerThatRests(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var well atomic.Bool
	s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
		if !well.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		result(w, m.ID, everyList)
	}}))
	try := func() error {
		_, err := s.Exchange(t.Context(), r.another(), tool("any"), call(wire.Modern))
		return err
	}
	for range 5 {
		_ = try()
	}
	if err := try(); !strings.Contains(fault.Public(err), "for another 30s") {
		t.Errorf("a call while it rests: %v", err)
	}
	if _, err := s.Discover(t.Context()); !strings.Contains(fault.Public(err), "HTTP 500") {
		t.Errorf("reading while it rests: %v", err)
	}
	well.Store(true)
	if _, err := s.Discover(t.Context()); err != nil || s.Health().State != upstream.Working {
		t.Errorf("reading once it is well: %v, health %+v", err, s.Health())
	}
	if err := try(); err != nil {
		t.Errorf("a call after that: %v", err)
	}
}

func TestHealthTellsOfACredentialThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	for kind, patient := range map[tools.SourceCredentialKind]int{tools.NoCredential: 0, tools.OnBehalfOfUser: 2} {
		r := newRig(t)
		url := newStub(t, &stub{discover: func(w http.ResponseWriter, _ json.RawMessage) { w.WriteHeader(http.StatusUnauthorized) }})
		s := r.server(url, func(c *upstream.Connection) { c.Source.Credential.Kind = kind })
		for n := range 6 {
			if _, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err == nil || fault.KindOf(err) == fault.Unavailable {
				t.Fatalf("%s: %v", kind, err)
			}
			want, trouble := upstream.Failing, "source notes w"
			if n < patient {
				want, trouble = upstream.Untried, ""
			}
			if got := s.Health(); got.State != want || !strings.Contains(got.LastError, trouble) || (got.LastError == "") != (trouble == "") {
				t.Errorf("%s: health %+v after %d calls, want %s", kind, got, n+1, want)
			}
		}
	}
}

// TestOnlyTokensThatFailInARowAreTheSourcesAffair: a person may lack what others
// have.
func TestOnlyTokensThatFailInARowAreTheSourcesAffair(t *testing.T) {
	t.Parallel()
	b, advance := upstream.NewBreaker(time.Now())
	refused := fault.New(fault.Unauthenticated, "there is no token")
	for range 5 {
		first, second := b.Doubt(refused), b.Doubt(refused)
		if first || second || b.Health().State == upstream.Failing {
			t.Fatalf("%+v", b.Health())
		}
		b.Turns(nil)
	}
	b.Doubt(refused)
	b.Doubt(refused)
	advance(time.Second)
	if !b.Doubt(refused) || b.Health().State != upstream.Failing || !strings.Contains(b.Health().LastError, "there is no token") {
		t.Errorf("three in a row: %+v", b.Health())
	}
	failing := b.Health().At
	advance(time.Second)
	if !b.Turns(nil) || b.Health().State != upstream.Working || !b.Health().At.Equal(failing.Add(time.Second)) {
		t.Errorf("a call that works: %+v", b.Health())
	}
}

// TestOnlyAChangeOfHealthIsTold: it costs a write.
func TestOnlyAChangeOfHealthIsTold(t *testing.T) {
	t.Parallel()
	b, advance := upstream.NewBreaker(time.Now())
	apart, away := unreached(t), fault.New(fault.Unavailable, "it is away")
	for n, step := range []struct {
		err   error
		turns bool
	}{
		{nil, true},
		{nil, false},
		{&wire.Error{Code: 7, Message: "its own"}, false},
		{away, true},
		{away, false},
		{context.Canceled, false},
		{apart, false},
		{apart, false},
		{apart, false},
		{apart, false},
		{apart, false}, // and rests
		{nil, true},
		{nil, false},
	} {
		was := b.Health()
		advance(time.Second)
		if got := b.Turns(step.err); got != step.turns {
			t.Errorf("step %d: %t, health %+v", n, got, b.Health())
		}
		if found := !errors.Is(step.err, context.Canceled); b.Health().At.After(was.At) != found {
			t.Errorf("step %d: found out at %s, before at %s", n, b.Health().At, was.At)
		}
	}
}

// TestPersonWhoHasToSignInAgainSaysNothingOfTheSource, and neither do we who have
// come without one.
func TestPersonWhoHasToSignInAgainSaysNothingOfTheSource(t *testing.T) {
	t.Parallel()
	challenge := tools.NewChallengeError(`{"access_token":{"acrs":{"value":"c1"}}}`, "sign in again", nil)
	for title, c := range map[string]struct {
		err  error
		want upstream.State
	}{"challenged": {challenge, upstream.Untried}, "refused": {fault.New(fault.Unauthenticated, "no"), upstream.Failing}} {
		r := newRig(t)
		s := r.server(newStub(t, &stub{modern: true}), func(conn *upstream.Connection) {
			conn.Source.Credential.Kind, conn.Tokens = tools.OnBehalfOfUser, refusing{c.err}
		})
		for range 6 {
			if _, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err == nil {
				t.Fatal("there is a token")
			}
		}
		if got := s.Health().State; got != c.want {
			t.Errorf("%s: %s", title, got)
		}
	}
	alone := newRig(t).server(newStub(t, &stub{discover: func(w http.ResponseWriter, _ json.RawMessage) { w.WriteHeader(http.StatusUnauthorized) }}), func(conn *upstream.Connection) {
		conn.Source.Credential.Kind = tools.OnBehalfOfUser
	})
	for range 6 {
		if _, err := alone.Discover(t.Context()); err == nil {
			t.Fatal("it answers nobody")
		}
	}
	if got := alone.Health(); got.State != upstream.Untried {
		t.Errorf("without a person: %+v", got)
	}
}

// refusing has a token for nobody.
type refusing struct{ err error }

func (r refusing) OnBehalfOf(context.Context, authz.Caller, upstream.Wanted) (string, error) {
	return "", r.err
}

// unreached is how a request ends that finds nobody at the server's address.
func unreached(t *testing.T) error {
	t.Helper()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	r := newRig(t)
	_, err := r.server(gone.URL).Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
	if err == nil {
		t.Fatal("somebody is there")
	}
	return err
}

// TestOneCallerTakesAServerAwayFromNobody: a request may be what makes it fail.
func TestOneCallerTakesAServerAwayFromNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
		switch {
		case strings.Contains(string(m.Params), "status"):
			w.WriteHeader(http.StatusInternalServerError)
		case strings.Contains(string(m.Params), "crash"):
			panic(http.ErrAbortHandler)
		default:
			result(w, m.ID, `{"content":[]}`)
		}
	}}))
	for n := range 20 {
		name := []string{"status", "crash"}[n%2]
		if _, err := s.Exchange(t.Context(), r.caller(), tool(name), call(wire.Modern)); fault.KindOf(err) != fault.Upstream {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if _, err := s.Exchange(t.Context(), r.another(), tool("any"), call(wire.Modern)); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

func TestOneCallerIsEnoughForAServerThatCannotBeReached(t *testing.T) {
	t.Parallel()
	b, advance := upstream.NewBreaker(time.Now())
	apart := unreached(t)
	for range 5 {
		if b.ClosedFor() != 0 {
			t.Error("it rests too early")
		}
		b.Note(1, apart)
	}
	if b.ClosedFor() == 0 {
		t.Error("it is asked again and again")
	}
	advance(31 * time.Second)
	if b.ClosedFor() != 0 {
		t.Error("nobody may try after the rest")
	}
	b.Note(1, apart)
	if b.ClosedFor() == 0 {
		t.Error("an attempt that failed ends the rest")
	}
}

func TestOneRequestAtATimeTriesAServerThatRested(t *testing.T) {
	t.Parallel()
	b, advance := upstream.NewBreaker(time.Now())
	apart := unreached(t)
	for range 5 {
		b.Note(1, apart)
	}
	advance(31 * time.Second)
	if b.ClosedFor() != 0 || b.ClosedFor() == 0 {
		t.Error("want one request, and one only")
	}
	b.Abandon()
	if b.ClosedFor() != 0 {
		t.Error("a request that was not made keeps others away")
	}
	b.Note(1, context.Canceled)
	if b.ClosedFor() != 0 {
		t.Error("a request that nobody waited for keeps others away")
	}
}

func TestOnlyTheServersOwnTroubleCounts(t *testing.T) {
	t.Parallel()
	b, _ := upstream.NewBreaker(time.Now())
	for n := range 20 {
		b.Note(byte(n), context.Canceled)
		b.Note(byte(n), fault.New(fault.Limited, "ours"))
		b.Note(byte(n), errors.New("ours"))
	}
	if b.ClosedFor() != 0 {
		t.Error("what is not the server's trouble counts")
	}
	for range 20 {
		for n := range 4 {
			b.Note(byte(n), fault.New(fault.Unavailable, "no"))
		}
		b.Note(1, &wire.Error{Code: 7, Message: "its own"})
	}
	if b.ClosedFor() != 0 {
		t.Error("failures that are not in a row count")
	}
}

func TestNoMoreRequestsAtATimeThanTheSourceAllows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := upstream.NewGate(2)
		for range 2 {
			if err := g.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		if err := g.Enter(t.Context()); !errors.Is(err, upstream.ErrFull) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := g.Enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("without patience: %v", err)
		}
		var late sync.WaitGroup
		late.Go(func() {
			if err := g.Enter(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		g.Leave()
		late.Wait()
		full := 0
		var many sync.WaitGroup
		var mu sync.Mutex
		for range 20 {
			many.Go(func() {
				began := time.Now()
				if err := g.Enter(t.Context()); err != nil && time.Since(began) == 0 {
					mu.Lock()
					full++
					mu.Unlock()
				}
			})
		}
		many.Wait()
		if full != 12 {
			t.Errorf("%d of 20 were sent away at once, want all but 8 who may wait", full)
		}
	})
}

func TestBusyServerIsLimitedAndNotIll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	began := make(chan struct{}, 1)
	s := r.server(newStub(t, &stub{modern: true, handle: func(_ http.ResponseWriter, req *http.Request, _ message) {
		began <- struct{}{}
		<-req.Context().Done()
	}}), func(c *upstream.Connection) { c.Source.Concurrent = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	var first sync.WaitGroup
	first.Go(func() { _, _ = s.Exchange(ctx, r.caller(), tool("any"), call(wire.Modern)) })
	<-began
	_, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
	if fault.KindOf(err) != fault.Limited || fault.RetryAfter(err) == 0 || s.Health().State == upstream.Failing {
		t.Errorf("%v, health %+v", err, s.Health())
	}
	cancel()
	first.Wait()
}

func TestProgressKeepsACallAliveAndSilenceEndsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, c := upstream.StartClock(t.Context(), 10*time.Second)
		for range 20 {
			time.Sleep(9 * time.Second)
			c.Again()
		}
		if ctx.Err() != nil {
			t.Fatal("a call that goes on was ended")
		}
		c.Wait()
		time.Sleep(5 * time.Minute)
		if ctx.Err() != nil {
			t.Fatal("a call that waits for a person was ended")
		}
		c.Again()
		time.Sleep(11 * time.Second)
		if !errors.Is(context.Cause(ctx), upstream.ErrSilent) {
			t.Error("silence did not end the call")
		}
		ctx, c = upstream.StartClock(t.Context(), 10*time.Second)
		began := time.Now()
		for ctx.Err() == nil && time.Since(began) < time.Hour {
			time.Sleep(9 * time.Second)
			c.Again()
		}
		if took := time.Since(began); took > 16*time.Minute {
			t.Errorf("a call that goes on for ever was ended after %s", took)
		}
	})
}
