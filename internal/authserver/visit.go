package authserver

import (
	"net/http"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// visit is a request of a browser to an organization that people sign in to.
type visit struct {
	w         http.ResponseWriter
	r         *http.Request
	snap      *snapshot.Snapshot
	reference string          // what whoever is asked for help finds it by
	leaving   func(to string) // told before the browser is sent on; may be nil
}

// visit lets a browser in where the authorization server is ours, and shows it what
// went wrong, if anything does.
func (s *Server) visit(w http.ResponseWriter, r *http.Request, do func(visit) error) {
	s.visitAny(w, r, func(v visit) error {
		if err := s.servesPeople(v.snap); err != nil {
			return err
		}
		return do(v)
	})
}

// visitAny is visit in every mode.
func (s *Server) visitAny(w http.ResponseWriter, r *http.Request, do func(visit) error) {
	harden(w.Header())
	if r.Method == http.MethodHead { // a look ahead must not use up what is good once
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	v := visit{w: w, r: r, reference: tenants.NewGUID().String()}
	snap, err := s.anyOrganization(r)
	if err == nil {
		v.snap = snap
		err = s.Limits.Admit(snap.Organization.ID, addressOf(r))
	}
	if err == nil {
		err = do(v)
	}
	if err != nil {
		s.showSetback(r.Context(), v, err)
	}
}

// harden keeps an answer out of caches, frames and the addresses that other sites
// learn. Forms say where they come from: under the policy no-referrer a browser would
// send "Origin: null" with them (Fetch, "append a request Origin header").
func harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// redirect sends the browser on with a GET, whatever it came with.
func (v visit) redirect(to string) {
	if v.leaving != nil {
		v.leaving(to)
	}
	v.w.Header().Set("Location", to)
	v.w.WriteHeader(http.StatusSeeOther)
}
