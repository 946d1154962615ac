package mcphost_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// hearing is a server that remembers the answers it gets.
type hearing struct {
	server
	answers chan tools.Answer
}

// Answer implements tools.Server.
func (s *hearing) Answer(_ context.Context, _ authz.Caller, a tools.Answer) error {
	a.Call = a.Call.Own()
	s.answers <- a
	return nil
}

// TestExchangeThatGoesOnHasItsOwnCopyOfTheRequest: its client was answered with a
// question, and other requests may use the buffer of that one.
func TestExchangeThatGoesOnHasItsOwnCopyOfTheRequest(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	s := &hearing{answers: make(chan tools.Answer, 1)}
	answered, seen := make(chan struct{}), make(chan [2]tools.Call, 1)
	s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		before := call.Own()
		if err := call.Peer.Ask(ctx, tools.Question{Method: wire.MethodElicit, Params: []byte(`{"mode":"form"}`), ReplyTo: []byte("1")}); err != nil {
			t.Error(err)
		}
		<-answered
		if err := call.Peer.Notify(ctx, tools.Notification{Method: wire.MethodProgress}); err != nil {
			t.Errorf("nobody listens, which is no fault: %v", err)
		}
		if err := call.Peer.Ask(ctx, tools.Question{Method: wire.MethodRootsList, ReplyTo: []byte("2")}); err != nil {
			t.Error(err)
		}
		seen <- [2]tools.Call{before, call}
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
	b.snap = b.viewWith(t, everybody(time.Time{}, staff...), s, `{}`)
	b.modern(t, search(ask{
		can: forms + `,"extensions":{"io.modelcontextprotocol/ui":{"x":1}}`, meta: progress + `,"vendor/m":{"n":1}`,
		params: `"name":"notes_search","arguments":{"q":"x"},"vendor":{"a":1}`,
	})).asked(t)
	close(answered)
	calls := <-seen
	refused := (<-s.answers).Call
	for name, after := range map[string]tools.Call{"the call": calls[1], "the refusal of a question": refused} {
		after.Peer = calls[0].Peer
		if !reflect.DeepEqual(calls[0], after) {
			t.Errorf("%s changed when the request was answered:\n%+v\n%+v", name, calls[0], after)
		}
	}
	if string(refused.Arguments) != `{"q":"x"}` || len(refused.Others) != 1 || len(refused.Meta) != 1 || len(refused.Client.Capabilities.Extensions) != 1 {
		t.Errorf("%+v", refused)
	}
}
