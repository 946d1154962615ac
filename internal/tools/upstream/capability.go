package upstream

import (
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// appendCapabilities appends the object that tells a server what a client can do,
// as far as we pass it on.
func appendCapabilities(dst []byte, c tools.Capabilities) []byte {
	dst = append(dst, '{')
	if c.Can&(tools.CanElicit|tools.CanElicitURL) != 0 {
		dst = append(dst, `"elicitation":{`...)
		dst = appendFlag(dst, c.Can, tools.CanElicit, "form")
		dst = appendFlag(dst, c.Can, tools.CanElicitURL, "url")
		dst = append(trimComma(dst), `},`...)
	}
	if c.Can&tools.CanSample != 0 {
		dst = append(dst, `"sampling":{`...)
		dst = appendFlag(dst, c.Can, tools.CanSampleTools, "tools")
		dst = appendFlag(dst, c.Can, tools.CanSampleContext, "context")
		dst = append(trimComma(dst), `},`...)
	}
	if c.Can&tools.CanListRoots != 0 {
		dst = append(dst, `"roots":{},`...)
	}
	if len(c.Extensions) > 0 {
		dst = trimComma(appendMembers(append(dst, `"extensions":{`...), c.Extensions, nil))
		dst = append(dst, `},`...)
	}
	return append(trimComma(dst), '}')
}

func appendFlag(dst []byte, can, flag tools.Capability, name string) []byte {
	if can&flag == 0 {
		return dst
	}
	return append(append(append(dst, '"'), name...), `":{},`...)
}

// needs is what a client must be able to do to be asked something: a server may
// ask for nothing that was not declared to it.
func needs(method string, params []byte) (tools.Capability, bool) {
	switch method {
	case wire.MethodElicit:
		if modeOf(params) == "url" {
			return tools.CanElicitURL, true
		}
		return tools.CanElicit, true
	case wire.MethodCreateMessage:
		return tools.CanSample, true
	case wire.MethodRootsList:
		return tools.CanListRoots, true
	}
	return 0, false
}

// modeOf returns the mode of an elicitation; it is a form where nothing is said.
func modeOf(params []byte) string {
	members, err := wire.MembersOf(params)
	if err != nil {
		return ""
	}
	mode, _ := wire.Text(wire.Value(members, "mode"))
	return mode
}
