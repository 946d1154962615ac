package mcphost

import (
	"net/http"
	"sync"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// errSuspended is the answer to everybody whom a suspended organization knows.
var errSuspended = fault.New(fault.Forbidden, "this organization is suspended; ask its administrators")

// errUnknownToolset is the answer to everybody who asks for a toolset that the
// organization does not have.
var errUnknownToolset = fault.New(fault.NotFound, "there is no such toolset")

// request is one message on its way through the rooms: everything about it but
// who sent it, which is an argument wherever it matters.
type request struct {
	snap    *snapshot.Snapshot
	toolset string         // whose endpoint it came to; empty: the organization's
	only    tools.Selected // what that toolset shows
	http    *http.Request
	arrived time.Time
	message wire.Message
	era     wire.Era
	version string // protocol revision that the reply follows
	token   string
	person  *InPerson // who calls without a token; nil: nobody does
	stepsUp stepsUp
	held    []string // scopes of the token
	session session  // zero for requests outside one
	permit  limit.Permit
	task    task // that the request is about

	known     *cached     // what is remembered of the token, or about to be
	accepted  *acceptance // nil for a token that is remembered
	unsettled error       // why the log does not hold that the token was accepted

	writer   http.ResponseWriter
	client   peer     // that the answer goes to
	keeps    []string // fields of the result that the log keeps in clear
	bodies   tenants.Bodies
	entry    *audit.Entry // of a request that is recorded, once its intent is known
	opening  sync.Mutex
	events   eventStream // open once something was said before the answer
	answered bool        // it is too late to open it

	then func(http.ResponseWriter, *http.Request) // the stream that is the answer, after all else is given back
}

// endpoint is the first room. Its order is what a stranger may learn: whether
// the organization exists, then nothing before a token of its own issuer.
func (h *Host) endpoint(w http.ResponseWriter, r *http.Request) {
	if err := h.checkHost(r); err != nil {
		h.refuse(w, r, err)
		return
	}
	snap, err := h.leases.Get(r.Context(), r.PathValue("org"))
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	req := &request{http: r, writer: w, toolset: r.PathValue("toolset"), arrived: h.now()}
	if !req.see(snap) {
		h.refuse(w, r, errUnknownToolset)
		return
	}
	if err := h.CheckOrigin(w, r, snap.Organization.Origins); err != nil {
		h.refuse(w, r, err)
		return
	}
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	caller, err := h.authenticate(r, req)
	if err != nil {
		h.refuseToken(w, req, err)
		return
	}
	h.enter(w, r, caller, req)
}

// enter serves an authenticated caller.
func (h *Host) enter(w http.ResponseWriter, r *http.Request, by authz.Caller, req *request) {
	if req.snap.Organization.State == tenants.Suspended {
		h.turnAway(w, r, req, h.refused(r, by.Identity(), "suspended", errSuspended))
		return
	}
	if r.Method == http.MethodPost {
		if h.receive(w, r, by, req); req.then != nil {
			req.then(w, r)
		}
		return
	}
	permit, err := h.limits.Acquire(who(by.Identity()))
	if err != nil {
		h.turnAway(w, r, req, err)
		return
	}
	defer permit.Release()
	if err := h.settled(r.Context(), req, nil); err != nil {
		h.refuse(w, r, err)
		return
	}
	if r.Method == http.MethodDelete {
		h.endSession(w, r, by, req)
		return
	}
	if r.Method == http.MethodGet && r.Header.Get(sessionHeader) != "" {
		permit.Release()
		h.standalone(w, r, by, req)
		return
	}
	w.Header().Set("Allow", "POST, DELETE, OPTIONS")
	w.WriteHeader(http.StatusMethodNotAllowed)
}

// turnAway refuses a request whose token was good.
func (h *Host) turnAway(w http.ResponseWriter, r *http.Request, req *request, why error) {
	h.refuse(w, r, h.settled(r.Context(), req, why))
}
