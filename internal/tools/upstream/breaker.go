package upstream

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// State is how a server has been doing.
type State string

// The states.
const (
	Untried State = "untried" // nobody has asked it since this replica started
	Working State = "working"
	Failing State = "failing" // the last request failed
	Resting State = "resting" // several failed in a row: it is left alone for a moment
)

// Health is what this replica knows of a server's state.
type Health struct {
	State     State
	LastError string    // the public sentence of the last failure; empty while it works
	Since     time.Time // of the state; zero while untried
	At        time.Time // when that was found out last; zero while untried
}

// Well reports whether nothing is known to be wrong.
func (h Health) Well() bool { return h.State == Working || h.State == Untried }

const (
	failuresToRest = 5
	callersToRest  = 3
	doubtsToFail   = 3
	restFor        = 30 * time.Second
)

// breaker leaves a server alone that failed several times in a row. One that
// cannot be reached then has to answer one request before there are others. What
// it makes of a request may be that request's doing: it rests only when it has
// failed several callers, and then all may try.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	health   Health
	failures int                         // in a row
	apart    int                         // in a row that did not reach it
	callers  [callersToRest]tenants.GUID // whom it failed in this row, each once
	failed   int                         // how many these are
	doubts   int                         // in a row, about tokens of people
	until    time.Time                   // rest ends
	probing  bool
}

func newBreaker(now func() time.Time) *breaker {
	return &breaker{now: now, health: Health{State: Untried}}
}

// closedFor returns how long not to ask the server; zero lets the caller ask, who
// then owes a note or abandons.
func (b *breaker) closedFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.health.State != Resting {
		return 0
	}
	if left := b.until.Sub(b.now()); left > 0 {
		return left
	}
	if b.apart == 0 {
		b.health.State, b.health.Since = Failing, b.now()
		return 0
	}
	if b.probing {
		return time.Second
	}
	b.probing = true
	return 0
}

// abandon takes back what closedFor allowed: nothing was asked.
func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// note learns from the end of a request of somebody. Only what the server did, or
// did not do, counts; what it answers with an error of its own, it answers. It
// reports whether the server is well now and was not before, or the other way round.
func (b *breaker) note(who tenants.GUID, err error) (turned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch {
	case err == nil || answered(err):
		b.failures, b.apart, b.failed, b.doubts = 0, 0, 0, 0
		return b.enter(Working, "")
	case !counts(err):
		return false
	case b.count(who, unreached(err)):
		b.until = b.now().Add(restFor)
		b.failures, b.failed = 0, 0
		return b.enter(Resting, fault.Public(err))
	}
	return b.enter(Failing, fault.Public(err))
}

// mind says that a request was of no use for a reason that no rest helps against,
// such as a credential. It reports what note does.
func (b *breaker) mind(err error) (turned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	return b.unfit(fault.Public(err))
}

// doubt says that a token for a person was of no use. Once that may be about the
// person; several times in a row, with nobody served in between, it is about the
// source. It reports what note does.
func (b *breaker) doubt(err error) (turned bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	b.doubts++
	if b.doubts < doubtsToFail {
		return false
	}
	return b.unfit("several calls on behalf of people have failed in a row, the last one because " + fault.Public(err))
}

func (b *breaker) unfit(why string) (turned bool) {
	if b.health.State == Resting {
		return false
	}
	return b.enter(Failing, why)
}

// count adds a failure to those in a row, and reports whether they are enough for
// a rest.
func (b *breaker) count(who tenants.GUID, apart reach) bool {
	b.failures++
	if apart {
		b.apart++
		return b.apart >= failuresToRest
	}
	b.apart = 0
	if b.failed < callersToRest && !slices.Contains(b.callers[:b.failed], who) {
		b.callers[b.failed] = who
		b.failed++
	}
	return b.failures >= failuresToRest && b.failed == callersToRest
}

// reach is whether a request did not come as far as the server.
type reach bool

// unreached reports whether there was no connection to the server: no caller can
// bring that about.
func unreached(err error) reach {
	if _, apart := errors.AsType[*distance](err); !apart {
		return false
	}
	switch egress.TroubleOf(err) { //nolint:exhaustive // the others come of what is connected
	case egress.Unresolved, egress.NotPermitted, egress.Unconnected, egress.Untrusted:
		return true
	}
	return false
}

// enter is what has been found out now. It reports whether the server is well now
// and was not known to be, or the other way round.
func (b *breaker) enter(state State, why string) (turned bool) {
	now, was := b.now(), b.health
	b.health = Health{State: state, LastError: why, Since: was.Since, At: now}
	if was.State != state {
		b.health.Since = now
	}
	return was.State == Untried || was.Well() != b.health.Well()
}

// answered reports whether err is the server's own answer.
func answered(err error) bool {
	_, own := errors.AsType[*wire.Error](err)
	return own
}

// counts reports whether err tells that the server is not well.
func counts(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, errCredential) || errors.Is(err, errBusy) {
		return false
	}
	if _, refused := errors.AsType[*refusal](err); refused {
		return false // it lives, and minds this one request
	}
	kind := fault.KindOf(err)
	return kind == fault.Upstream || kind == fault.Unavailable
}

// note has the breaker learn from the end of a request of somebody, and tells when
// the server has turned from well to unwell or back.
func (s *Server) note(who tenants.GUID, err error) {
	if s.learn(who, err) && s.hub.o.Turned != nil {
		s.hub.o.Turned(s.conn.Org, s.conn.Source.ID, s.Health)
	}
}

// learn is note without telling. A credential of the source's own fails for
// everybody; that of one person says nothing of others, and that they are to sign in
// once more, or that we have come without a person, says nothing at all.
func (s *Server) learn(who tenants.GUID, err error) (turned bool) {
	if !errors.Is(err, errCredential) || errors.Is(err, context.Canceled) {
		return s.breaker.note(who, err)
	}
	if !s.conn.Source.Credential.Kind.Personal() {
		return s.breaker.mind(err)
	}
	_, challenged := errors.AsType[*tools.ChallengeError](err)
	if _, absent := errors.AsType[*tools.SignInError](err); challenged || absent || who.IsZero() {
		return s.breaker.note(who, err)
	}
	return s.breaker.doubt(err)
}

// Health returns what this replica knows of the server.
func (s *Server) Health() Health {
	s.breaker.mu.Lock()
	defer s.breaker.mu.Unlock()
	return s.breaker.health
}
