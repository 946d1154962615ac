package upstream

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// legacy watches by the stream that a session has besides its requests
// (2025-11-25, "Listening for Messages from the Server"), in a session of its
// own: a server gives each session one such stream.
func (v *vigil) legacy(ctx context.Context, again bool) error {
	if !v.w.Lists && len(v.w.URIs) == 0 {
		return errMute // there are no tasks in these revisions
	}
	began, clock := startClock(ctx, v.s.patience())
	defer clock.end()
	session, intro, err := v.s.begin(began, v.asker, tools.Capabilities{})
	if err != nil {
		return err
	}
	defer func() {
		goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), courtesy)
		defer cancel()
		v.s.end(goodbye, v.asker, session)
	}()
	if !tells(intro.capabilities) && (!session.can.Subscribe || len(v.w.URIs) == 0) {
		return errMute
	}
	clock.wait()
	header := v.s.headers(wire.Legacy, session)
	header["Accept"] = acceptStream
	delete(header, "Content-Type")
	stream, err := v.open(ctx, http.MethodGet, header, nil)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Body.Close() }()
	switch {
	case stream.Status == http.StatusMethodNotAllowed || stream.Status == http.StatusNotFound:
		return errMute
	case stream.Status != http.StatusOK || mediaOf(stream.Header) != mediaStream:
		c := &conversation{s: v.s, session: session, listener: quiet{v.s}}
		return errors.Join(c.refused(stream), errBroken)
	}
	if err := v.subscribe(began, session); err != nil {
		return err
	}
	if again {
		v.listsChanged()
	}
	c := &conversation{s: v.s, asker: v.asker, era: wire.Legacy, session: session, listener: quiet{v.s}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := wire.NewEventReader(v.pace.read(ctx, stream.Body), maxEvent)
	return v.listen(ctx, func() (wire.Message, error) { return v.nextIn(ctx, c, events) })
}

// nextIn returns the next notification of a session, and answers what the server
// asks meanwhile.
func (v *vigil) nextIn(ctx context.Context, c *conversation, events *wire.EventReader) (wire.Message, error) {
	for since := time.Now(); ; {
		c.budget = budget{} // it may go on for ever
		if time.Since(since) > steady {
			since, c.replies = time.Now(), 0
		}
		m, err := c.next(events, &place{})
		if err == nil {
			err = v.pace.message(ctx)
		}
		switch {
		case err != nil:
			return m, err
		case m.Kind == wire.Notification:
			return m, nil
		case m.Kind == wire.Request:
			if err := c.listener.asked(ctx, c, m); err != nil {
				return m, err
			}
		}
	}
}

// subscribe asks for news of each resource. One that the server does not know is
// no reason not to hear of the others.
func (v *vigil) subscribe(ctx context.Context, session *session) error {
	if !session.can.Subscribe {
		return nil
	}
	for _, uri := range v.uris() {
		_, err := v.s.simple(ctx, v.asker, session, wire.MethodResourcesSubscribe, wire.AppendString([]byte(`{"uri":`), uri))
		if err != nil && !answered(err) {
			return err
		}
	}
	return nil
}

// tells reports whether a server says that it tells of changes of its lists.
func tells(capabilities []byte) bool {
	members, err := wire.MembersOf(capabilities)
	if err != nil {
		return false
	}
	for _, name := range []string{"tools", "prompts", "resources"} {
		capability := wire.Value(members, name)
		of, err := wire.MembersOf(capability)
		if err == nil && string(wire.Value(of, "listChanged")) == "true" {
			return true
		}
	}
	return false
}

// isUnknownMethod reports whether the server says that it does not know the
// method.
func isUnknownMethod(err error) bool {
	own, ok := errors.AsType[*wire.Error](err)
	return ok && own.Code == wire.CodeMethodNotFound
}
