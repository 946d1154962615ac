package managetest

import (
	"encoding/json"
	"net/http"
	"slices"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// serveSinks serves what is asked of single sinks, at base.
func (s *Server) serveSinks(mux *http.ServeMux, base string) {
	mux.HandleFunc("GET "+base+"sinks/{sink}", func(w http.ResponseWriter, r *http.Request) { s.show(s.sink(r))(w, r) })
	mux.HandleFunc("PUT "+base+"sinks/{sink}/credential", func(w http.ResponseWriter, r *http.Request) {
		s.edit(s.sink(r), s.putSinkSecret)(w, r)
	})
}

// sink is the sink of the path.
func (s *Server) sink(r *http.Request) func() any {
	return func() any {
		at := slices.IndexFunc(s.state.Access.Sinks, func(x tenants.Sink) bool { return x.Name == r.PathValue("sink") })
		if at < 0 {
			return nil
		}
		return s.state.Access.Sinks[at]
	}
}

func (s *Server) putSinkSecret(w http.ResponseWriter, r *http.Request, body []byte) {
	var given struct{ Secret string }
	if err := json.Unmarshal(body, &given); err != nil || given.Secret == "" {
		problem(w, http.StatusUnprocessableEntity, "the sink has no secret")
		return
	}
	s.secret = given.Secret
	if err := s.state.Access.PutSinkSecret(r.PathValue("sink"), tenants.NewGUID(), []byte("encrypted "+s.secret)); err != nil {
		problem(w, http.StatusUnprocessableEntity, fault.Public(err), access.ProblemsOf(err)...)
		return
	}
	answer(w, s.sink(r)())
}
