package federation_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// cases is how many requests are compared.
const cases = 2400

// workers send at once.
const workers = 8

func TestWhatAServerSaysArrivesUnchanged(t *testing.T) {
	t.Parallel()
	var working sync.WaitGroup
	kinds := make(chan string, cases)
	for w := range workers {
		working.Go(func() {
			for n := w; n < cases && !t.Failed(); n += workers {
				r := newGenerator(uint64(n)).request(n)
				compare(t, r)
				kinds <- r.era + " " + r.method
			}
		})
	}
	working.Wait()
	close(kinds)
	seen := map[string]int{}
	for kind := range kinds {
		seen[kind]++
	}
	if len(seen) != 8 {
		t.Errorf("requests of %v were compared, want four methods in two eras", slices.Sorted(maps.Keys(seen)))
	}
}

// compare sends one request both ways and holds answers and arrivals together.
func compare(t *testing.T, r request) {
	t.Helper()
	shared.fixture.expect(r.name, r.answer)
	direct, got := directly(t, r), through(t, r)
	what := r.era + " " + r.method + " " + r.name
	same(t, what, direct, got)
	arrivals := shared.fixture.arrived(r.name)
	if len(arrivals) != 2 {
		t.Errorf("%s: %d requests have arrived, want one of each way", what, len(arrivals))
		return
	}
	arrived(t, what, r, arrivals[1])
}

func TestLargeResultsArriveUnchanged(t *testing.T) {
	t.Parallel()
	for _, era := range []string{modern, legacy} {
		for name, stream := range map[string]bool{"json": false, "stream": true} {
			t.Run(era+" "+name, func(t *testing.T) {
				t.Parallel()
				r := request{
					era: era, method: "tools/call", target: "echo", name: "large-" + era + name, meta: "1",
					params: `"name":"echo","arguments":{"case":"large-` + era + name + `"}`, copied: map[string]string{"arguments": `{"case":"large-` + era + name + `"}`},
				}
				r.answer = answer{stream: stream, result: newGenerator(0).result(era, `"content":[{"type":"text","text":"`+strings.Repeat("é5 MB ", large/7)+`"}]`)}
				compare(t, r)
			})
		}
	}
}

// arrived holds what came through Gatehouse against what was sent: what is
// copied is the same bytes, the rest is ours.
func arrived(t *testing.T, what string, r request, a arrival) {
	t.Helper()
	for name := range a.header {
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie") || strings.HasPrefix(name, "X-Forwarded") {
			t.Errorf("%s: header %s has gone on", what, name)
		}
	}
	if strings.Contains(string(a.body), shared.token) {
		t.Errorf("%s: the token has gone on", what)
	}
	envelope := object(a.body)
	if names := slices.Sorted(maps.Keys(envelope)); !slices.Equal(names, []string{"id", "jsonrpc", "method", "params"}) {
		t.Errorf("%s: the envelope has %v", what, names)
	}
	if id := string(envelope["id"]); id == `"through"` {
		t.Errorf("%s: the client's id has gone on", what)
	}
	params := object(envelope["params"])
	for name, want := range r.copied {
		sameBytes(t, what+": params "+name, json.RawMessage(want), params[name])
	}
	if r.ref != "" {
		ref := object(params["ref"])
		sameBytes(t, what+": ref type", json.RawMessage(`"ref/prompt"`), ref["type"])
		sameMembers(t, what+": ref", object(json.RawMessage(r.ref)), ref, []string{"type", "name"})
	}
	arrivedMeta(t, what, r, object(params["_meta"]))
}

// arrivedMeta checks _meta, which is built anew.
func arrivedMeta(t *testing.T, what string, r request, meta map[string]json.RawMessage) {
	t.Helper()
	sameBytes(t, what+": foreign _meta", json.RawMessage(r.meta), meta["x.example/foreign"])
	if r.era != modern {
		return
	}
	sameBytes(t, what+": version", json.RawMessage(`"`+modern+`"`), meta["io.modelcontextprotocol/protocolVersion"])
	var info struct{ Name string }
	if err := json.Unmarshal(meta["io.modelcontextprotocol/clientInfo"], &info); err != nil || info.Name != "gatehouse" {
		t.Errorf("%s: the client's name is %q, %v", what, info.Name, err)
	}
	if _, ok := meta["io.modelcontextprotocol/clientCapabilities"]; !ok {
		t.Errorf("%s: the capabilities are missing", what)
	}
}
