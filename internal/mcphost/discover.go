package mcphost

import (
	"context"
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/wire"
)

// appendOffer appends the capabilities: what dispatch can answer for this caller,
// and nothing else.
func (h *Host) appendOffer(dst []byte, by authz.Caller, req *request) []byte {
	dst = append(dst, `"capabilities":{"tools":`+toolsCapability+`,"resources":`+resourcesCapability...)
	if h.hasPrompts(by, req) {
		dst = append(dst, `,"prompts":`+promptsCapability...)
	}
	o := h.offered(by, req)
	if o.completions {
		dst = append(dst, `,"completions":{}`...)
	}
	if len(o.logging) > 0 {
		dst = append(dst, `,"logging":{}`...)
	}
	if o.ui || o.tasks && req.era == wire.Modern {
		dst = append(dst, `,"extensions":{`...)
		if o.ui {
			dst = wire.AppendMember(dst, wire.Member{Name: extensionUI, Value: noArguments})
		}
		if o.tasks && req.era == wire.Modern {
			dst = wire.AppendMember(dst, wire.Member{Name: extensionTasks, Value: noArguments})
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func serverInfo(version string) []byte {
	info := append([]byte(`{"name":"gatehouse","title":"Gatehouse","version":`), wire.AppendString(nil, version)...)
	return append(info, '}')
}

// discover answers server/discover of 2026-07-28.
func (h *Host) discover(_ context.Context, by authz.Caller, req *request) (answer, error) {
	members := append([]byte(nil), supported...)
	members = append(h.appendOffer(members, by, req), `,"instructions":`...)
	members = wire.AppendString(members, h.instructions(by, req)+sourceInstructions(by, req))
	return answer{members: members, ttl: discoverTTL}, nil
}

// supported is the member that lists the revisions served, and a comma.
var supported = func() []byte {
	list := []byte(`"supportedVersions":[`)
	for _, v := range wire.Supported() {
		list = append(wire.AppendString(list, v), ',')
	}
	return append(list[:len(list)-1], "],"...)
}()

// initialize answers the handshake of the earlier revisions: the client's
// revision if we speak it, otherwise the newest one that has a handshake.
func (h *Host) initialize(_ context.Context, by authz.Caller, req *request) (answer, error) {
	version := req.message.Params.ProtocolVersion
	if !wire.IsLegacy(version) {
		version = wire.NewestLegacy
	}
	id, err := h.openSession(by, req, version)
	if err != nil {
		return answer{}, err
	}
	members := append([]byte(`"protocolVersion":`), wire.AppendString(nil, version)...)
	members = append(h.appendOffer(append(members, ','), by, req), `,"serverInfo":`...)
	members = append(members, h.serverInfo...)
	members = append(members, `,"instructions":`...)
	members = wire.AppendString(members, h.instructions(by, req)+sourceInstructions(by, req))
	return answer{members: members, session: id}, nil
}

// ping answers ping of the earlier revisions.
func (h *Host) ping(context.Context, authz.Caller, *request) (answer, error) { return answer{}, nil }

// instructions tell the model, and through it the person, whom it acts for. A
// caller who sees nothing here learns who they are and what to do, never what
// exists. The reference is the token's id, which the organization's log and Entra's
// own sign-in log both hold.
func (h *Host) instructions(by authz.Caller, req *request) string {
	id, org := by.Identity(), req.snap.Organization.Name
	who := fmt.Sprintf("You act for %s at %s.", by, org)
	if req.hasAnything(by) {
		return who + " Every call is checked against this caller's roles and recorded."
	}
	if by.HasTools() {
		return fmt.Sprintf("%s The toolset %s holds nothing of what they may use through this client. "+
			"Connect to %s for all of that, or ask an admin of %s to change the patterns of the toolset. Reference: %s",
			who, req.toolset, h.organizationURL(req), org, id.TokenID)
	}
	remedy := "by adding them to a group that has a role"
	if !id.Delegated {
		remedy = "by assigning a role to this app"
	}
	return fmt.Sprintf("%s No role of %s gives any tools to them through this client. "+
		"An admin of %s can change that %s. Reference: %s", who, org, org, remedy, id.TokenID)
}
