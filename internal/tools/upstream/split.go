package upstream

import (
	"bytes"
	"slices"
	"strings"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// The values of resultType that the protocol knows (2026-07-28).
const (
	typeComplete = "complete"
	typeInput    = "input_required"
	typeTask     = "task"
)

// split takes a result apart into what is the protocol's and what goes on as it
// came.
func (x *exchange) split(object []byte, era wire.Era) (tools.Result, error) {
	members, err := wire.Members(object, x.s.hub.limits)
	if err != nil {
		return tools.Result{}, x.s.wrong("sent a result that cannot be used: "+err.Error(), nil)
	}
	p := parts{task: isTask(x.to.Method), kept: members[:0:len(members)]}
	if p.result.Type, err = x.typeOf(members, era); err != nil {
		return tools.Result{}, err
	}
	for _, m := range members {
		if !p.take(m) {
			p.kept = append(p.kept, m)
		}
	}
	p.result.Members = join(object, p.kept, p.taken)
	if p.result.Type == typeInput {
		p.result.Asked = &p.asked
		if p.asked.Requests == nil && p.asked.State == "" {
			return tools.Result{}, x.s.wrong("asks for input and does not say which", nil)
		}
	}
	return p.result, nil
}

// parts is a result that is being taken apart.
type parts struct {
	result tools.Result
	asked  tools.Asked
	task   bool // the answer is about a task
	kept   []wire.Member
	taken  int
}

// take reports whether a member is the protocol's, and reads it if it is.
func (p *parts) take(m wire.Member) bool {
	ok := p.read(m)
	if ok {
		p.taken++
	}
	return ok
}

func (p *parts) read(m wire.Member) (ok bool) {
	switch m.Name {
	case "resultType", "cacheScope":
		return true
	case "_meta":
		return p.meta(m.Value)
	case "ttlMs":
		if p.result.Type == typeTask || p.task {
			return false // it is the task's own
		}
		p.result.TTL = ttl(m.Value)
		return true
	case "isError":
		p.result.IsError = string(m.Value) == "true"
		return p.result.IsError
	case "inputRequests":
		if p.result.Type == typeInput && isObject(m.Value) {
			p.asked.Requests = m.Value
			return true
		}
	case "requestState":
		if p.result.Type == typeInput {
			p.asked.State, ok = wire.Text(m.Value)
			return ok
		}
	case "taskId":
		if p.result.Type == typeTask || p.task {
			p.result.TaskID, ok = wire.Text(m.Value)
			return ok
		}
	default:
		return resembles(m.Name)
	}
	return false
}

// meant are the members of a result that we say, or read for the client.
var meant = []string{"resultType", "cacheScope", "_meta", "ttlMs", "isError", "inputRequests", "requestState", "taskId"}

// resembles reports whether a name differs from one of ours by case only. There
// are clients that would take it for that: the member is left out.
func resembles(name string) bool {
	return slices.ContainsFunc(meant, func(own string) bool { return strings.EqualFold(name, own) })
}

// meta keeps what is the server's own in the _meta of a result. One that is no
// object means nothing and is left out: ours stands in its place.
func (p *parts) meta(object []byte) bool {
	members, err := wire.MembersOf(object)
	if err != nil {
		return true
	}
	kept := members[:0:len(members)]
	all := len(members) // kept overwrites what has been looked at
	for _, m := range members {
		if !tools.IsReservedMeta(m.Name) {
			kept = append(kept, m)
		}
	}
	p.result.Meta = join(object, kept, all-len(kept))
	return true
}

// join returns the members kept of an object, without its braces: a range of the
// object where nothing was taken out.
func join(object []byte, kept []wire.Member, taken int) []byte {
	if taken == 0 {
		inner := bytes.TrimSpace(object)
		return inner[1 : len(inner)-1]
	}
	if len(kept) == 0 {
		return nil
	}
	joined := make([]byte, 0, len(object))
	for _, m := range kept {
		joined = wire.AppendMember(joined, m)
	}
	return joined
}

// typeOf reads resultType. What a legacy server sends has none, whatever it calls
// its own members.
func (x *exchange) typeOf(members []wire.Member, era wire.Era) (string, error) {
	value := wire.Value(members, "resultType")
	if value == nil || era == wire.Legacy {
		return "", nil
	}
	name, ok := wire.Text(value)
	switch {
	case !ok || len(name) > longestType:
		return "", x.s.wrong("sent a result whose resultType is not a word", nil)
	case name == typeComplete:
		return "", nil
	case name == typeInput && !mayAsk(x.to.Method):
		return "", x.s.wrong("asks for input where its protocol version does not let it", nil)
	}
	return name, nil
}

const longestType = 64

// mayAsk reports whether the answer to a method may be a question.
func mayAsk(method string) bool {
	return takesArguments(method) || method == wire.MethodResourcesRead || isTask(method)
}

// ttl returns how long a result may be kept, in milliseconds, as the server wrote
// it, or nothing if that is no whole number.
func ttl(value []byte) string {
	if len(value) == 0 || len(value) > 15 {
		return ""
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return string(value)
}

func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }
