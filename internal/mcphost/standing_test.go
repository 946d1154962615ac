package mcphost_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

var (
	bob     = tenants.MustGUID("b0b00000-0000-4000-8000-000000000002")
	payers  = tenants.MustGUID("96000000-0000-4000-8000-000000000001")
	writers = tenants.MustGUID("96000000-0000-4000-8000-000000000002")
)

// people is who is in the group of payers, and what is known of it here. Nobody is
// in the group of writers.
type people struct {
	*bench
	mu       sync.Mutex
	in       map[tenants.GUID]bool             // as Graph would say it
	known    map[tenants.GUID]authz.Membership // as it was last asked
	resolved map[tenants.GUID]int
	looks    []tenants.GUID
	behind   []tenants.GUID
	fails    error              // of looks
	hangs    bool               // a look does, as long as somebody waits
	down     error              // of everything else
	during   func(tenants.GUID) // happens once what is known was read
	later    chan struct{}      // closed when another view is up
}

// populate gives the bench an organization in which payers may pay, read notes and
// have them summarized.
func populate(t *testing.T) *people {
	t.Helper()
	role, other := tenants.NewGUID(), tenants.NewGUID()
	rules := authz.Rules{
		Scope: "access_as_user",
		Roles: []authz.Role{
			{ID: role, Name: "payer", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"pay", "prompt:notes_summarize", "resource:notes://all"}}}},
			{ID: other, Name: "writer", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"notes_write"}}}},
		},
		Assignments: []authz.Assignment{
			{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: payers.String()}},
			{ID: tenants.NewGUID(), Role: other, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: writers.String()}},
		},
	}
	b := newBench(t, everybody(time.Time{}))
	s := &server{answer: says(`"content":[]`)}
	b.snap = b.viewWith(t, rules, s, `{}`)
	p := &people{bench: b, in: map[tenants.GUID]bool{}, known: map[tenants.GUID]authz.Membership{}, resolved: map[tenants.GUID]int{}, later: make(chan struct{})}
	b.rebuild(func(o *mcphost.Options) { o.Leases, o.Membership = p, p })
	return p
}

// Get returns the view that is up.
func (p *people) Get(context.Context, string) (*snapshot.Snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snap, nil
}

// Later is closed once a view after one is up.
func (p *people) Later(_ tenants.ID, than int64) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.snap.Version > than {
		up := make(chan struct{})
		close(up)
		return up
	}
	return p.later
}

// cutOff puts up a view in which a person is cut off.
func (p *people) cutOff(person tenants.GUID) {
	p.change(func(next *snapshot.Snapshot) {
		next.Revocations = authz.IndexRevocations([]authz.Revocation{{Kind: authz.RevokePerson, Subject: person.String(), NotBefore: p.now().Add(time.Minute)}})
	})
}

func (p *people) suspend() {
	p.change(func(next *snapshot.Snapshot) { next.Organization.State = tenants.Suspended })
}

// change puts up another view.
func (p *people) change(edit func(*snapshot.Snapshot)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := *p.snap
	next.Version++
	next.Decisions++
	edit(&next)
	p.snap = &next
	close(p.later)
	p.later = make(chan struct{})
}

// put says whether a person is in the group, without anybody here hearing of it.
func (p *people) put(person tenants.GUID, in bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in[person] = in
}

// learn is put, and what is known here from then on.
func (p *people) learn(person tenants.GUID, in bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in[person] = in
	p.ask(person)
}

// ask has what is known be what is true; the lock is held.
func (p *people) ask(person tenants.GUID) authz.Membership {
	m := authz.Membership{Groups: map[tenants.GUID]authz.Answer{payers: authz.NotMember, writers: authz.NotMember}, Source: authz.SourceGraph, At: p.now()}
	if p.in[person] {
		m.Groups[payers] = authz.Member
	}
	p.known[person] = m
	return m
}

func (p *people) move(person tenants.GUID) {
	p.standings.Moved(p.snap.Organization.ID, person, 0, func() {})
}

func (p *people) Resolve(_ context.Context, q membership.Question) (authz.Membership, time.Time, error) {
	p.mu.Lock()
	person := q.Identity.OID
	p.resolved[person]++
	m, ok := p.known[person]
	if !ok {
		m = p.ask(person)
	}
	down, during := p.down, p.during
	p.mu.Unlock()
	if during != nil {
		during(person)
	}
	return m, p.now().Add(time.Hour), down
}

func (p *people) FreshLook(ctx context.Context, q membership.Question) (membership.Record, error) {
	if p.hangs {
		<-ctx.Done()
		return membership.Record{}, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looks = append(p.looks, q.Identity.OID)
	if p.fails != nil {
		return membership.Record{}, p.fails
	}
	m := p.ask(q.Identity.OID)
	return membership.Record{Person: q.Identity.OID, Answers: m.Groups, AskedAt: m.At}, nil
}

func (p *people) LookBehind(_ context.Context, q membership.Question) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.behind = append(p.behind, q.Identity.OID)
}

func (p *people) resolvedOf(person tenants.GUID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resolved[person]
}

func (p *people) elapse(d time.Duration) { p.elapsed.Add(int64(d)) }

func (p *people) tokenOf(person tenants.GUID) string {
	return p.token(map[string]any{"oid": person.String()})
}

// pays reports whether a call of the payers' tool is answered.
func (p *people) pays(t *testing.T, token string) bool {
	t.Helper()
	w := p.call(t, token, `{}`)
	paid := strings.Contains(w.Body.String(), "paid")
	if !paid && !strings.Contains(w.Body.String(), "unknown tool: pay") {
		t.Errorf("neither paid nor refused: %d %s", w.Code, w.Body)
	}
	return paid
}

func TestChangeOfAMembershipIsSeenAtTheNextCall(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.learn(alice, true)
	p.learn(bob, true)
	first, second, other := p.tokenOf(alice), p.token(map[string]any{"uti": "v"}), p.tokenOf(bob)
	for range 3 {
		for _, token := range []string{first, second, other} {
			if !p.pays(t, token) {
				t.Fatal("a member is refused")
			}
		}
	}
	p.learn(alice, false)
	p.move(bob)
	if !p.pays(t, first) {
		t.Error("what was derived of Alice is derived anew for Bob's change")
	}
	p.move(alice)
	for _, token := range []string{first, second} {
		if p.pays(t, token) {
			t.Error("a remembered token outlives the change")
		}
	}
	if !p.pays(t, other) {
		t.Error("Bob is refused")
	}
	p.pays(t, first)
	p.pays(t, second)
	if a, b := p.resolvedOf(alice), p.resolvedOf(bob); a != 4 || b != 2 {
		t.Errorf("Alice's tokens were derived %d times, Bob's %d times; want once for each token, and for each change", a, b)
	}
}

// TestChangeDuringADerivationIsNotLost: what was derived rests on what was known
// before.
func TestChangeDuringADerivationIsNotLost(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.learn(alice, true)
	p.during = func(person tenants.GUID) {
		p.during = nil
		p.learn(alice, false)
		p.move(person)
	}
	token := p.tokenOf(alice)
	if !p.pays(t, token) {
		t.Fatal("refused on what was not known when the call came")
	}
	if p.pays(t, token) {
		t.Error("the change is lost")
	}
}

func TestChangeOfAMembershipReachesThePersonsStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := populate(t)
		p.learn(alice, true)
		p.learn(bob, true)
		streams := []*reader{p.listenAs(t, "contoso", p.tokenOf(alice), on), p.listenAs(t, "contoso", p.token(map[string]any{"uti": "v"}), on)}
		other := p.listenAs(t, "contoso", p.tokenOf(bob), on)
		synctest.Wait()
		before := p.resolvedOf(bob)
		p.move(alice) // something about her has changed that changes nothing here
		synctest.Wait()
		for _, s := range append(streams, other) {
			if len(s.heard) != 0 {
				t.Errorf("told %s of nothing", <-s.heard)
			}
		}
		p.learn(alice, false)
		p.learn(bob, false)
		p.move(alice)
		synctest.Wait()
		for _, s := range streams {
			if len(s.heard) == 0 || !strings.Contains(<-s.heard, "notifications/tools/list_changed") || len(s.heard) > 0 {
				t.Error("a stream of hers is not told once")
			}
		}
		if len(other.heard) > 0 || p.resolvedOf(bob) != before {
			t.Error("another person's stream looks")
		}
	})
}

// TestStreamRestsAfterALookThatFailed: there is news all the while, which nobody can
// look at.
func TestStreamRestsAfterALookThatFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := populate(t)
		p.learn(alice, true)
		s := p.listenAs(t, "contoso", p.tokenOf(alice), on)
		synctest.Wait()
		p.mu.Lock()
		p.down = fault.New(fault.Unavailable, "not now")
		p.mu.Unlock()
		p.learn(alice, false)
		before := p.resolvedOf(alice)
		p.move(alice)
		time.Sleep(5 * time.Second)
		if looked := p.resolvedOf(alice) - before; looked < 1 || looked > 3 {
			t.Errorf("it has looked %d times in five seconds", looked)
		}
		p.mu.Lock()
		p.down = nil
		p.mu.Unlock()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(s.heard) != 1 || !strings.Contains(<-s.heard, "tools/list_changed") {
			t.Error("what it could not look at is forgotten")
		}
		looked := p.resolvedOf(alice)
		p.move(alice)
		synctest.Wait()
		if p.resolvedOf(alice) != looked+1 {
			t.Error("it rests for ever")
		}
	})
}

// TestStreamThatRestsEndsForWhoIsCutOff at once: to know that, nobody has to be asked.
func TestStreamThatRestsEndsForWhoIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := populate(t)
		p.learn(alice, true)
		s := p.listenAs(t, "contoso", p.tokenOf(alice), on)
		synctest.Wait()
		p.mu.Lock()
		p.down = fault.New(fault.Unavailable, "not now")
		p.mu.Unlock()
		p.move(alice)
		synctest.Wait()
		p.cutOff(alice)
		synctest.Wait()
		if len(s.heard) != 1 || !strings.Contains(<-s.heard, `"resultType":"complete"`) {
			t.Error("it rests on")
		}
	})
}

// cutting are people who are cut off while they are looked at.
type cutting struct{ *people }

func (c cutting) FreshLook(ctx context.Context, q membership.Question) (membership.Record, error) {
	c.cutOff(q.Identity.OID)
	return c.people.FreshLook(ctx, q)
}

func TestWhoIsCutOffDuringALookIsNotLetIn(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.rebuild(func(o *mcphost.Options) { o.Leases, o.Membership = p, cutting{p} })
	p.learn(alice, false)
	token := p.tokenOf(alice)
	p.put(alice, true)
	p.elapse(time.Minute)
	if p.pays(t, token) {
		t.Error("the call has run")
	}
	if w := p.call(t, token, `{}`); w.Code != http.StatusUnauthorized {
		t.Errorf("the next is answered with %d", w.Code)
	}
}

// lateBody is a body before whose first byte something happens.
type lateBody struct {
	io.Reader
	first func()
}

func (s *lateBody) Read(b []byte) (int, error) {
	if s.first != nil {
		s.first()
		s.first = nil
	}
	return s.Reader.Read(b)
}

// TestWhoIsCutOffWhileTheirBodyComesIsRefused: clients may take half a minute for it.
func TestWhoIsCutOffWhileTheirBodyComesIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(p *people)
		want    int
		runs    bool
	}{
		"cut off":   {func(p *people) { p.cutOff(alice) }, http.StatusUnauthorized, false},
		"suspended": {func(p *people) { p.suspend() }, http.StatusForbidden, false},
		"left":      {func(p *people) { p.learn(alice, false); p.move(alice) }, http.StatusOK, false},
		"nothing":   {func(*people) {}, http.StatusOK, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := populate(t)
			p.learn(alice, true)
			token := p.tokenOf(alice)
			if !p.pays(t, token) {
				t.Fatal("a member is refused")
			}
			body := &lateBody{strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":{}}}`), func() {
				c.happens(p)
				p.elapse(25 * time.Second)
			}}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://gatehouse.example/t/contoso/mcp", body)
			for header, value := range map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"} {
				r.Header.Set(header, value)
			}
			r.SetPathValue("org", "contoso")
			w := httptest.NewRecorder()
			p.host.Endpoint().ServeHTTP(w, r)
			if ran := strings.Contains(w.Body.String(), "paid"); w.Code != c.want || ran != c.runs {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (c.want == http.StatusUnauthorized) {
				t.Errorf("challenged with %q", challenge)
			}
		})
	}
}
