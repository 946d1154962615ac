package upstream

import (
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// The members of params that this package writes itself. A client's own member
// of such a name never goes on: it has been read, and means something else.
var ours = map[string]bool{
	"name": true, "uri": true, "arguments": true, "ref": true, "taskId": true, "cursor": true, "_meta": true,
	"inputResponses": true, "requestState": true,
}

const metaPrefix = "io.modelcontextprotocol/"

// The members of _meta that this package writes itself.
var oursInMeta = map[string]bool{
	"progressToken":                   true,
	metaPrefix + "protocolVersion":    true,
	metaPrefix + "clientInfo":         true,
	metaPrefix + "clientCapabilities": true,
	metaPrefix + "logLevel":           true,
}

// appendRequest appends the request that call is to a server of an era: the
// envelope is made here, arguments and what means nothing to the protocol are
// copied (security rule "one meaning").
func (x *exchange) appendRequest(dst []byte, era wire.Era) []byte {
	dst = append(append(dst, `{"jsonrpc":"2.0","id":`...), x.id...)
	dst = append(wire.AppendString(append(dst, `,"method":`...), x.to.Method), `,"params":{`...)
	dst = appendTarget(dst, x.to, x.call.Ref)
	if takesArguments(x.to.Method) {
		dst = append(append(dst, `"arguments":`...), x.call.Arguments...)
		dst = append(dst, ',')
	}
	dst = appendMembers(dst, x.call.Others, ours)
	if era == wire.Modern {
		dst = appendRetry(dst, x.call)
		return append(x.appendMeta(dst), "}}"...)
	}
	return append(x.appendLegacyMeta(dst), "}}"...)
}

func takesArguments(method string) bool {
	return method == wire.MethodToolsCall || method == wire.MethodPromptsGet
}

// appendTarget appends the member that names what the request is about, and a
// comma. ref has what else the client says there.
func appendTarget(dst []byte, to tools.Target, ref []wire.Member) []byte {
	switch {
	case to.Method == wire.MethodToolsCall || to.Method == wire.MethodPromptsGet:
		dst = append(dst, `"name":`...)
	case to.Method == wire.MethodComplete && to.Kind == tools.KindPrompt:
		return appendRef(append(dst, `"ref":{"type":"ref/prompt","name":`...), to.Name, ref)
	case to.Method == wire.MethodComplete:
		return appendRef(append(dst, `"ref":{"type":"ref/resource","uri":`...), to.Name, ref)
	case isTask(to.Method):
		dst = append(dst, `"taskId":`...)
	case to.Name != "":
		dst = append(dst, `"uri":`...)
	default:
		return dst
	}
	return append(wire.AppendString(dst, to.Name), ',')
}

// oursInRef are the members of ref that mean something to the protocol.
var oursInRef = map[string]bool{"type": true, "name": true, "uri": true}

func appendRef(dst []byte, name string, others []wire.Member) []byte {
	dst = append(wire.AppendString(dst, name), ',')
	return append(trimComma(appendMembers(dst, others, oursInRef)), "},"...)
}

// appendMembers appends members but those of the names left out, each with a
// comma behind it.
func appendMembers(dst []byte, members []wire.Member, without map[string]bool) []byte {
	for _, m := range members {
		if without[m.Name] {
			continue
		}
		dst = append(append(wire.AppendString(dst, m.Name), ':'), m.Value...)
		dst = append(dst, ',')
	}
	return dst
}

// appendRetry appends what a client answers to a question that the server has
// ended an earlier request with (2026-07-28, "Multi Round-Trip Requests").
func appendRetry(dst []byte, call *tools.Call) []byte {
	if call.Responses != nil {
		dst = append(append(append(dst, `"inputResponses":`...), call.Responses...), ',')
	}
	if call.State != "" {
		dst = append(wire.AppendString(append(dst, `"requestState":`...), call.State), ',')
	}
	return dst
}

// appendMeta appends the _meta of the modern era.
func (x *exchange) appendMeta(dst []byte) []byte {
	dst = x.s.hub.appendModernMeta(append(dst, `"_meta":{`...), x.call.Client.Capabilities)
	if x.logLevel != "" {
		dst = wire.AppendString(append(dst, `,"io.modelcontextprotocol/logLevel":`...), x.logLevel)
	}
	if x.call.Client.Progress {
		dst = append(append(dst, `,"progressToken":`...), x.id...)
	}
	if len(x.call.Meta) > 0 {
		dst = trimComma(appendMembers(append(dst, ','), x.call.Meta, oursInMeta))
	}
	return append(dst, '}')
}

// appendModernMeta appends what every request of the modern era says.
func (h *Hub) appendModernMeta(dst []byte, can tools.Capabilities) []byte {
	dst = append(dst, `"io.modelcontextprotocol/protocolVersion":"`+wire.Revision20260728+`","io.modelcontextprotocol/clientInfo":`...)
	dst = append(append(dst, h.clientInfo...), `,"io.modelcontextprotocol/clientCapabilities":`...)
	return appendCapabilities(dst, can)
}

// appendLegacyMeta appends the _meta of the legacy era, if there is anything to
// say in it, and takes the comma away if not.
func (x *exchange) appendLegacyMeta(dst []byte) []byte {
	before := len(dst)
	dst = append(dst, `"_meta":{`...)
	empty := len(dst)
	if x.call.Client.Progress {
		dst = append(append(append(dst, `"progressToken":`...), x.id...), ',')
	}
	dst = appendMembers(dst, x.call.Meta, oursInMeta)
	if len(dst) == empty {
		return trimComma(dst[:before])
	}
	return append(trimComma(dst), '}')
}

func trimComma(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		return dst[:len(dst)-1]
	}
	return dst
}
