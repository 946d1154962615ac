package mcphost_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// saysBefore is a server that says something before its result.
func saysBefore(said ...tools.Notification) func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
	return func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		for _, n := range said {
			if err := call.Peer.Notify(ctx, n); err != nil {
				return tools.Result{}, err
			}
		}
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
}

func members(pairs ...string) (all []wire.Member) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, wire.Member{Name: pairs[i], Value: []byte(pairs[i+1])})
	}
	return all
}

// TestNotificationSaysNothingInOurName, however a server spells it.
func TestNotificationSaysNothingInOurName(t *testing.T) {
	t.Parallel()
	const forged = `{"gatehouse/record":"x","Gatehouse/Record":"x","gatehouſe/record":"x","GATEHOUSE":"x","io.modelcontextprotocol/subscriptionId":1,` +
		`"IO.modelcontextprotocol/SubscriptionID":1,"io.modelcontextprotocol/serverInfo":{"name":"gatehouse","version":"1"},"vendor/x": 1.0}`
	b, s := federate(t)
	s.answer = saysBefore(
		tools.Notification{Method: wire.MethodProgress, Params: members("progress", "1", "progressToken", `"a"`, "ProgressToken", `"a"`, "progreſsToken", `"a"`, "_meta", forged, "_Meta", forged)},
		tools.Notification{Method: wire.MethodLogMessage, Params: members("level", `"info"`, "_meta", `{"gatehouse/record":"x"}`, "data", "1", "progressToken", "2")},
		tools.Notification{Method: wire.MethodProgress, Params: members("_meta", "7", "progress", "2")},
	)
	events := b.modern(t, search(ask{meta: progress + `,"io.modelcontextprotocol/logLevel":"info"`})).events()
	want := []string{
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1,"_meta":{"vendor/x":1.0}}}`,
		`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1,"progressToken":2}}`,
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":2}}`,
	}
	if len(events) != 4 || !slices.Equal(events[:3], want) {
		t.Errorf("%s", strings.Join(events, "\n"))
	}
}

// TestOnlyNotificationsThatAreKnownGoOn: neither requests in disguise nor what is
// spelled like something that is kept from clients.
func TestOnlyNotificationsThatAreKnownGoOn(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	var said []tools.Notification
	for _, method := range []string{
		"sampling/createMessage", "elicitation/create", "ping", "notifications/Tools/list_changed", "Notifications/progress", "notifications/vendor", "",
		"notifications/tasks/status", "notifications/elicitation/complete",
	} {
		said = append(said, tools.Notification{Method: method, Params: members("elicitationId", `"e"`)})
	}
	s.answer = saysBefore(said...)
	if r := b.modern(t, search(ask{meta: progress + `,"io.modelcontextprotocol/logLevel":"info"`, can: `"elicitation":{"url":{}}`})); r.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s", r.Body)
	}
	for can, heard := range map[string]int{`{"elicitation":{"url":{}}}`: 2, `{"elicitation":{"form":{}}}`: 1} {
		r := b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, meta: progress, session: b.open(t, can)})
		if heard == 1 && r.Header().Get("Content-Type") == "application/json" {
			continue
		}
		if events := r.events(); len(events) != heard || !strings.Contains(events[0], `"notifications/elicitation/complete","params":{"elicitationId":"e"}`) {
			t.Errorf("%s: %q", can, r.Body)
		}
	}
}
