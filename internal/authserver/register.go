package authserver

import (
	"crypto/rand"
	"io"
	"net/http"
	"strconv"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/wire"
)

// registering is the actor of registrations, which come from nobody we know.
const registering = "client registration"

// registrationAnswer is what a client is told of its registration (RFC 7591 §3.2.1).
type registrationAnswer struct {
	ID            string   `json:"client_id"`
	IssuedAt      int64    `json:"client_id_issued_at"`
	Name          string   `json:"client_name,omitempty"`
	Redirects     []string `json:"redirect_uris"`
	Method        string   `json:"token_endpoint_auth_method"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
}

// register serves the registration endpoint.
func (s *Server) register(w http.ResponseWriter, r *http.Request) {
	snap, err := s.admitted(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.Limits.AdmitKept(snap.Organization.ID, addressOf(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	registered, err := s.registerClient(w, r, snap)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	respond(w, http.StatusCreated, registered)
}

// registerClient keeps what a client asks for.
func (s *Server) registerClient(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot) (registrationAnswer, error) {
	if wire.CheckContentType(r.Header) != nil {
		return registrationAnswer{}, metadataRefusal("the body has to be JSON in UTF-8; send it with the header Content-Type: application/json, once")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRegistration))
	if err != nil {
		return registrationAnswer{}, metadataRefusal("the body cannot be read, or is larger than " + strconv.Itoa(maxRegistration) + " bytes")
	}
	asked, refused := readRegistration(body)
	if refused != nil {
		return registrationAnswer{}, refused
	}
	now := s.Now()
	c := connections.Registered{
		ID: connections.RegisteredPrefix + rand.Text(), Name: asked.name, Redirects: asked.redirects,
		CreatedAt: now, ExpiresAt: now.Add(connections.UnusedLife),
	}
	if err := s.Store.Register(r.Context(), authz.SystemCaller(snap.Organization.ID, registering), c); err != nil {
		return registrationAnswer{}, err
	}
	return registrationAnswer{
		ID: c.ID, IssuedAt: now.Unix(), Name: c.Name, Redirects: c.Redirects,
		Method: "none", GrantTypes: asked.grants, ResponseTypes: []string{"code"},
	}, nil
}
