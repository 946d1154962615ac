package mcphost

import (
	"encoding/binary"
	"net/http"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// session is what an MCP session id of the initialize revisions says. The id is
// an encrypted token, so any replica serves any request. It opens only for the
// endpoint, person and client it was made for, and it authenticates nobody: the
// bearer token does.
type session struct {
	id      tenants.GUID // names the session in the log and in revocations
	opened  time.Time
	version string // negotiated protocol revision

	can        tools.Capability // what the client has declared at the start
	extensions []byte           // and these, object as sent
}

const (
	sessionHeader = "Mcp-Session-Id"
	sessionLife   = 24 * time.Hour
)

// errSession is the same for an id that is altered, expired, ended or somebody
// else's: 404 tells the client to initialize again.
var errSession = fault.New(fault.NotFound, "the session is unknown or has ended; initialize again")

// A client ends few sessions, and each end is told to every replica.
const mostEnders = 10_000

var endRate = limit.Rate{PerSecond: 0.5, Burst: 20}

// openSession starts a session for a caller and returns its id.
func (h *Host) openSession(by authz.Caller, req *request, version string) (string, error) {
	now := h.now()
	id := tenants.NewGUID()
	raw := id.Bytes()
	declared := capabilitiesOf(req.message.Params.Capabilities)
	payload := binary.BigEndian.AppendUint64(raw[:], uint64(now.UnixMilli()))
	payload = binary.BigEndian.AppendUint16(payload, uint16(declared.Can))
	payload = append(append(payload, byte(len(version))), version...) //nolint:gosec // one of our revisions: ten characters
	payload = appendExtensions(payload, declared.Extensions)
	return req.snap.Key.Sessions().Encrypt(req.binding(by), payload, now, now.Add(sessionLife))
}

// maxSettings is how much of an extension's settings a session remembers: what is
// longer is remembered without.
const maxSettings = 160

// appendExtensions appends extensions as an object.
func appendExtensions(dst []byte, extensions []wire.Member) []byte {
	dst = append(dst, '{')
	for _, m := range extensions {
		if len(m.Value) > maxSettings {
			m.Value = noArguments
		}
		dst = wire.AppendMember(dst, m)
	}
	return append(dst, '}')
}

// readSession returns the session a request names, or the zero session if it
// names none: the id is optional.
func (h *Host) readSession(by authz.Caller, req *request) (session, error) {
	tokens := req.http.Header[sessionHeader]
	if len(tokens) == 0 {
		return session{}, nil
	}
	payload, err := req.snap.Key.Sessions().Open(req.binding(by), tokens[0], h.now())
	if err != nil || len(payload) < 27 || len(payload) < 27+int(payload[26]) || len(tokens) > 1 {
		return session{}, errSession
	}
	id, err := tenants.GUIDFromBytes(payload[:16])
	if err != nil {
		return session{}, errSession
	}
	version := payload[27 : 27+int(payload[26])]
	s := session{
		id: id, opened: time.UnixMilli(int64(binary.BigEndian.Uint64(payload[16:24]))), //nolint:gosec // authenticated
		version: string(version), can: tools.Capability(binary.BigEndian.Uint16(payload[24:26])), extensions: payload[27+len(version):],
	}
	if s.over(by, req.snap) {
		return session{}, errSession
	}
	return s, nil
}

// over reports whether the session of a caller has ended or was revoked.
func (s session) over(by authz.Caller, snap *snapshot.Snapshot) bool {
	return !s.id.IsZero() && (snap.SessionEnded(by.Identity().OID, s.id) || snap.Revocations.CoversSession(s.id.String(), s.opened))
}

// name is the session's name in records and spans; empty outside a session.
func (s session) name() string {
	if s.id.IsZero() {
		return ""
	}
	return s.id.String()
}

// endSession answers DELETE: the session is revoked until its id expires, on
// every replica.
func (h *Host) endSession(w http.ResponseWriter, r *http.Request, by authz.Caller, req *request) {
	s, err := h.readSession(by, req)
	if err == nil && s.id.IsZero() {
		err = fault.New(fault.Invalid, "DELETE ends a session; name it in the Mcp-Session-Id header")
	}
	if err == nil {
		err = h.ends.Admit(by.Org().String() + by.Identity().OID.String())
	}
	ended := authz.EndedSession{Session: s.id, Person: by.Identity().OID, EndedAt: h.now(), ExpiresAt: s.opened.Add(sessionLife)}
	if err == nil {
		err = h.sessions.EndSession(r.Context(), by, ended)
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	// Here it ends at once; the others hear of it from the database.
	h.leases.Heard(snapshot.Change{Org: by.Org(), Ended: ended})
	h.endBehind(r.Context(), by, req, s.id)
	w.WriteHeader(http.StatusNoContent)
}
