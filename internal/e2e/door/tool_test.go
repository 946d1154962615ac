package door_test

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// How old an answer from Graph may be in organizations of the tests.
const (
	demoSoft = time.Minute
	demoHard = time.Hour
)

const anyObject = `{"type":"object"}`

// echo is a tool that answers with the arguments it was given, byte for byte.
func echo(name string, effect tools.Effect) tools.Tool {
	return tools.Tool{
		Name: name, Title: name, Description: "Answers with its arguments.", Effect: effect, InputSchema: []byte(anyObject),
		Invoker: tools.InvokerFunc(func(_ context.Context, _ authz.Caller, c tools.Call) (tools.Result, error) {
			return tools.Result{Members: []byte(`"content":[],"structuredContent":` + string(c.Arguments))}, nil
		}),
	}
}

// spy is a tool that keeps what it was given.
type spy struct {
	mu   sync.Mutex
	seen []string
	runs atomic.Int64
}

// tool is the spy under a name.
func (s *spy) tool(name string, effect tools.Effect) tools.Tool {
	t := echo(name, effect)
	t.Invoker = tools.InvokerFunc(func(_ context.Context, _ authz.Caller, c tools.Call) (tools.Result, error) {
		s.runs.Add(1)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, string(c.Arguments))
		return tools.Result{Members: []byte(`"content":[{"type":"text","text":"done"}]`)}, nil
	})
	return t
}

// last is what the tool was given last.
func (s *spy) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		return ""
	}
	return s.seen[len(s.seen)-1]
}

// allow gives everybody of both organizations the extra tools.
func allow(names ...string) func(*organization) {
	return func(o *organization) {
		for i := range o.Rules.Roles {
			if o.Rules.Roles[i].Name == "staff" {
				p := &o.Rules.Roles[i].Permissions[0]
				p.Patterns = append(p.Patterns, names...)
			}
		}
	}
}
