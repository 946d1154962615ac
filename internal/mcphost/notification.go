package mcphost

import (
	"strings"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// wants reports whether a notification of a server is for this client. Those that
// are not named here are about the server and us, or about nothing we know: what a
// client would do with them nobody can say.
func (p *peer) wants(method string) bool {
	meta, legacy := &p.req.message.Params.Meta, p.req.era == wire.Legacy
	switch method {
	case wire.MethodProgress:
		return meta.ProgressToken != nil
	case wire.MethodLogMessage:
		return legacy || meta.LogLevel != ""
	case wire.MethodElicitationComplete:
		return legacy && p.req.session.can&tools.CanElicitURL != 0
	}
	return false
}

// notification is one about a request; of progress, with the client's own token.
// It reads what the client sent, which is gone once the request is answered.
func (r *request) notification(n tools.Notification) ([]byte, error) {
	r.opening.Lock()
	defer r.opening.Unlock()
	if r.answered {
		return nil, errClosed
	}
	dst := wire.AppendString([]byte(`{"jsonrpc":"2.0","method":`), n.Method)
	dst = append(dst, `,"params":{`...)
	if token := r.message.Params.Meta.ProgressToken; n.Method == wire.MethodProgress {
		dst = append(append(dst, `"progressToken":`...), token...)
	}
	for _, m := range n.Params {
		if m, ok := serversOwn(n.Method, m); ok {
			dst = wire.AppendMember(dst, m)
		}
	}
	return append(dst, "}}"...), nil
}

// serversOwn returns what of a member of a notification is the server's to say.
// What is ours goes no further in any spelling that differs by case only: there are
// parsers that do not tell those apart.
func serversOwn(method string, m wire.Member) (wire.Member, bool) {
	switch {
	case method == wire.MethodProgress && strings.EqualFold(m.Name, "progressToken"):
		return m, false
	case !strings.EqualFold(m.Name, "_meta"):
		return m, true
	case m.Name != "_meta":
		return m, false
	}
	meta := []byte{'{'}
	for _, of := range membersOf(m.Value) {
		if !tools.IsReservedMeta(of.Name) {
			meta = wire.AppendMember(meta, of)
		}
	}
	return wire.Member{Name: "_meta", Value: append(meta, '}')}, len(meta) > 1
}
