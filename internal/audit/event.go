package audit

import (
	"context"

	"gatehouse/internal/authz"
)

// Event records something that happened at one instant and returns when the
// record is durable. It is Unavailable as Begin is, and when ctx is done first.
func (l *Log) Event(ctx context.Context, by authz.Caller, e Event) error {
	p, err := l.Submit(by, e)
	if err != nil {
		return err
	}
	return p.Wait(ctx)
}

// Submit queues the record of an event and returns at once, so that the event
// and what follows it share a commit. Whoever acts on the event Waits before
// anybody sees the result. It is Unavailable as Begin is.
func (l *Log) Submit(by authz.Caller, e Event) (Pending, error) {
	r := l.scribe.event(by.Identity(), e)
	r.grants(by)
	return l.submitted(r)
}

// Pending is a record on its way. The zero Pending is no record, and durable.
type Pending struct {
	log *Log
	w   *waiter
}

// Wait returns when the record is durable, or with the reason why nobody may
// rely on it. It is called once.
func (p Pending) Wait(ctx context.Context) error {
	if p.w == nil {
		return nil
	}
	return p.log.await(ctx, p.w)
}

// Refused records that a verified identity was not let in, and returns when the
// record is durable. The event's kind and outcome are set here.
func (l *Log) Refused(ctx context.Context, id authz.Identity, e Event) error {
	e.Kind, e.Outcome = RefusedRequest, Refused
	p, err := l.submitted(l.scribe.event(id, e))
	if err != nil {
		return err
	}
	return p.Wait(ctx)
}

func (l *Log) submitted(r *Record) (Pending, error) {
	w, err := l.write(r, r.clean(), nil)
	if err != nil {
		return Pending{}, err
	}
	return Pending{log: l, w: w}, nil
}
