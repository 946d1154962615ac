package replicas_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// fake is an MCP server behind the replicas, the same behind all.
type fake struct {
	mu      sync.Mutex
	open    map[string]chan tools.Answer // questions, by what leads back to them
	answers []tools.Answer
	tasks   []string    // ids, in the order in which they began
	began   chan string // names of the tools that are called
	gone    chan string // names of those whose caller does not wait any more
	watches map[*tools.Watch]bool
	watched chan tools.Watch
	ended   chan tenants.GUID // sessions
}

var _ tools.Server = (*fake)(nil)

func newFake() *fake {
	return &fake{
		open: map[string]chan tools.Answer{}, began: make(chan string, 100), gone: make(chan string, 100),
		watches: map[*tools.Watch]bool{}, watched: make(chan tools.Watch, 1000), ended: make(chan tenants.GUID, 10),
	}
}

const form = `{"message":"How many?","requestedSchema":{"type":"object","properties":{"n":{"type":"integer"}}}}`

// Exchange implements tools.Server.
func (f *fake) Exchange(ctx context.Context, _ authz.Caller, to tools.Target, call tools.Call) (tools.Result, error) {
	f.began <- to.Name
	switch to.Name {
	case "ask":
		return f.ask(ctx, call)
	case "want":
		if call.Responses == nil {
			return tools.Result{Type: "input_required", Asked: &tools.Asked{
				Requests: []byte(`{"k1":{"method":"elicitation/create","params":` + form + `}}`), State: "the server's own",
			}}, nil
		}
		return text(string(call.Responses) + " and " + call.State), nil
	}
	if to.Name == "long" {
		f.mu.Lock()
		f.tasks = append(f.tasks, call.Record)
		f.mu.Unlock()
		return tools.Result{Type: "task", TaskID: call.Record, Members: []byte(`"status":"working"`)}, nil
	}
	<-ctx.Done()
	f.gone <- to.Name
	return tools.Result{}, fault.Wrap(fault.Unavailable, "notes was interrupted", ctx.Err())
}

// ask asks twice, as a server of the initialize revisions does, and says what it
// was answered.
func (f *fake) ask(ctx context.Context, call tools.Call) (tools.Result, error) {
	said := ""
	for range 2 {
		way, answer := tenants.NewGUID().String(), make(chan tools.Answer, 1)
		f.mu.Lock()
		f.open[way] = answer
		f.mu.Unlock()
		if err := call.Peer.Ask(ctx, tools.Question{Method: "elicitation/create", Params: []byte(form), ReplyTo: []byte(way)}); err != nil {
			return tools.Result{}, err
		}
		select {
		case a := <-answer:
			said += string(a.Result) + string(a.Failure)
		case <-ctx.Done():
			f.gone <- "ask"
			return tools.Result{}, fault.Wrap(fault.Unavailable, "notes was interrupted", ctx.Err())
		}
	}
	return text(said), nil
}

func text(s string) tools.Result {
	return tools.Result{Members: append(wire.AppendString([]byte(`"content":[{"type":"text","text":`), s), "}]"...)}
}

// Answer implements tools.Server.
func (f *fake) Answer(_ context.Context, _ authz.Caller, a tools.Answer) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a.Result, a.Failure = bytes.Clone(a.Result), bytes.Clone(a.Failure) // they are the request's
	f.answers = append(f.answers, a)
	if waits := f.open[string(a.ReplyTo)]; waits != nil {
		waits <- a
	}
	delete(f.open, string(a.ReplyTo))
	return nil
}

// End implements tools.Server: it is told of sessions that clients have ended.
func (f *fake) End(_ context.Context, _ authz.Caller, call tools.Call) error {
	f.ended <- call.Client.Session
	return nil
}

// Watch implements tools.Server.
func (f *fake) Watch(ctx context.Context, _ authz.Caller, w tools.Watch) error {
	f.mu.Lock()
	f.watches[&w] = true
	f.mu.Unlock()
	f.watched <- w
	<-ctx.Done()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watches, &w)
	return ctx.Err()
}

// watchOf waits for a watch that is looked for.
func (f *fake) watchOf(is func(tools.Watch) bool) tools.Watch {
	for {
		if w := <-f.watched; is(w) {
			return w
		}
	}
}

// tell tells everybody who watches what they want to hear of.
func (f *fake) tell(e tools.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watches {
		if e.Resource == "" && w.Lists {
			w.Told(e)
		}
		for _, uri := range w.URIs {
			if uri == e.Resource {
				w.Told(e)
			}
		}
	}
}

// watching is how many watches there are.
func (f *fake) watching() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.watches)
}

func (f *fake) answered() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.answers)
}

// taskOf is the id of the nth task.
func (f *fake) taskOf(t *testing.T, n int) string {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tasks[n]
}
