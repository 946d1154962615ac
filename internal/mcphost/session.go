package mcphost

import (
	"encoding/binary"
	"net/http"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// session is what an MCP session id of the initialize revisions says. The id is
// an encrypted token, so any replica serves any request. It opens only for the
// endpoint, person and client it was made for, and it authenticates nobody: the
// bearer token does.
type session struct {
	id      tenants.GUID // names the session in the log and in revocations
	opened  time.Time
	version string // negotiated protocol revision
}

const (
	sessionHeader = "Mcp-Session-Id"
	sessionLife   = 24 * time.Hour
)

// errSession is the same for an id that is altered, expired, ended or somebody
// else's: 404 tells the client to initialize again.
var errSession = fault.New(fault.NotFound, "the session is unknown or has ended; initialize again")

// sessionBinding lists what a session id belongs to, each part behind its length.
func sessionBinding(snap *snapshot.Snapshot, by authz.Caller) []byte {
	id := by.Identity()
	tid, oid := id.TID.Bytes(), id.OID.Bytes()
	endpoint := snap.Organization.Slug.String()
	b := binary.BigEndian.AppendUint32(nil, uint32(len(endpoint))) //nolint:gosec // a slug has at most 40 characters
	b = append(b, endpoint...)
	b = append(b, tid[:]...)
	b = append(b, oid[:]...)
	return append(b, id.Client...)
}

// openSession starts a session for a caller and returns its id.
func (h *Host) openSession(snap *snapshot.Snapshot, by authz.Caller, version string) (string, error) {
	now := h.Now()
	id := tenants.NewGUID()
	raw := id.Bytes()
	payload := binary.BigEndian.AppendUint64(raw[:], uint64(now.UnixMilli()))
	payload = append(payload, version...)
	return snap.Key.Sessions().Encrypt(sessionBinding(snap, by), payload, now, now.Add(sessionLife))
}

// readSession returns the session a request names, or the zero session if it
// names none: the id is optional.
func (h *Host) readSession(r *http.Request, snap *snapshot.Snapshot, by authz.Caller) (session, error) {
	tokens := r.Header[sessionHeader]
	if len(tokens) == 0 {
		return session{}, nil
	}
	payload, err := snap.Key.Sessions().Open(sessionBinding(snap, by), tokens[0], h.Now())
	if err != nil || len(payload) < 24 || len(tokens) > 1 {
		return session{}, errSession
	}
	id, err := tenants.GUIDFromBytes(payload[:16])
	if err != nil {
		return session{}, errSession
	}
	s := session{id: id, opened: time.UnixMilli(int64(binary.BigEndian.Uint64(payload[16:24]))), version: string(payload[24:])} //nolint:gosec // authenticated
	if snap.Revocations.CoversSession(s.id.String(), s.opened) {
		return session{}, errSession
	}
	return s, nil
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
	s, err := h.readSession(r, req.snap, by)
	if err == nil && s.id.IsZero() {
		err = fault.New(fault.Invalid, "DELETE ends a session; name it in the Mcp-Session-Id header")
	}
	if err == nil {
		now := h.Now()
		err = h.Sessions.EndSession(r.Context(), by, authz.EndedSession{
			Session: s.id, Person: by.Identity().OID, EndedAt: now, ExpiresAt: s.opened.Add(sessionLife),
		})
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	// Here it ends at once; the others hear of it from the database.
	h.Leases.Heard(snapshot.Change{Org: by.Org(), Version: req.snap.Version + 1})
	w.WriteHeader(http.StatusNoContent)
}
