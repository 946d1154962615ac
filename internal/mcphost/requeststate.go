package mcphost

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// stateLife is how long a client may take to answer what it is asked.
const stateLife = time.Hour

// errState is the same for a state that is altered, expired, somebody else's or of
// another request.
var errState = wire.InvalidParams("requestState is not one that this server gave for this very request, or it has expired; send the request again without it")

// errStateOfChange is errState for a tool that changes something: what the state
// stood for may have been done.
var errStateOfChange = wire.InvalidParams("requestState is not one that this server gave for this very request, or it has expired; look whether it has been done before you send the request again without it")

// binding lists what a token that a client carries belongs to: endpoint, person
// and client, and whatever else it is for, each part behind its length.
func (r *request) binding(by authz.Caller, parts ...string) []byte {
	id := by.Identity()
	tid, oid := id.TID.Bytes(), id.OID.Bytes()
	b := make([]byte, 0, 256)
	for _, part := range append([]string{r.endpoint(), string(tid[:]), string(oid[:]), id.Client}, parts...) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part))) //nolint:gosec // part of a request, whose size is limited
		b = append(b, part...)
	}
	return b
}

// endpoint tells the organization's endpoints apart.
func (r *request) endpoint() string {
	slug := r.snap.Organization.Slug.String()
	if r.toolset == "" {
		return slug
	}
	return slug + "/" + r.toolset
}

// stateBinding is what a request state belongs to: the request as the client has
// to repeat it.
func (r *request) stateBinding(by authz.Caller, e errand) []byte {
	digest, err := tools.HashOf(e.arguments)
	if err != nil { // no arguments, or numbers that have no canonical form
		digest = sha256.Sum256(e.arguments)
	}
	return r.binding(by, r.message.Method, e.name, string(digest[:]))
}

// sealState returns the token that carries a server's own state through the
// client.
func (h *Host) sealState(by authz.Caller, req *request, e errand, state string) (string, error) {
	source := e.entry.Source.Bytes()
	payload, box, now := append(source[:], state...), req.snap.Key.RequestStates(), h.now()
	if len(payload) > box.MaxPayload() {
		return "", wrong(req.sourceName(e), fmt.Sprintf("asks to have %d bytes carried from one request to the next, of 16 kB that are possible", len(state)), nil)
	}
	return box.Encrypt(req.stateBinding(by, e), payload, now, now.Add(stateLife))
}

// openState returns the server's own state that a request brings back, or nothing.
func (h *Host) openState(by authz.Caller, req *request, e errand) (string, error) {
	token := req.message.Params.RequestState
	if token == "" || req.era != wire.Modern {
		return "", nil
	}
	payload, err := req.snap.Key.RequestStates().Open(req.stateBinding(by, e), token, h.now())
	source := e.entry.Source.Bytes()
	if err != nil || len(payload) < len(source) || string(payload[:len(source)]) != string(source[:]) {
		if alters(e.entry.Effect) {
			return "", errStateOfChange
		}
		return "", errState
	}
	return string(payload[len(source):]), nil
}
