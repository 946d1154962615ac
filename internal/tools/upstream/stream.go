package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// budget is what a server may say before it answers.
type budget struct{ messages, bytes int }

const (
	mostMessages   = 50_000
	mostOfResults  = 4 // times the largest result
	mostResumes    = 20
	mostFruitless  = 3 // attempts to go on in a row that bring nothing
	longestEventID = 512
)

func (b *budget) spend(s *Server, size int) error {
	b.messages++
	b.bytes += size
	if b.messages > mostMessages || b.bytes > mostOfResults*s.hub.o.MaxResult {
		return s.wrong("said too much before it answered", nil)
	}
	return nil
}

// place is how far a stream of the legacy era has been read.
type place struct {
	last  string // event id; empty: the server gave none
	retry time.Duration
}

// stream reads events up to the answer. Where a legacy server gave its events
// ids, a stream that breaks off is gone on with (2025-11-25, "Resumability and
// Redelivery").
func (c *conversation) stream(ctx context.Context, stream *egress.Stream) (wire.Message, error) {
	at := place{retry: defaultRetry}
	fruitless := 0
	for resumes := 0; ; resumes++ {
		heard := c.budget.messages
		m, err := c.events(ctx, stream, &at)
		if !errors.Is(err, errBroken) {
			return m, err
		}
		if fruitless++; c.budget.messages > heard {
			fruitless = 0
		}
		if c.era == wire.Modern || at.last == "" || fruitless >= mostFruitless || resumes >= mostResumes {
			return wire.Message{}, c.s.fail(fault.Upstream, "ended its answer before the result; try again", err)
		}
		if stream, err = c.resume(ctx, at); err != nil {
			return wire.Message{}, err
		}
	}
}

// errBroken is in the chain of the error about a stream that ended before the
// answer.
var errBroken = errors.New("the stream ended before the answer")

// events reads one stream up to the answer, or to its end: errBroken.
func (c *conversation) events(ctx context.Context, stream *egress.Stream, at *place) (wire.Message, error) {
	reader := wire.NewEventReader(&counted{c, stream.Body}, c.s.hub.o.MaxResult)
	for {
		m, err := c.next(reader, at)
		if err == nil && m.Kind == wire.Response {
			if err = c.mine(m); err == nil {
				c.tail = stream
				return m, nil
			}
		}
		if err == nil {
			err = c.hear(ctx, m)
		}
		if err != nil {
			_ = stream.Body.Close()
			return wire.Message{}, err
		}
	}
}

// next returns the next message of a stream.
func (c *conversation) next(reader *wire.EventReader, at *place) (wire.Message, error) {
	for {
		event, err := reader.Next()
		at.note(reader)
		if err != nil {
			return wire.Message{}, c.s.ended(err)
		}
		c.complete(len(event.Data))
		if err := c.budget.spend(c.s, len(event.Data)+1); err != nil {
			return wire.Message{}, err
		}
		if len(event.Data) > 0 && event.Name == "message" {
			return c.s.decode(event.Data)
		} // otherwise it only says where the stream is, or that it lives
	}
}

// ended says why there are no more events.
func (s *Server) ended(err error) error {
	switch {
	case errors.Is(err, wire.ErrEventTooLarge):
		return s.tooLarge(s.hub.o.MaxResult)
	case errors.Is(err, io.EOF):
		return errBroken
	case fault.KindOf(err) == fault.Unavailable, fault.KindOf(err) == fault.Limited, errors.Is(err, errTooMuch):
		return err
	}
	return fmt.Errorf("%w: %w", errBroken, err)
}

func (p *place) note(r *wire.EventReader) {
	if id := r.ID(); id != "" && len(id) <= longestEventID && isVisible(id) {
		p.last = id
	}
	if retry := r.Retry(); retry > 0 {
		p.retry = min(max(retry, shortestRetry), longestRetry)
	}
}

const (
	defaultRetry  = 500 * time.Millisecond
	shortestRetry = 50 * time.Millisecond
	longestRetry  = 5 * time.Second
)

// resume asks a legacy server to go on with a stream.
func (c *conversation) resume(ctx context.Context, at place) (*egress.Stream, error) {
	if err := pause(ctx, at.retry); err != nil {
		return nil, err
	}
	h := c.s.headers(wire.Legacy, c.session)
	h["Accept"], h[headerLast] = acceptStream, []string{at.last}
	delete(h, "Content-Type")
	stream, err := c.s.send(ctx, c.asker, outgoing{method: http.MethodGet, header: h, options: c.s.within()})
	if err != nil {
		return nil, err
	}
	if stream.Status != http.StatusOK || mediaOf(stream.Header) != mediaStream {
		discard(stream)
		return nil, c.s.fail(fault.Upstream, "broke off its answer and does not go on with it; try again", nil)
	}
	return stream, nil
}

// pause waits, or returns why it stopped to.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hear passes on what is not the answer.
func (c *conversation) hear(ctx context.Context, m wire.Message) error {
	c.listener.alive()
	if m.Kind == wire.Notification {
		return c.listener.notified(ctx, m)
	}
	if c.era == wire.Modern {
		return c.s.wrong("sent a request of its own, which its protocol version does not have", nil)
	}
	return c.listener.asked(ctx, c, m)
}

// isVisible reports whether s is of visible ASCII, as ids in headers must be.
func isVisible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
