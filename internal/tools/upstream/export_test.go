package upstream

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// What tests look at from outside.
var (
	ErrFull   = errFull
	ErrSilent = errSilent
	ParseWay  = parseWay
	Demanded  = demanded
)

// Append is append, for tests.
func (w way) Append(dst []byte) []byte { return w.append(dst) }

// Breaker is a breaker whose clock a test moves.
type Breaker struct{ b *breaker }

// NewBreaker returns a Breaker and what moves its clock.
func NewBreaker(at time.Time) (Breaker, func(time.Duration)) {
	return Breaker{newBreaker(func() time.Time { return at })}, func(d time.Duration) { at = at.Add(d) }
}

// Note is note, of the nth caller.
func (b Breaker) Note(n byte, err error) {
	b.b.note(tenants.MustGUID(fmt.Sprintf("0c6b6a0e-7d4d-4a5e-9b0f-5c1d2e3f4a%02x", n)), err)
}

// Doubt is doubt.
func (b Breaker) Doubt(err error) bool { return b.b.doubt(err) }

// Turns is note of one caller, and what it reports.
func (b Breaker) Turns(err error) bool { return b.b.note(tenants.NewGUID(), err) }

// Health is what the breaker knows.
func (b Breaker) Health() Health { return b.b.health }

// ClosedFor is closedFor.
func (b Breaker) ClosedFor() time.Duration { return b.b.closedFor() }

// Abandon is abandon.
func (b Breaker) Abandon() { b.b.abandon() }

// Gate is a gate.
type Gate struct{ g *gate }

// NewGate returns a Gate.
func NewGate(places int) Gate { return Gate{newGate(places)} }

// Enter is enter.
func (g Gate) Enter(ctx context.Context) error { return g.g.enter(ctx) }

// Leave is leave.
func (g Gate) Leave() { g.g.leave() }

// Clock is a clock.
type Clock struct{ c *clock }

// StartClock is startClock.
func StartClock(ctx context.Context, each time.Duration) (context.Context, Clock) {
	ctx, c := startClock(ctx, each)
	return ctx, Clock{c}
}

// Again is again.
func (c Clock) Again() { c.c.again() }

// Wait is wait.
func (c Clock) Wait() { c.c.wait() }

// Split takes the result of a call apart, as of a modern server.
func Split(object []byte) (tools.Result, error) {
	h := &Hub{limits: wire.Limits{MaxBytes: 1 << 20, MaxDepth: maxDepth}}
	x := &exchange{s: &Server{hub: h}, to: tools.Target{Method: wire.MethodToolsCall}}
	return x.split(object, wire.Modern)
}

// SessionPool is what one server keeps of sessions in memory.
type SessionPool struct{ p *sessions }

// NewSessionPool returns a SessionPool.
func NewSessionPool() SessionPool { return SessionPool{newSessions()} }

// Put keeps the session of the nth person, and returns how many of nobody else's
// have to be ended for it.
func (s SessionPool) Put(n int, at time.Time) int {
	of := sessionOf{}
	binary.BigEndian.PutUint64(of.who[:], uint64(n))
	ended := 0
	for _, gone := range s.p.put(of, &cached{&session{expires: at.Add(time.Hour)}, at}) {
		if gone != nil {
			ended++
		}
	}
	return ended
}

// Has reports whether the session of the nth person is there.
func (s SessionPool) Has(n int, at time.Time) bool {
	of := sessionOf{}
	binary.BigEndian.PutUint64(of.who[:], uint64(n))
	return s.p.get(of, at) != nil
}

// Sweep is sweep.
func (s *Server) Sweep() { s.sweep() }

// Held is how many bytes are counted for an organization.
func (h *Hub) Held(org tenants.ID) int {
	h.memory.mu.Lock()
	defer h.memory.mu.Unlock()
	return h.memory.each[org]
}

// Memory is a memory.
type Memory struct{ m *memory }

// NewMemory returns a Memory.
func NewMemory(maxResult int) Memory { return Memory{newMemory(maxResult)} }

// Take is take.
func (m Memory) Take(org tenants.ID, n int) bool { return m.m.take(org, n) }

// Give is give.
func (m Memory) Give(org tenants.ID, n int) { m.m.give(org, n) }

// Pace is a pace.
type Pace struct{ p *pace }

// NewPace returns a Pace.
func NewPace() Pace { return Pace{&pace{}} }

// Message is message.
func (p Pace) Message(ctx context.Context) error { return p.p.message(ctx) }

// Read is read.
func (p Pace) Read(ctx context.Context, stream io.Reader) io.Reader { return p.p.read(ctx, stream) }
