package mcphost

import (
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// The values of resultType that mean something to us.
const (
	typeInput = "input_required"
	typeTask  = "task"
)

// seal makes an answer of a server's result. Its members go on as they came; what
// the client has to bring back is encrypted, and opens for this client only.
func (h *Host) seal(by authz.Caller, req *request, e errand, r tools.Result) (answer, error) {
	a := answer{members: r.Members, kind: r.Type, ttl: lifeOf(req, r), isError: r.IsError, ran: true}
	if len(r.Meta) > 0 {
		a.meta = append([]byte{','}, r.Meta...)
	}
	var err error
	switch {
	case r.Asked != nil:
		a.lacks = r.Asked.Ours && strings.HasPrefix(r.Asked.State, stepUpState)
		a.members, err = h.sealAsked(by, req, e, r)
	case r.TaskID != "":
		a.members, err = h.sealTask(by, req, e, r)
	case r.IsError:
		a.members = wire.AppendMember(owned(r.Members), wire.Member{Name: "isError", Value: []byte("true")})
	}
	return a, err
}

// owned returns members with room for more, where nobody else looks.
func owned(members []byte) []byte { return append(make([]byte, 0, len(members)+newBuffer), members...) }

// lifeOf is how long a client may reuse a result, in milliseconds. What the client
// has taken part in is for once.
func lifeOf(req *request, r tools.Result) string {
	p := &req.message.Params
	switch {
	case r.Asked != nil:
		return ""
	case req.message.Method == wire.MethodResourcesRead && (r.TTL == "" || p.InputResponses != nil || p.RequestState != ""):
		return "0"
	}
	return r.TTL
}

// sealAsked returns the members of a result that asks the client for something.
func (h *Host) sealAsked(by authz.Caller, req *request, e errand, r tools.Result) ([]byte, error) {
	if req.era != wire.Modern {
		return nil, fault.New(fault.Conflict, "the tool asks for input in a way that this client's protocol version does not have; use a client that speaks "+wire.FirstModern)
	}
	members := owned(r.Members)
	if requests := r.Asked.Requests; requests != nil {
		missing, ok := missingFor(requests, clientOf(req).Capabilities.Can)
		if !ok {
			return nil, wrong(req.sourceName(e), "asks for input in a way that the protocol does not have", nil)
		}
		if missing != 0 {
			return nil, wire.MissingCapability(appendCapabilities(nil, missing))
		}
		source, _, _ := req.snap.Source(e.entry.Source)
		if !r.Asked.Ours {
			var err error
			if requests, err = introducedAll(source, requests); err != nil {
				return nil, wrong(source.Name, "asks for input that nobody is asked for: "+err.Error(), nil)
			}
		}
		members = wire.AppendMember(members, wire.Member{Name: "inputRequests", Value: requests})
	}
	if r.Asked.State != "" {
		token, err := h.sealState(by, req, e, r.Asked.State)
		if err != nil {
			return nil, err
		}
		members = wire.AppendMember(members, wire.Member{Name: "requestState", Value: wire.AppendString(nil, token)})
	}
	return members, nil
}

// sourceName is the name of the source that an errand goes to.
func (r *request) sourceName(e errand) string {
	source, _, _ := r.snap.Source(e.entry.Source)
	return source.Name
}

// wrong is a fault of a source that nobody here can do anything about.
func wrong(source, what string, cause error) error {
	return fault.Wrap(fault.Upstream, "source "+source+" "+what+"; tell whoever runs it", cause)
}
