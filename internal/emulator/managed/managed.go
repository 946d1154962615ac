// Package managed is where the code of a machine in Azure asks for tokens of its
// managed identities: the App Service form and the Instance Metadata Service
// (IMDS) form.
//
// It owns the two protocols: headers, parameters, which identity a request
// means, answers and errors. It makes no token; the sign-in service does, through
// Issue.
package managed

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/seed"
)

// Options is what a Service is made from.
type Options struct {
	Directory *directory.Directory
	Header    func(sent string) bool // tells whether X-IDENTITY-HEADER is right
	Issue     Issue
	NewID     func() string // makes the ids of errors, GUIDs
}

// Issue makes a token of a managed identity for a resource. An error of type
// *RefusedError tells the caller what Entra said.
type Issue func(t *directory.Tenant, id seed.ManagedIdentity, resource string) (Token, error)

// Token is an access token and what is said beside it.
type Token struct {
	Access    string
	NotBefore time.Time
	Life      time.Duration
}

// RefusedError is an answer of the sign-in service that is not a token.
type RefusedError struct {
	Kind string // OAuth "error"
	Text string // "AADSTS500011: …"
}

// Error is the refusal's sentence.
func (r *RefusedError) Error() string { return r.Text }

// Service answers for the identities of every tenant. It is safe for concurrent
// use.
type Service struct{ o Options }

// New makes a Service.
func New(o Options) *Service { return &Service{o: o} }

// What can be wrong with the choice of an identity.
var (
	errNone   = errors.New("no such identity")
	errMany   = errors.New("several identities")
	errNaming = errors.New("the identity is named in more than one way")
)

// tenant is the one a path names, or without a name the first that has an identity.
func (s *Service) tenant(w http.ResponseWriter, name string) (*directory.Tenant, error) {
	world := s.o.Directory.World()
	if name != "" {
		t, ok := world.Find(name)
		if !ok {
			return nil, errNone
		}
		journal.Tenant(w, t.ID)
		return t, nil
	}
	for _, t := range world.All() {
		if len(t.ManagedIdentities) > 0 {
			journal.Tenant(w, t.ID)
			return t, nil
		}
	}
	return nil, errNone
}

// selectors are the parameters that name a user-assigned identity, and what
// each is compared with. Ids and Azure resource ids do not mind case.
var selectors = map[string]func(seed.ManagedIdentity) string{
	"client_id":    func(m seed.ManagedIdentity) string { return m.ID },
	"object_id":    func(m seed.ManagedIdentity) string { return m.Principal },
	"principal_id": func(m seed.ManagedIdentity) string { return m.Principal },
	"mi_res_id":    func(m seed.ManagedIdentity) string { return m.ResourceID },
	"msi_res_id":   func(m seed.ManagedIdentity) string { return m.ResourceID },
}

// choose finds the identity a request names by the parameters a form knows.
// named reports whether it named one at all.
func choose(t *directory.Tenant, query url.Values, known ...string) (found seed.ManagedIdentity, named bool, err error) {
	var by func(seed.ManagedIdentity) string
	var want string
	for _, name := range known {
		value := query.Get(name)
		if value == "" {
			continue
		}
		if by != nil {
			return found, true, errNaming
		}
		by, want = selectors[name], value
	}
	if by == nil {
		return found, false, errNone
	}
	for _, m := range t.ManagedIdentities {
		if strings.EqualFold(by(m), want) {
			return m, true, nil
		}
	}
	return found, true, errNone
}

// systemAssigned is the tenant's identity that is part of the machine.
func systemAssigned(t *directory.Tenant) (seed.ManagedIdentity, bool) {
	for _, m := range t.ManagedIdentities {
		if m.ResourceID == "" {
			return m, true
		}
	}
	return seed.ManagedIdentity{}, false
}
