package mcphost

import (
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// The extensions that go through us, in both directions.
const (
	extensionUI    = "io.modelcontextprotocol/ui"
	extensionTasks = "io.modelcontextprotocol/tasks"
)

// clientOf is what a server behind us may know of a request's client. One of the
// initialize revisions can be asked only in a session, and only if it reads event
// streams.
func clientOf(req *request) tools.Client {
	m := &req.message.Params.Meta
	c := tools.Client{Era: req.era, Progress: m.ProgressToken != nil && req.streams()}
	if req.era == wire.Modern {
		c.Info, c.LogLevel = m.ClientInfo, m.LogLevel
		c.Capabilities = capabilitiesOf(m.ClientCapabilities)
		return c
	}
	c.Session = req.session.id
	c.Capabilities.Extensions = extensionsOf(req.session.extensions)
	if req.streams() {
		c.Capabilities.Can = req.session.can
	}
	return c
}

// capabilitiesOf reads what a client declares. What it declares in a way that
// means nothing it does not have.
func capabilitiesOf(object []byte) tools.Capabilities {
	members := membersOf(object)
	return tools.Capabilities{Can: canOf(members), Extensions: extensionsOf(wire.Value(members, "extensions"))}
}

func canOf(members []wire.Member) (can tools.Capability) {
	if elicitation := wire.Value(members, "elicitation"); isObject(elicitation) {
		modes := membersOf(elicitation)
		if isObject(wire.Value(modes, "url")) {
			can |= tools.CanElicitURL
		}
		if len(modes) == 0 || isObject(wire.Value(modes, "form")) {
			can |= tools.CanElicit // none named means forms (2025-11-25, "Elicitation")
		}
	}
	if sampling := wire.Value(members, "sampling"); isObject(sampling) {
		can |= tools.CanSample
		parts := membersOf(sampling)
		if isObject(wire.Value(parts, "tools")) {
			can |= tools.CanSampleTools
		}
		if isObject(wire.Value(parts, "context")) {
			can |= tools.CanSampleContext
		}
	}
	if isObject(wire.Value(members, "roots")) {
		can |= tools.CanListRoots
	}
	return can
}

// extensionsOf returns those of a client's extensions that we pass on.
func extensionsOf(object []byte) (kept []wire.Member) {
	for _, m := range membersOf(object) {
		if (m.Name == extensionUI || m.Name == extensionTasks) && isObject(m.Value) {
			kept = append(kept, m)
		}
	}
	return kept
}

// membersOf returns the members of an object, none if it is not one.
func membersOf(object []byte) []wire.Member {
	if !isObject(object) {
		return nil
	}
	members, err := wire.MembersOf(object)
	if err != nil {
		return nil
	}
	return members
}

func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// missingFor returns the capabilities that a client needs for what it is asked
// and has not, and whether it may be asked that at all.
func missingFor(requests []byte, has tools.Capability) (missing tools.Capability, ok bool) {
	asked := membersOf(requests)
	if asked == nil {
		return 0, false
	}
	for _, m := range asked {
		parts := membersOf(m.Value)
		method, _ := wire.Text(wire.Value(parts, "method"))
		needs := neededFor(method, membersOf(wire.Value(parts, "params")))
		if needs == 0 {
			return 0, false
		}
		missing |= needs &^ has
	}
	return missing, true
}

// neededFor is what a client has to be able to do for one request of a server;
// nothing if no client can be asked that.
func neededFor(method string, params []wire.Member) tools.Capability {
	switch method {
	case wire.MethodElicit:
		if mode, _ := wire.Text(wire.Value(params, "mode")); mode == "url" {
			return tools.CanElicitURL
		}
		return tools.CanElicit
	case wire.MethodCreateMessage:
		if wire.Value(params, "tools") != nil {
			return tools.CanSample | tools.CanSampleTools
		}
		return tools.CanSample
	case wire.MethodRootsList:
		return tools.CanListRoots
	}
	return 0
}

// appendCapabilities appends the object by which a client declares capabilities.
func appendCapabilities(dst []byte, can tools.Capability) []byte {
	dst = append(dst, '{')
	if can&(tools.CanElicit|tools.CanElicitURL) != 0 {
		modes := []byte{'{'}
		if can&tools.CanElicit != 0 {
			modes = wire.AppendMember(modes, wire.Member{Name: "form", Value: noArguments})
		}
		if can&tools.CanElicitURL != 0 {
			modes = wire.AppendMember(modes, wire.Member{Name: "url", Value: noArguments})
		}
		dst = wire.AppendMember(dst, wire.Member{Name: "elicitation", Value: append(modes, '}')})
	}
	if can&(tools.CanSample|tools.CanSampleTools) != 0 {
		sampling := []byte("{}")
		if can&tools.CanSampleTools != 0 {
			sampling = []byte(`{"tools":{}}`)
		}
		dst = wire.AppendMember(dst, wire.Member{Name: "sampling", Value: sampling})
	}
	if can&tools.CanListRoots != 0 {
		dst = wire.AppendMember(dst, wire.Member{Name: "roots", Value: noArguments})
	}
	return append(dst, '}')
}
