package mcphost

import (
	"context"
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/wire"
)

// capabilities are what dispatch can answer, and nothing else.
const capabilities = `"capabilities":{"tools":{},"resources":{}}`

func serverInfo(version string) []byte {
	info := append([]byte(`{"name":"gatehouse","title":"Gatehouse","version":`), wire.AppendString(nil, version)...)
	return append(info, '}')
}

// discover answers server/discover of 2026-07-28.
func (h *Host) discover(_ context.Context, by authz.Caller, req *request) (answer, error) {
	members := append([]byte(nil), supported...)
	members = append(members, capabilities+`,"instructions":`...)
	members = wire.AppendString(members, instructions(by, req.snap))
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
	id, err := h.openSession(req.snap, by, version)
	if err != nil {
		return answer{}, err
	}
	members := append([]byte(`"protocolVersion":`), wire.AppendString(nil, version)...)
	members = append(members, `,`+capabilities+`,"serverInfo":`...)
	members = append(members, h.serverInfo...)
	members = append(members, `,"instructions":`...)
	members = wire.AppendString(members, instructions(by, req.snap))
	return answer{members: members, session: id}, nil
}

// ping answers ping of the earlier revisions.
func (h *Host) ping(context.Context, authz.Caller, *request) (answer, error) { return answer{}, nil }

// instructions tell the model, and through it the person, whom it acts for. A
// caller without tools learns who they are and whom to ask, never what exists.
// The reference is the token's id, which the organization's log and Entra's own
// sign-in log both hold.
func instructions(by authz.Caller, snap *snapshot.Snapshot) string {
	id, org := by.Identity(), snap.Organization.Name
	who := fmt.Sprintf("You act for %s at %s.", by, org)
	if by.HasTools() {
		return who + " Every call is checked against this caller's roles and recorded."
	}
	remedy := "by adding them to a group that has a role"
	if !id.Delegated {
		remedy = "by assigning a role to this app"
	}
	return fmt.Sprintf("%s No role of %s gives any tools to them through this client. "+
		"An admin of %s can change that %s. Reference: %s", who, org, org, remedy, id.TokenID)
}
