package mcphost

import (
	"context"
	"net/http"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// standalone answers GET: the stream of a session of the initialize revisions, in
// which it hears what belongs to no request. A session has one: of several the
// newest, on whichever replica, so that nothing is told twice.
func (h *Host) standalone(w http.ResponseWriter, r *http.Request, by authz.Caller, req *request) {
	s, err := h.newStandalone(r, by, req)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	leave, err := h.streaming.enter(by)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer leave()
	changed, end := h.notes.Subscribing(by.Org(), req.session.id)
	defer end()
	ended, forget := h.leases.Ending(req.session.id)
	defer forget()
	s.changed, s.ended = changed, ended
	if err := s.takeOver(r.Context()); err != nil {
		h.refuse(w, r, err)
		return
	}
	if s.events.open(w) != nil {
		return
	}
	defer s.events.close()
	s.begin()
	s.run(r.Context())
}

// newStandalone returns the stream of the session that a request names.
func (h *Host) newStandalone(r *http.Request, by authz.Caller, req *request) (*stream, error) {
	if !strings.Contains(strings.Join(r.Header["Accept"], ","), "text/event-stream") {
		return nil, fault.New(fault.Invalid, "GET is for the session's event stream; accept text/event-stream")
	}
	var err error
	if req.session, err = h.readSession(by, req); err != nil {
		return nil, err
	}
	req.era, req.version = wire.Legacy, req.session.version
	s := h.newStream(by, req)
	s.own, s.wants, s.stale, s.told = tenants.NewGUID(), [changes]bool{true, true, true}, true, map[tenants.GUID]bool{}
	return s, nil
}

// takeOver makes this the session's stream. The one before ends when it hears.
func (s *stream) takeOver(ctx context.Context) error {
	return s.host.editNote(ctx, s.by, s.req, func(now *subscribed) error {
		now.Stream = s.own
		return nil
	})
}

// readNotes reads the session's subscriptions where they may have changed.
func (s *stream) readNotes(ctx context.Context) error {
	if s.own.IsZero() || !s.stale {
		return nil
	}
	now, _, err := s.host.readNote(ctx, s.by, s.req)
	switch {
	case err != nil && isPassing(err):
		s.rest(lookAgain)
		return nil
	case err != nil:
		return err
	case now.Stream != s.own:
		return errStreamTaken
	}
	s.stale, s.over = false, nil
	for _, o := range recent(now.Over, s.host.now()) {
		if !s.told[o.ID] {
			s.over = append(s.over, o.ID)
		}
	}
	clear(s.uris)
	for _, uri := range now.URIs {
		s.uris[uri] = true
	}
	return nil
}
