package msgraph

import (
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/seed"
)

// visit is one authenticated request at Microsoft Graph.
type visit struct {
	s      *Service
	w      http.ResponseWriter
	r      *http.Request
	tenant *directory.Tenant
	who    *directory.Person // nil: an app or a managed identity acts for itself
	held   []string          // permissions: scp of a person's token, roles of an app's
	client string            // client id of the app the token was issued to
	// subject is who the person is to the client, as its ID tokens say.
	subject string
	token   *keyring.Presented
	// counting answers with the number of entries instead of the entries.
	counting bool
	sights   map[*kind]sight // how much the token shows of each kind, once asked for
}

// asUser serves a request with the person its token stands for, and refuses apps
// that act for themselves.
func (s *Service) asUser(serve func(*visit)) http.HandlerFunc {
	return s.as(func(v *visit) {
		if v.who == nil {
			v.refuse(badRequest("/me request is only valid with delegated authentication flow."))
			return
		}
		serve(v)
	})
}

// as serves a request with the person or the app its token stands for.
func (s *Service) as(serve func(*visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, bad := s.visit(w, r)
		if bad != nil {
			s.writeError(w, r, bad)
			return
		}
		if s.challenged(v) || !v.admitted() {
			return
		}
		serve(v)
	}
}

// visit checks the access token as Graph does.
func (s *Service) visit(w http.ResponseWriter, r *http.Request) (*visit, *problem) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token == "" || !strings.EqualFold(scheme, "Bearer") {
		return nil, unauthenticated("Access token is empty.")
	}
	p, err := s.keys.Verify(token)
	if err != nil {
		return nil, unauthenticated("Access token validation failure. " + reason(err))
	}
	if !slices.Contains([]string{seed.MicrosoftGraph, "https://graph.microsoft.com"}, p.Text("aud")) {
		return nil, unauthenticated("Access token validation failure. Invalid audience.")
	}
	t, ok := s.directory.World().Find(p.Text("tid"))
	if !ok || !slices.Contains([]string{s.issuerV1(t.ID), s.issuer(t.ID)}, p.Text("iss")) {
		return nil, unauthenticated("Access token validation failure. Invalid issuer.")
	}
	journal.Tenant(w, t.ID)
	journal.Client(w, p.Text("appid"))
	now := s.now()
	if !now.Before(p.At("exp")) || now.Before(p.At("nbf")) {
		return nil, unauthenticated("Lifetime validation failed, the token is expired.")
	}
	return s.visitor(w, r, t, p)
}

// visitor finds whom a good token stands for. Graph hears of a disabled or
// deleted account at once, unlike other APIs.
func (s *Service) visitor(w http.ResponseWriter, r *http.Request, t *directory.Tenant, p *keyring.Presented) (*visit, *problem) {
	v := &visit{s: s, w: w, r: r, tenant: t, client: p.Text("appid"), token: p, sights: map[*kind]sight{}}
	if p.Text("scp") == "" {
		v.held = p.Texts("roles")
		return v, nil
	}
	who, ok := t.People[p.Text("oid")]
	if !ok || who.Deleted || who.Disabled {
		return nil, unauthenticated("The user account does not exist or is disabled.")
	}
	v.who, v.held = who, strings.Fields(p.Text("scp"))
	v.subject = keyring.Pairwise(t.ID, who.ID, v.client)
	journal.Person(w, who.ID)
	return v, nil
}

// self is the object id of the one who asks.
func (v *visit) self() string {
	if v.who != nil {
		return v.who.ID
	}
	if a, ok := v.tenant.Apps[v.client]; ok {
		return a.Principal
	}
	return v.client
}
