package upstream

import (
	"context"
	"net/http"

	"gatehouse/internal/wire"
)

// modern watches by subscriptions/listen (2026-07-28, "Subscriptions"): the
// server first says which of it all it will tell.
func (v *vigil) modern(ctx context.Context, again bool) error {
	id := v.s.newID()
	header := v.s.headers(wire.Modern, nil)
	header[headerMethod] = []string{wire.MethodSubscriptionsListen}
	stream, err := v.open(ctx, http.MethodPost, header, v.s.modernBody(id, wire.MethodSubscriptionsListen, v.wanted(), v.can()))
	if err != nil {
		return err
	}
	defer func() { _ = stream.Body.Close() }()
	c := &conversation{s: v.s, asker: v.asker, era: wire.Modern, id: id, listener: quiet{v.s}}
	if stream.Status != http.StatusOK || mediaOf(stream.Header) != mediaStream {
		m, err := c.answer(ctx, stream)
		return v.without(c, m, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := wire.NewEventReader(v.pace.read(ctx, stream.Body), maxEvent)
	m, err := c.next(events, &place{})
	if err != nil {
		return err
	}
	if m.Kind == wire.Response {
		return v.without(c, m, c.mine(m))
	}
	if m.Method != wire.MethodAcknowledged || !isOurs(m, id) {
		return v.s.wrong("did not acknowledge that it is listened to", nil)
	}
	if tellsNothing(m) {
		return errMute
	}
	if again {
		v.listsChanged()
	}
	v.askStatuses(ctx)
	return v.listen(ctx, func() (wire.Message, error) { return v.nextOf(ctx, c, events) })
}

const maxEvent = 1 << 20 // bytes of a message about a change

// nextOf returns the next message of our own subscription; the answer to the
// request is its graceful end.
func (v *vigil) nextOf(ctx context.Context, c *conversation, events *wire.EventReader) (wire.Message, error) {
	for {
		c.budget = budget{} // it may go on for ever
		m, err := c.next(events, &place{})
		switch {
		case err != nil:
			return m, err
		case m.Kind == wire.Response:
			return m, errBroken
		}
		if err := v.pace.message(ctx); err != nil {
			return m, err
		}
		if m.Kind == wire.Notification && isOurs(m, c.id) {
			return m, nil
		}
	}
}

// wanted is the member of params that says what to tell.
func (v *vigil) wanted() []byte {
	params := []byte(`"notifications":{`)
	if v.w.Lists {
		params = append(params, `"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,`...)
	}
	if uris := v.uris(); len(uris) > 0 {
		params = append(params, `"resourceSubscriptions":[`...)
		for _, uri := range uris {
			params = append(wire.AppendString(params, uri), ',')
		}
		params = append(trimComma(params), `],`...)
	}
	if len(v.w.Tasks) > 0 {
		params = append(params, `"taskIds":[`...)
		for _, id := range v.w.Tasks {
			params = append(wire.AppendString(params, id), ',')
		}
		params = append(trimComma(params), `],`...)
	}
	return append(trimComma(params), `},`...)
}

// without is the end of a watch that the server answered instead of listening.
// One that does not know the method tells of nothing.
func (v *vigil) without(c *conversation, m wire.Message, err error) error {
	if err == nil && m.Failure != nil {
		_, err = v.s.finished(c, m, nil)
	}
	if err == nil || isUnknownMethod(err) {
		return errMute
	}
	return err
}

// isOurs reports whether a notification belongs to the subscription with our id.
func isOurs(m wire.Message, id []byte) bool {
	meta := wire.Value(m.Params.Others, "_meta")
	members, err := wire.MembersOf(meta)
	return err == nil && string(wire.Value(members, metaPrefix+"subscriptionId")) == string(id)
}

// tellsNothing reports whether a server acknowledged none of what was asked for.
func tellsNothing(m wire.Message) bool {
	honored := wire.Value(m.Params.Others, "notifications")
	members, err := wire.MembersOf(honored)
	if err != nil {
		return true
	}
	for _, member := range members {
		switch string(member.Value) {
		case "false", "null", "[]":
		default:
			return false
		}
	}
	return true
}
