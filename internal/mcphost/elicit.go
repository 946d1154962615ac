package mcphost

import (
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

var (
	errWords    = errors.New("it cannot be read")
	errSecret   = errors.New("a form must not ask for a secret; send the person to a URL instead")
	errNotHTTPS = errors.New("a person is sent to URLs only that begin with https:// and carry no user name")
)

// introduced returns the params of a question as its client gets them. People see
// which source asks before what it says, are sent to the web only, and asked for no
// password; the error says which of it cannot be. Other questions stay as they are.
func introduced(source tools.Source, method string, params []byte) ([]byte, error) {
	if method != wire.MethodElicit {
		return params, nil
	}
	all, err := wire.Members(params, wire.Limits{MaxBytes: len(params), MaxDepth: maxDepth})
	if err != nil {
		return nil, errWords
	}
	if mode, _ := wire.Text(wire.Value(all, "mode")); mode == "url" && wire.Value(all, "url") == nil {
		return nil, errNotHTTPS
	}
	text, asks := []byte{'{'}, false
	for _, m := range without(all, "mode", "message", "url", "requestedSchema", "elicitationId") {
		switch m.Name {
		case "message":
			m.Value, err = attributed(source, m.Value)
			asks = true
		case "url":
			err = checkVisit(source, m.Value)
		case "requestedSchema":
			err = checkForm(m.Value)
		}
		if err != nil {
			return nil, err
		}
		text = wire.AppendMember(text, m)
	}
	if !asks {
		text = wire.AppendMember(text, wire.Member{Name: "message", Value: wire.AppendString(nil, titleOf(source)+" asks")})
	}
	return append(text, '}'), nil
}

// introducedAll is introduced for an object of questions by key.
func introducedAll(source tools.Source, requests []byte) ([]byte, error) {
	all := []byte{'{'}
	for _, m := range membersOf(requests) {
		parts := membersOf(m.Value)
		method, _ := wire.Text(wire.Value(parts, "method"))
		request := []byte{'{'}
		for _, part := range without(parts, "method", "params") {
			if part.Name == "params" {
				var err error
				if part.Value, err = introduced(source, method, part.Value); err != nil {
					return nil, err
				}
			}
			request = wire.AppendMember(request, part)
		}
		all = wire.AppendMember(all, wire.Member{Name: m.Name, Value: append(request, '}')})
	}
	return append(all, '}'), nil
}

// introducedIn is introducedAll for the questions among the members of a task.
func introducedIn(source tools.Source, members []byte) ([]byte, error) {
	object := append(append([]byte{'{'}, members...), '}')
	all := membersOf(object)
	if wire.Value(all, "inputRequests") == nil {
		return members, nil
	}
	var text []byte
	for _, m := range all {
		if m.Name == "inputRequests" {
			var err error
			if m.Value, err = introducedAll(source, m.Value); err != nil {
				return nil, err
			}
		}
		text = wire.AppendMember(text, m)
	}
	return text, nil
}

// introducedError is introduced for the error by which servers of the initialize
// revisions send people to URLs (2025-11-25, "URLElicitationRequiredError").
func introducedError(source tools.Source, err error) error {
	own, ok := errors.AsType[*wire.Error](err)
	if !ok || own.Code != wire.CodeURLElicitation {
		return err
	}
	data := []byte{'{'}
	for _, m := range without(membersOf(own.Data), "elicitations") {
		var all []json.RawMessage
		if m.Name == "elicitations" && json.Unmarshal(m.Value, &all) == nil {
			for i := range all {
				if all[i], err = introduced(source, wire.MethodElicit, all[i]); err != nil {
					return wrong(source.Name, "asks for input that nobody is asked for: "+err.Error(), nil)
				}
			}
			m.Value = appendList(nil, all)
		}
		data = wire.AppendMember(data, m)
	}
	asked := *own
	if isObject(own.Data) {
		data = append(data, '}')
		asked.Data = data
	}
	return &asked
}

// appendList appends an array.
func appendList(dst []byte, items []json.RawMessage) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, item...)
	}
	return append(dst, ']')
}

// without returns the members but those whose names differ from one of these by
// case only: parsers that ignore case would take them for it.
func without(members []wire.Member, variantsOf ...string) []wire.Member {
	return slices.DeleteFunc(slices.Clone(members), func(m wire.Member) bool {
		return !slices.Contains(variantsOf, m.Name) && slices.ContainsFunc(variantsOf, func(name string) bool { return strings.EqualFold(m.Name, name) })
	})
}

// attributed returns a message with its source before it.
func attributed(source tools.Source, message []byte) ([]byte, error) {
	text, ok := wire.Text(message)
	if !ok {
		return nil, errWords
	}
	return wire.AppendString(nil, titleOf(source)+" asks: "+text), nil
}

// checkVisit refuses a URL that does not lead to the web. A source that runs on
// this machine, which only development allows, may lead there.
func checkVisit(source tools.Source, value []byte) error {
	text, ok := wire.Text(value)
	u, err := url.Parse(text)
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }
	if !ok || err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsFunc(text, odd) {
		return errNotHTTPS
	}
	if u.Scheme == "https" || u.Scheme == "http" && isThisMachine(u.Hostname()) && strings.HasPrefix(source.URL, "http://") {
		return nil
	}
	return errNotHTTPS
}

func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// checkForm refuses a form that asks for a password (2025-11-25 and 2026-07-28,
// "Elicitation": forms are not for sensitive information).
func checkForm(schema []byte) error {
	for _, property := range membersOf(wire.Value(membersOf(schema), "properties")) {
		for _, m := range membersOf(property.Value) {
			format, _ := wire.Text(m.Value)
			if strings.EqualFold(m.Name, "format") && strings.EqualFold(format, "password") || strings.EqualFold(m.Name, "writeOnly") && string(m.Value) == "true" {
				return errSecret
			}
		}
	}
	return nil
}
