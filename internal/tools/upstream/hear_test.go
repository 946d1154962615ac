package upstream_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

func TestOnlyWhatBelongsToTheCallIsPassedOn(t *testing.T) {
	t.Parallel()
	progress := func(token string) string {
		return event("", `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":`+token+`,"progress":9007199254740993,"vendor":{"x":1}}}`)
	}
	say := func(w http.ResponseWriter, _ *http.Request, m message) {
		stream(w)(progress(string(m.ID)) + progress(`"another"`) + progress("7") +
			event("", `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}`) +
			event("", `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x://y"}}`) +
			event("", `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`) +
			event("", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`) +
			event("", `{"jsonrpc":"2.0","method":"notifications/vendor","params":{"n":1}}`) + event("", response(m.ID, everyList)))
	}
	for name, row := range map[string]struct {
		client tools.Client
		want   []string
	}{
		"nothing asked for":   {tools.Client{Era: wire.Modern}, []string{"notifications/vendor"}},
		"progress":            {tools.Client{Era: wire.Modern, Progress: true}, []string{wire.MethodProgress, "notifications/vendor"}},
		"messages":            {tools.Client{Era: wire.Modern, LogLevel: "info"}, []string{wire.MethodLogMessage, "notifications/vendor"}},
		"messages as it sees": {tools.Client{Era: wire.Legacy}, []string{wire.MethodLogMessage, "notifications/vendor"}},
	} {
		for _, s := range []*stub{{modern: true, handle: say}, {legacy: true, handle: say}} {
			r, p := newRig(t), &peer{}
			exchange(t, r.server(newStub(t, s)), r.caller(), call(row.client.Era, func(c *tools.Call) { c.Peer, c.Client = p, row.client }))
			var got []string
			for _, n := range p.notifications() {
				got = append(got, n.Method)
				if n.Method == wire.MethodProgress && (len(n.Params) != 2 || string(wire.Value(n.Params, "progress")) != "9007199254740993") {
					t.Errorf("progress %v", n.Params)
				}
			}
			if len(got) != len(row.want) || got[0] != row.want[0] || got[len(got)-1] != row.want[len(row.want)-1] {
				t.Errorf("%s: the client heard %v, want %v", name, got, row.want)
			}
		}
	}
}
