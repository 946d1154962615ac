package authserver

import (
	"errors"
	"net/http"
	"net/netip"

	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// errNotServed says that there is no authorization server of ours.
var errNotServed = fault.New(fault.NotFound, "this organization has no authorization server here; the endpoint's metadata names the one it has")

// errSuspended is the answer to everybody of a suspended organization.
var errSuspended = fault.New(fault.Forbidden, "this organization is suspended; ask its administrators")

// organization returns the view of the organization whose authorization server is
// asked. One of another mode has none, and a suspended one lets nobody in.
func (s *Server) organization(r *http.Request) (*snapshot.Snapshot, error) {
	snap, err := s.Views.Get(r.Context(), r.PathValue("org"))
	if err != nil {
		return nil, err
	}
	return snap, serves(snap)
}

// anyOrganization is organization in every mode.
func (s *Server) anyOrganization(r *http.Request) (*snapshot.Snapshot, error) {
	snap, err := s.Views.Get(r.Context(), r.PathValue("org"))
	if err == nil && snap.Organization.State == tenants.Suspended {
		err = errSuspended
	}
	return snap, err
}

func serves(snap *snapshot.Snapshot) error {
	switch {
	case snap.Organization.Mode != tenants.Brokered:
		return errNotServed
	case snap.Organization.State == tenants.Suspended:
		return errSuspended
	}
	return nil
}

// servesPeople is serves for somebody who looks at a page.
func (s *Server) servesPeople(snap *snapshot.Snapshot) error {
	err := serves(snap)
	if !errors.Is(err, errNotServed) {
		return err
	}
	o, at := &snap.Organization, s.endpointURL(snap.Organization.Slug, "")
	b := halt(http.StatusNotFound, "People of "+o.Name+" do not sign in here", "Their apps sign in at Microsoft Entra ID itself. "+
		"If this app connected here before, an administrator of Gatehouse at "+o.Name+" has changed that since.").
		advise("Remove the connection in the app and add it again. How this app connects now is told at the endpoint's own address:")
	b.Link = at
	return b
}

// counted is the view for requests of clients, in any mode: whoever asks too often
// has to wait, before anything else is looked at, and pages of other origins are
// let through as at the endpoints.
func (s *Server) counted(w http.ResponseWriter, r *http.Request) (*snapshot.Snapshot, error) {
	snap, err := s.Views.Get(r.Context(), r.PathValue("org"))
	if err != nil {
		return nil, err
	}
	if err := s.Limits.Admit(snap.Organization.ID, addressOf(r)); err != nil {
		return nil, err
	}
	return snap, s.Origins.CheckOrigin(w, r, snap.Organization.Origins)
}

// admitted is counted where the authorization server is ours.
func (s *Server) admitted(w http.ResponseWriter, r *http.Request) (*snapshot.Snapshot, error) {
	snap, err := s.counted(w, r)
	if err != nil {
		return nil, err
	}
	return snap, serves(snap)
}

// addressOf is where a request comes from, as far as proxies are trusted.
func addressOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return peer.Addr().Unmap().WithZone("").String()
}

// preflight answers a browser that asks whether a page of another origin may post.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request) {
	if _, err := s.admitted(w, r); err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, MCP-Protocol-Version")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
