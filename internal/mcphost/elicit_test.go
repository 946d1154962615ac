package mcphost_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// elicitation is a question of the modern era.
func elicitation(params string) string {
	return `{"k":{"method":"elicitation/create","params":` + params + `}}`
}

const canAll = `"elicitation":{"form":{},"url":{}}`

// unaskable is what no person is asked, and a word of why.
var unaskable = map[string]string{
	`{"mode":"url","message":"?","url":"javascript:alert(1)"}`:                                     "https",
	`{"mode":"url","message":"?","url":"http://notes.example/"}`:                                   "https",
	`{"mode":"url","message":"?","url":"http://127.0.0.1:8080/"}`:                                  "https",
	`{"mode":"url","message":"?","url":"https://login.example@evil.example/"}`:                     "https",
	`{"mode":"url","message":"?","url":"https:evil.example"}`:                                      "https",
	`{"mode":"url","message":"?","url":"https://a.example\\@evil.example/"}`:                       "https",
	`{"mode":"url","message":"?","url":"https://évil.example/"}`:                                   "https",
	`{"mode":"url","message":"?","url":7}`:                                                         "https",
	`{"mode":"url","message":"?"}`:                                                                 "https",
	`{"mode":"url","message":"?","URL":"https://a.example/"}`:                                      "https",
	`{"message":"?","url":"javascript:x","requestedSchema":{"type":"object"}}`:                     "https",
	`{"message":7,"requestedSchema":{}}`:                                                           "cannot be read",
	`{"message":"?","requestedSchema":{"properties":{"p":{"type":"string","format":"pAssword"}}}}`: "secret",
	`{"message":"?","requestedSchema":{"properties":{"p":{"type":"string","writeOnly":true}}}}`:    "secret",
}

func TestPeopleAreNotAskedWhatHarmsThem(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	b.rebuild(func(o *mcphost.Options) { o.Mailbox = nobodyAnswers{} })
	for params, why := range unaskable {
		s.answer = asking(elicitation(params))
		r := b.modern(t, search(ask{can: canAll}))
		if got := r.result(t); string(got["isError"]) != "true" || text(t, got["resultType"]) != "complete" {
			t.Errorf("%s: %s", params, r.Body)
		}
		if !strings.Contains(r.Body.String(), "source notes asks for input that nobody is asked for: ") || !strings.Contains(r.Body.String(), why) || !strings.Contains(r.Body.String(), "; tell whoever runs it") {
			t.Errorf("%s: %s", params, r.Body)
		}
		r = b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: b.open(t, `{`+canAll+`}`)})
		if string(r.result(t)["isError"]) != "true" || !strings.Contains(r.Body.String(), why) {
			t.Errorf("a client of the initialize revisions, %s: %s", params, r.Body)
		}
	}
}

// nobodyAnswers is a mailbox in which whoever asks after all waits in vain, and not
// for long.
type nobodyAnswers struct{ noMail }

func (nobodyAnswers) TakeLetter(ctx context.Context, org tenants.ID, id tenants.GUID) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return noMail{}.TakeLetter(ctx, org, id)
}

func TestSourceStandsBeforeWhatItAsks(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	for said, want := range map[string]string{
		`{"mode":"url","message":"Gatehouse: sign in","Message":"x","url":"https://a.example/x?n=1#y","Url":"javascript:x","MODE":"form","n":9007199254740993}`: `{"mode":"url","message":"notes asks: Gatehouse: sign in","url":"https://a.example/x?n=1#y","n":9007199254740993}`,
		`{"requestedSchema":{"properties":{"p":{"type":"string","format":"email"}}},"RequestedSchema":{}}`:                                                      `{"requestedSchema":{"properties":{"p":{"type":"string","format":"email"}}},"message":"notes asks"}`,
	} {
		s.answer = asking(elicitation(said))
		if r := b.modern(t, search(ask{can: canAll})); !strings.Contains(r.Body.String(), `"inputRequests":`+elicitation(want)) {
			t.Errorf("%s: %s", said, r.Body)
		}
	}
	const sampling = `{"k":{"method":"sampling/createMessage","params":{"message":"x","url":"y"}}}`
	s.answer = asking(strings.Replace(sampling, `"params"`, `"Method":"elicitation/create","Params":{},"params"`, 1))
	if r := b.modern(t, search(ask{can: `"sampling":{}`})); !strings.Contains(r.Body.String(), `"inputRequests":`+sampling) {
		t.Errorf("another question: %s", r.Body)
	}
}

// TestServerHearsWhatItMayNotAsk: one of the initialize revisions waits for an
// answer, whichever client it asks.
func TestServerHearsWhatItMayNotAsk(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	b.rebuild(func(o *mcphost.Options) { o.Mailbox = &letters{all: map[tenants.GUID]chan []byte{}} })
	server := &heard{server: s}
	b.snap = b.viewWith(t, everybody(time.Time{}, staff...), server, `{}`)
	s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		for params := range unaskable {
			if err := call.Peer.Ask(ctx, tools.Question{Method: wire.MethodElicit, Params: []byte(params), ReplyTo: []byte("1")}); err != nil {
				return tools.Result{}, err
			}
		}
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
	b.modern(t, search(ask{can: canAll})).result(t)
	b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: b.open(t, `{`+canAll+`}`)}).result(t)
	if len(server.failures) != 2*len(unaskable) {
		t.Errorf("%q", server.failures)
	}
	for _, f := range server.failures {
		if !strings.Contains(f, "the client cannot be asked this: ") {
			t.Errorf("%s", f)
		}
	}
}

// heard is a server that keeps the errors by which its questions are answered.
type heard struct {
	*server
	failures []string
}

func (h *heard) Answer(_ context.Context, _ authz.Caller, a tools.Answer) error {
	h.failures = append(h.failures, string(a.Failure))
	return nil
}

// TestTaskAsksAsOtherRequestsDo, and so does the error of the initialize revisions.
func TestTaskAsksAsOtherRequestsDo(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	const extension = `"extensions":{"io.modelcontextprotocol/tasks":{}}`
	const url = `{"mode":"url","message":"?","url":"https://a.example/"}`
	for _, row := range [][2]string{{url, `{"mode":"url","message":"notes asks: ?","url":"https://a.example/"}`}, {strings.Replace(url, "https", "data", 1), ""}} {
		s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
			return tools.Result{Type: "task", TaskID: "t", Members: []byte(`"status":"input_required","inputRequests":` + elicitation(row[0]) + `,"n":1`)}, nil
		}
		r := b.modern(t, search(ask{can: extension}))
		if row[1] == "" && !strings.Contains(r.Body.String(), "nobody is asked for") || row[1] != "" && !strings.Contains(r.Body.String(), `"inputRequests":`+elicitation(row[1])+`,"n":1`) {
			t.Errorf("a task: %s", r.Body)
		}
		s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
			return tools.Result{}, &wire.Error{Code: wire.CodeURLElicitation, Message: "visit", Data: []byte(`{"elicitations":[` + row[0] + `],"Elicitations":[],"n":1}`), Status: 200}
		}
		r = b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: b.open(t, `{`+canAll+`}`)})
		if row[1] == "" && !strings.Contains(r.Body.String(), "nobody is asked for") || row[1] != "" && !strings.Contains(r.Body.String(), `"data":{"elicitations":[`+row[1]+`],"n":1}`) {
			t.Errorf("an error: %s", r.Body)
		}
	}
}
