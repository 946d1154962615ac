package upstream

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

const (
	mostURIs       = 1_000 // of one watch
	mostTasks      = 1_000 // likewise
	mostFailures   = 8     // in a row, before a watch gives up
	firstBackOff   = 500 * time.Millisecond
	longestBackOff = time.Minute
	steady         = time.Minute // a stream that lived so long was no failure
	watchIdle      = time.Hour
	watchBytes     = 1 << 30
)

// errMute says that a server tells of nothing.
var errMute = errors.New("the server tells of no changes")

// Watch implements tools.Server. A stream that ends is opened anew, later each
// time; since changes may have been missed meanwhile, whoever wants to hear of
// lists is then told that they may have changed.
func (s *Server) Watch(ctx context.Context, by authz.Caller, w tools.Watch) error {
	if s.endpoint == nil {
		return s.noURL()
	}
	if len(w.URIs) > mostURIs {
		return fault.Newf(fault.Invalid, "at most %d resources can be watched at a time", mostURIs)
	}
	if len(w.Tasks) > mostTasks {
		return fault.Newf(fault.Invalid, "at most %d tasks can be watched at a time", mostTasks)
	}
	nudge, ok := s.audience.join()
	if !ok {
		return fault.New(fault.Limited, s.says("is watched by too many at a time from here; try again later")).RetryAfter(time.Minute)
	}
	defer s.audience.leave(nudge)
	v := &vigil{s: s, asker: asker{by: by, assertion: w.Assertion}, w: w, nudge: nudge}
	return v.keep(ctx)
}

// vigil is one watch.
type vigil struct {
	s     *Server
	asker asker
	w     tools.Watch
	nudge chan struct{}
	pace  pace

	statuses chan tools.TaskStatus // of tasks, as the server was asked; nil: it was not
	told     map[string]bool       // tasks of which the stream has told since
}

// keep watches until ctx ends, the server tells of nothing, or it fails too often
// in a row.
func (v *vigil) keep(ctx context.Context) error {
	failures := 0
	for again := false; ; again = true {
		began := time.Now()
		err := v.once(ctx, again)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errMute):
			return nil
		case fatal(err):
			return err
		}
		if failures++; time.Since(began) > steady {
			failures = 0
		}
		if failures >= mostFailures {
			return v.s.fail(fault.Unavailable, "cannot be watched any more: it fails again and again", err)
		}
		if err := pause(ctx, backOff(failures)); err != nil {
			return err
		}
	}
}

func backOff(failures int) time.Duration {
	return min(firstBackOff<<min(failures, 10), longestBackOff)
}

// fatal reports whether trying again cannot help.
func fatal(err error) bool {
	switch fault.KindOf(err) { //nolint:exhaustive // of others we cannot tell
	case fault.Unauthenticated, fault.Forbidden, fault.Invalid:
		return true
	}
	return false
}

// once watches by one stream, until it ends.
func (v *vigil) once(ctx context.Context, again bool) error {
	d, err := v.s.dialect(ctx, v.asker)
	if err != nil {
		return err
	}
	if d.era(v.w.Client.Era) == wire.Modern {
		err = v.modern(ctx, again)
	} else {
		err = v.legacy(ctx, again)
	}
	if err != nil && v.s.changed(err) {
		v.s.dialects.forget(d)
	}
	return err
}

// heard is one thing that a stream says: a message, or why there are no more.
type heard struct {
	m   wire.Message
	err error
}

// open opens the stream that tells of changes.
func (v *vigil) open(ctx context.Context, method string, header http.Header, body []byte) (*egress.Stream, error) {
	return v.s.send(ctx, v.asker, outgoing{
		method: method, header: header, body: body,
		options: egress.OpenOptions{Begin: v.s.patience(), Idle: watchIdle, MaxBytes: watchBytes},
	})
}

// listen tells of what next returns, and of what others hear from this server,
// until there is no more.
func (v *vigil) listen(ctx context.Context, next func() (wire.Message, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages := make(chan heard)
	go func() {
		defer close(messages)
		for {
			m, err := next()
			select {
			case messages <- heard{m, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-v.nudge:
			v.listsChanged()
		case h := <-messages:
			if h.err != nil {
				return h.err
			}
			v.hear(h.m)
		case status := <-v.statuses:
			if !v.told[status.ID] { // what the server has told since is newer
				v.w.Told(tools.Event{Task: &status})
			}
		}
	}
}

// hear tells of one notification.
func (v *vigil) hear(m wire.Message) {
	switch {
	case isListChanged(m.Method):
		v.listsChanged()
	case m.Method == wire.MethodResourcesUpdated && len(v.w.URIs) > 0:
		uri, ok := wire.Text(wire.Value(m.Params.Others, "uri"))
		if ok && uri != "" && len(uri) <= longestURI {
			v.w.Told(tools.Event{Resource: uri})
		}
	case m.Method == wire.MethodTaskChanged:
		if status, ok := statusOf(m.Params.Others); ok && slices.Contains(v.w.Tasks, status.ID) {
			v.told[status.ID] = true
			v.w.Told(tools.Event{Task: &status})
		}
	}
}

const longestURI = 8 << 10

func (v *vigil) listsChanged() {
	if v.w.Lists {
		v.w.Told(tools.Event{})
	}
}

// uris returns the resources to be watched, each once.
func (v *vigil) uris() []string {
	return slices.Compact(slices.Sorted(slices.Values(v.w.URIs)))
}
