package audit

import (
	"context"

	"gatehouse/internal/authz"
)

// Event records something that happened at one instant and returns when the
// record is durable. It is Unavailable as Begin is, and when ctx is done first.
func (l *Log) Event(ctx context.Context, by authz.Caller, e Event) error {
	r := l.scribe.event(by.Identity(), e)
	r.grants(by)
	return l.one(ctx, r)
}

// Refused records that a verified identity was not let in, and returns when the
// record is durable. The event's kind and outcome are set here.
func (l *Log) Refused(ctx context.Context, id authz.Identity, e Event) error {
	e.Kind, e.Outcome = RefusedRequest, Refused
	return l.one(ctx, l.scribe.event(id, e))
}

func (l *Log) one(ctx context.Context, r *Record) error {
	w, err := l.write(r, r.clean())
	if err != nil {
		return err
	}
	return l.await(ctx, w)
}
