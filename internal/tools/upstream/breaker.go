package upstream

import (
	"context"
	"errors"
	"sync"
	"time"

	"gatehouse/internal/fault"
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
}

const (
	failuresToRest = 5
	restFor        = 30 * time.Second
)

// breaker leaves a server alone that failed several times in a row, and then
// lets one request try.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	health   Health
	failures int
	until    time.Time // rest ends
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

// note learns from the end of a request. Only what the server did, or did not do,
// counts; what it answers with an error of its own, it answers.
func (b *breaker) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch {
	case err == nil || answered(err):
		b.failures = 0
		b.enter(Working, "")
	case !counts(err):
	case b.failures+1 >= failuresToRest:
		b.failures++
		b.until = b.now().Add(restFor)
		b.enter(Resting, fault.Public(err))
	default:
		b.failures++
		b.enter(Failing, fault.Public(err))
	}
}

// mind says that a request was of no use for a reason that no rest helps against,
// such as a credential.
func (b *breaker) mind(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if b.health.State != Resting {
		b.enter(Failing, fault.Public(err))
	}
}

func (b *breaker) enter(state State, why string) {
	if b.health.State != state {
		b.health.Since = b.now()
	}
	b.health.State, b.health.LastError = state, why
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

// note has the breaker learn from the end of a request. A credential of the
// source's own fails for everybody; one of a person says nothing of others.
func (s *Server) note(err error) {
	if errors.Is(err, errCredential) && s.conn.Source.Credential.Kind != tools.OnBehalfOfUser {
		s.breaker.mind(err)
		return
	}
	s.breaker.note(err)
}

// Health returns what this replica knows of the server.
func (s *Server) Health() Health {
	s.breaker.mu.Lock()
	defer s.breaker.mu.Unlock()
	return s.breaker.health
}
