package upstream

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/wire"
)

// aside is the stream that a legacy session has besides its requests (2025-11-25,
// "Listening for Messages from the Server"). Servers ask there what they want to
// know for a call, and say nothing on the call's own stream. It is open while calls
// are under way whose clients can be asked something.
type aside struct {
	mu    sync.Mutex
	ears  []*ear             // of calls under way, the last begun last
	stop  context.CancelFunc // of the stream; nil: there is none
	ready <-chan struct{}    // closed when it is open, or not to be had
	none  bool               // the server has no such stream, or lets us wait for it
}

const (
	asidePatience = time.Second // a call waits so long for the stream
	asideAgain    = 100 * time.Millisecond
	mostAsides    = 5 // attempts, while a stream that has just ended counts as open
)

// ear is where a call hears what the stream brings.
type ear struct {
	x    *exchange
	hear func(c *conversation, m wire.Message)
	over bool // under the exchange's lock
}

// overhear has the session's stream open before a call is sent, and the call hear
// what it brings until leave.
func (x *exchange) overhear(ctx context.Context, session *session) (leave func()) {
	if session == nil || session.id == "" || x.call.Client.Capabilities.Can == 0 {
		return func() {}
	}
	e := &ear{x: x, hear: func(c *conversation, m wire.Message) { _ = x.question(ctx, c, m) }} // a client that has gone ends its call by itself
	a := &session.aside
	if ready := a.enter(ctx, e, session); ready != nil {
		late := time.NewTimer(asidePatience)
		defer late.Stop()
		select {
		case <-ready:
		case <-late.C:
			a.without()
		case <-ctx.Done():
		}
	}
	return func() { a.leave(e) }
}

// enter adds a call, and returns when the stream is ready; nil: there is none.
func (a *aside) enter(ctx context.Context, e *ear, session *session) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.none {
		return nil
	}
	a.ears = append(a.ears, e)
	if a.stop != nil {
		return a.ready
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ready := make(chan struct{})
	a.stop, a.ready = stop, ready
	c := &conversation{s: e.x.s, asker: e.x.asker(), era: wire.Legacy, session: session, listener: quiet{e.x.s}}
	go a.listen(ctx, c, ready)
	return ready
}

// leave takes a call out. When it returns, the call hears nothing more; the last one
// ends the stream.
func (a *aside) leave(e *ear) {
	a.mu.Lock()
	a.ears = slices.DeleteFunc(a.ears, func(other *ear) bool { return other == e })
	if len(a.ears) == 0 && a.stop != nil {
		a.stop()
		a.stop = nil
	}
	a.mu.Unlock()
	e.x.hearing.Lock()
	defer e.x.hearing.Unlock()
	e.over = true
}

// ended forgets the stream that has become ready so, unless it is another by now.
func (a *aside) ended(ready <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ready == ready && a.stop != nil {
		a.stop()
		a.stop = nil
	}
}

// without remembers that the server has no stream that is of use.
func (a *aside) without() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.none = true
}

func (a *aside) last() *ear {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.ears) == 0 {
		return nil
	}
	return a.ears[len(a.ears)-1]
}

// listen opens the stream and hands over what it brings, until it ends. The next
// call opens another.
func (a *aside) listen(ctx context.Context, c *conversation, ready chan struct{}) {
	defer a.ended(ready)
	stream := a.open(ctx, c)
	close(ready)
	if stream == nil {
		return
	}
	defer func() { _ = stream.Body.Close() }()
	c.listener = overhearing{quiet{c.s}, a}
	v := &vigil{s: c.s, asker: c.asker}
	events := wire.NewEventReader(v.pace.read(ctx, stream.Body), maxEvent)
	for {
		m, err := v.nextIn(ctx, c, events)
		if err != nil || c.listener.notified(ctx, m) != nil {
			return
		}
	}
}

// open asks for the stream; nil: there is none.
func (a *aside) open(ctx context.Context, c *conversation) *egress.Stream {
	for range mostAsides {
		header := c.s.headers(wire.Legacy, c.session)
		header["Accept"] = acceptStream
		delete(header, "Content-Type")
		stream, err := c.s.send(ctx, c.asker, outgoing{
			method: http.MethodGet, header: header, options: egress.OpenOptions{Begin: c.s.patience(), Idle: watchIdle, MaxBytes: watchBytes},
		})
		switch {
		case err != nil:
			return nil
		case stream.Status == http.StatusOK && mediaOf(stream.Header) == mediaStream:
			return stream
		}
		discard(stream)
		if stream.Status != http.StatusConflict {
			a.without()
			return nil
		}
		if pause(ctx, asideAgain) != nil {
			return nil
		}
	}
	return nil
}

// overhearing is the listener of the stream: what concerns no call is heard as
// quietly as elsewhere.
type overhearing struct {
	quiet
	a *aside
}

// asked hands a request of the server to the call that was begun last: all of them
// are of one person, at one client.
func (o overhearing) asked(ctx context.Context, c *conversation, m wire.Message) error {
	for e := o.a.last(); e != nil && m.Method != wire.MethodPing; e = o.a.last() {
		if e.take(c, m) {
			return nil
		}
	}
	return o.quiet.asked(ctx, c, m)
}

// take passes a request of the server on, unless the call is over.
func (e *ear) take(c *conversation, m wire.Message) bool {
	e.x.hearing.Lock()
	defer e.x.hearing.Unlock()
	if e.over {
		return false
	}
	e.hear(c, m)
	return true
}
