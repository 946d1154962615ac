package upstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// eras are the servers and clients that have to understand each other.
var eras = map[string]struct {
	handler func(*everything) http.Handler
	client  wire.Era
}{
	"modern client, modern server": {(*everything).modern, wire.Modern},
	"modern client, legacy server": {(*everything).legacy, wire.Modern},
	"modern client, dual server":   {(*everything).dual, wire.Modern},
	"legacy client, modern server": {(*everything).modern, wire.Legacy},
	"legacy client, legacy server": {(*everything).legacy, wire.Legacy},
	"legacy client, dual server":   {(*everything).dual, wire.Legacy},
}

func TestEveryClientUnderstandsEveryServer(t *testing.T) {
	t.Parallel()
	for name, era := range eras {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := r.server(serve(t, era.handler(newEverything(t))))
			p := &peer{}
			result, err := s.Exchange(t.Context(), r.caller(), tool(greet), call(era.client, func(c *tools.Call) {
				c.Arguments, c.Peer = []byte(`{"n":9007199254740993}`), p
				c.Client.Progress, c.Client.LogLevel = true, "info"
			}))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(result.Members), `hello {\"n\":9007199254740993}`) || result.IsError || result.Type != "" {
				t.Errorf("result %+v %s", result, result.Members)
			}
			methods := map[string]int{}
			for _, n := range p.notifications() {
				methods[n.Method]++
				if wire.Value(n.Params, "progressToken") != nil {
					t.Error("a progress token of ours reached the client")
				}
			}
			if methods[wire.MethodProgress] != 2 || methods[wire.MethodLogMessage] != 1 {
				t.Errorf("the client heard %v", methods)
			}
		})
	}
}

func TestFailuresOfToolsAreResults(t *testing.T) {
	t.Parallel()
	for name, era := range eras {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := r.server(serve(t, era.handler(newEverything(t))))
			result, err := s.Exchange(t.Context(), r.caller(), tool(failing), call(era.client))
			if err != nil || !result.IsError || strings.Contains(string(result.Members), "isError") || !strings.Contains(string(result.Members), `"no"`) {
				t.Errorf("%+v %s %v", result, result.Members, err)
			}
		})
	}
}

func TestPromptsResourcesAndCompletionsGoThrough(t *testing.T) {
	t.Parallel()
	for name, era := range eras {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := r.server(serve(t, era.handler(newEverything(t))))
			for _, row := range []struct {
				to   tools.Target
				args string
				want string
				more []wire.Member
			}{
				{to: tools.Target{Method: wire.MethodPromptsGet, Name: "summarize"}, args: `{"what":"it all"}`, want: "sum up it all"},
				{to: tools.Target{Method: wire.MethodResourcesRead, Name: "test://note"}, args: `{}`, want: "a note"},
				{to: tools.Target{Method: wire.MethodComplete, Name: "summarize", Kind: tools.KindPrompt}, args: `{}`, want: "ref/prompt summarize it", more: argument},
				{to: tools.Target{Method: wire.MethodComplete, Name: "test://notes/{id}", Kind: tools.KindTemplate}, args: `{}`, want: "ref/resource test://notes/{id} it", more: argument},
			} {
				result, err := s.Exchange(t.Context(), r.caller(), row.to, call(era.client, func(c *tools.Call) { c.Arguments, c.Others = []byte(row.args), row.more }))
				if err != nil || !strings.Contains(string(result.Members), row.want) {
					t.Errorf("%+v: %s %v", row.to, result.Members, err)
				}
			}
		})
	}
}

var argument = []wire.Member{{Name: "argument", Value: []byte(`{"name":"id","value":"it"}`)}}

func TestMissingResourceHasTheCodeOfTheClientsEra(t *testing.T) {
	t.Parallel()
	for name, era := range eras {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := r.server(serve(t, era.handler(newEverything(t))))
			_, err := s.Exchange(t.Context(), r.caller(), tools.Target{Method: wire.MethodResourcesRead, Name: "test://notes/7"}, call(era.client))
			want := wire.CodeInvalidParams // also of the SDK's legacy server
			if name == "legacy client, modern server" {
				want = wire.CodeLegacyNotFound
			}
			if own, ok := errors.AsType[*wire.Error](err); !ok || own.Code != want {
				t.Errorf("error %v, want code %d", err, want)
			}
		})
	}
}

func TestLegacyQuestionIsAnsweredThroughAnotherReplica(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]tools.Client{
		"in a session":   {Era: wire.Legacy, Session: person},
		"without one":    {Era: wire.Legacy},
		"modern, parked": {Era: wire.Modern},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			url := serve(t, newEverything(t).legacy())
			client.Capabilities.Can = tools.CanElicit
			one, two := r.server(url), r.replica(t).server(url)
			var answered sync.WaitGroup
			defer answered.Wait()
			p := &peer{ask: func(_ context.Context, q tools.Question) error {
				if q.Method != wire.MethodElicit || !strings.Contains(string(q.Params), "your name?") || len(q.ReplyTo) > 512 {
					t.Errorf("question %s %s, %d bytes back", q.Method, q.Params, len(q.ReplyTo))
				}
				answered.Go(func() {
					err := two.Answer(t.Context(), r.caller(), tools.Answer{ReplyTo: q.ReplyTo, Session: client.Session, Result: []byte(`{"action":"accept","content":{"name":"Ada"}}`)})
					if err != nil {
						t.Error(err)
					}
				})
				return nil
			}}
			result, err := one.Exchange(t.Context(), r.caller(), tool(asking), call(client.Era, func(c *tools.Call) { c.Client, c.Peer = client, p }))
			if err != nil || !strings.Contains(string(result.Members), "accept Ada") {
				t.Errorf("%s %v", result.Members, err)
			}
		})
	}
}

func TestServerAsksNothingThatTheClientDidNotDeclare(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server(serve(t, newEverything(t).legacy()))
	result, err := s.Exchange(t.Context(), r.caller(), tool(asking), call(wire.Legacy))
	if err == nil && !strings.Contains(string(result.Members), "asking failed") || err != nil && !strings.Contains(err.Error(), "asking failed") && !strings.Contains(err.Error(), "elicitation") {
		t.Errorf("%s %v", result.Members, err)
	}
}

func TestModernQuestionIsAResult(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]wire.Era{"modern client": wire.Modern, "legacy client": wire.Legacy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s := r.server(serve(t, newEverything(t).modern()))
			can := func(c *tools.Call) { c.Client.Capabilities.Can = tools.CanElicit }
			first, err := s.Exchange(t.Context(), r.caller(), tool(inquire), call(client, can))
			if err != nil || first.Type != "input_required" || first.Asked == nil || !strings.Contains(string(first.Asked.Requests), "your name?") || first.Asked.State == "" {
				t.Fatalf("%+v %v", first, err)
			}
			if strings.Contains(string(first.Members), "inputRequests") || strings.Contains(string(first.Members), "requestState") {
				t.Errorf("members %s", first.Members)
			}
			second, err := s.Exchange(t.Context(), r.caller(), tool(inquire), call(client, can, func(c *tools.Call) {
				c.Responses, c.State = []byte(`{"name":{"action":"accept","content":{"name":"Ada"}}}`), first.Asked.State
			}))
			if err != nil || !strings.Contains(string(second.Members), "thanks, where-we-were") || second.Asked != nil {
				t.Errorf("%s %v", second.Members, err)
			}
		})
	}
}

func TestCancellationReachesALegacyServer(t *testing.T) {
	t.Parallel()
	r, e := newRig(t), newEverything(t)
	s := r.server(serve(t, e.legacy()))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-e.began
		cancel()
	}()
	_, err := s.Exchange(ctx, r.caller(), tool(patient), call(wire.Legacy))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	<-e.cancelled
}

func TestAnnotatedArgumentsTravelInHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server(serve(t, newEverything(t).modern()))
	for _, client := range []wire.Era{wire.Modern, wire.Legacy} {
		result, err := s.Exchange(t.Context(), r.caller(), tool(regional), call(client, func(c *tools.Call) {
			c.Arguments = []byte(`{"region":"eu-west"}`)
			c.HeaderParams = []wire.HeaderParam{{Header: "Mcp-Param-Region", Path: []string{"region"}, Type: wire.StringParam}}
		}))
		if err != nil || !strings.Contains(string(result.Members), "region eu-west") {
			t.Errorf("%s %v", result.Members, err)
		}
	}
}

func TestLegacyServersAreKnownWhateverTheyAnswerToTheOtherEra(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w http.ResponseWriter, id json.RawMessage){
		"no session": func(w http.ResponseWriter, _ json.RawMessage) {
			fail(w, []byte("null"), 400, `{"code":-32000,"message":"no session"}`)
		},
		"another id": func(w http.ResponseWriter, _ json.RawMessage) {
			fail(w, []byte(`"server-error"`), 400, `{"code":-32600,"message":"x"}`)
		},
		"text":           func(w http.ResponseWriter, _ json.RawMessage) { http.Error(w, "bad version", 400) },
		"not acceptable": func(w http.ResponseWriter, _ json.RawMessage) { w.WriteHeader(http.StatusNotAcceptable) },
		"not found":      func(w http.ResponseWriter, _ json.RawMessage) { w.WriteHeader(http.StatusNotFound) },
		"a crash":        func(w http.ResponseWriter, _ json.RawMessage) { w.WriteHeader(http.StatusInternalServerError) },
		"accepted":       func(w http.ResponseWriter, _ json.RawMessage) { w.WriteHeader(http.StatusAccepted) },
		"unknown method": func(w http.ResponseWriter, id json.RawMessage) { fail(w, id, 200, `{"code":-32601,"message":"x"}`) },
		"in a stream": func(w http.ResponseWriter, id json.RawMessage) {
			stream(w)(event("", `{"jsonrpc":"2.0","id":`+string(id)+`,"error":{"code":-32602,"message":"x"}}`))
		},
		"versions": func(w http.ResponseWriter, id json.RawMessage) {
			fail(w, id, 400, `{"code":-32022,"message":"x","data":{"supported":["2025-06-18"]}}`)
		},
		"a useless reply": func(w http.ResponseWriter, id json.RawMessage) { result(w, id, `{}`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := newRig(t), &stub{legacy: true, discover: answer}
			exchange(t, r.server(newStub(t, s)), r.caller(), call(wire.Modern))
			if got := s.seen("tools/call"); len(got) != 1 || got[0].header.Get("Mcp-Session-Id") == "" {
				t.Errorf("called %d times", len(got))
			}
		})
	}
}

func TestTimeOfTheCallerEndsTheCallToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server(newStub(t, &stub{modern: true, handle: func(_ http.ResponseWriter, req *http.Request, _ message) { <-req.Context().Done() }}))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Exchange(ctx, r.caller(), tool("any"), call(wire.Modern)); fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.Public(err), "did not answer in time") {
		t.Errorf("error %v", err)
	}
}

func TestRevisionIsTheServersIfItIsSpokenHere(t *testing.T) {
	t.Parallel()
	for revision, spoken := range map[string]bool{"2025-11-25": true, "2025-06-18": true, "2025-03-26": true, "2024-11-05": false, "2026-07-28": false, "2099-01-01": false, "x": false} {
		r, s := newRig(t), &stub{legacy: true, revision: revision}
		_, err := r.server(newStub(t, s)).Exchange(t.Context(), r.caller(), tool("any"), call(wire.Legacy))
		if spoken != (err == nil) || err != nil && !strings.Contains(fault.Public(err), "no protocol version") {
			t.Errorf("%s: %v", revision, err)
		}
		if spoken && s.seen("tools/call")[0].header.Get("Mcp-Protocol-Version") != revision {
			t.Errorf("%s: spoken to with %v", revision, s.seen("tools/call")[0].header)
		}
	}
}
