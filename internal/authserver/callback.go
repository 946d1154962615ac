package authserver

import (
	"errors"
	"net/http"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// arrival is somebody who has signed in.
type arrival struct {
	TID      tenants.TID        `json:"tid"`
	Person   connections.Person `json:"person"`
	Contexts []string           `json:"contexts"` // authentication contexts that the sign-in satisfied
	Refresh  string             `json:"refresh"`  // Entra's refresh token
	At       time.Time          `json:"at"`       // when they came
}

// callback takes what Entra's authorization endpoint answers: GET CallbackPath. It
// counts only together with a state that this browser began with at this
// organization, and only once.
func (s *Server) callback(w http.ResponseWriter, r *http.Request) { s.visitAny(w, r, s.arrive) }

func (s *Server) arrive(v visit) error {
	p, err := parametersIn(v.r.URL.RawQuery)
	if err != nil {
		return badCallback(err)
	}
	state, err := p.one("state", maxOnceText)
	if err != nil {
		return badCallback(err)
	}
	st, err := s.take(v, state, atEntra, sourceEntra, stepUpEntra)
	if err != nil {
		return alsoSaid(err, p)
	}
	if st.Stage == sourceEntra {
		return s.atSources(func(v visit) error { return s.arriveForSource(v, st, p) })(v)
	}
	if st.Stage == stepUpEntra {
		return s.atSources(func(v visit) error { return s.proven(v, st, p) })(v)
	}
	if err := s.servesPeople(v.snap); err != nil {
		return err
	}
	person, tokens, err := s.finish(v, st.Handshake, p)
	if err != nil {
		s.noteFailure(v, err)
		return s.giveBack(v, st.Asked, err)
	}
	st.Who = arrival{
		TID: person.TID, Contexts: person.AuthContexts, Refresh: tokens.Refresh.Reveal(), At: s.Now(),
		Person: connections.Person{OID: person.OID, Name: person.Name, Username: person.Username, Guest: person.Guest},
	}
	if err := s.receive(v, st.Asked, st.Who); err != nil {
		return s.giveBack(v, st.Asked, err)
	}
	return s.welcome(v, st, membersOf(person, tokens))
}

func badCallback(cause error) error {
	return halt(http.StatusBadRequest, "This is no answer of Microsoft Entra ID", "The link that brought you here is incomplete.").advise(adviceRetry).because(cause)
}

// alsoSaid is why an answer of Entra's comes too late, with what it says besides: whoever
// was refused there and only tries again is refused again. Nobody knows whether it is
// Entra that says so.
func alsoSaid(err error, p parameters) error {
	late, ok := errors.AsType[*setback](err)
	if !ok || late != errGone || len(p["error"]) == 0 {
		return err
	}
	said := entraSaid(p)
	b := *late
	b.Text += " The link says besides that Microsoft Entra ID has refused the sign-in; whether Entra says so cannot be told any more."
	b.Remedy = "Go back to your app, connect again and finish within ten minutes: if you are refused again, you are told why."
	for _, f := range factsOf(said) {
		b.Facts = append(b.Facts, fact{f.Name, f.Value, "As the link says; not verified."})
	}
	return &b
}

// finish redeems the code of a callback, or says what Entra has answered instead.
func (s *Server) finish(v visit, h entra.Handshake, p parameters) (entra.Person, entra.Tokens, error) {
	if len(p["error"]) > 0 {
		return entra.Person{}, entra.Tokens{}, entraSaid(p)
	}
	code, err := p.one("code", maxQuery)
	if err != nil || code == "" {
		return entra.Person{}, entra.Tokens{}, badCallback(err)
	}
	if h.Tenant != v.snap.Organization.TID {
		return entra.Person{}, entra.Tokens{}, halt(http.StatusConflict, "The organization's Entra tenant has changed", "It did so while you signed in.").advise(adviceRetry).
			because(fault.Newf(fault.Conflict, "signed in at %s, and it is %s by now", h.Tenant, v.snap.Organization.TID))
	}
	return s.Entra.Finish(v.r.Context(), v.snap, h, code)
}

// receive lets people of the organization's own tenant in, and guests if it admits
// them, unless they have been cut off since they signed in.
func (s *Server) receive(v visit, asked authorization, who arrival) error {
	o := &v.snap.Organization
	id := s.identity(v, asked, who)
	if who.TID != o.TID || who.Person.OID.IsZero() {
		return s.turnAway(v, id, "wrong_tenant", halt(http.StatusForbidden, "This account is not of "+o.Name, "You have signed in with an account of another organization.").
			advise("Connect again from the app, and choose your account at "+o.Name+"."))
	}
	coming := id
	coming.IssuedAt, coming.Connection = who.At, tenants.NewGUID() // whichever it will be
	if v.snap.Revocations.Covers(coming) {
		return s.turnAway(v, id, "revoked", halt(http.StatusForbidden, "Your access was revoked", "It was so after you signed in.").
			advise("Connect again from the app, or ask an administrator of Gatehouse at "+o.Name+"."))
	}
	if !who.Person.Guest || o.Connection.Guests == tenants.Admit {
		return nil
	}
	return s.turnAway(v, id, "guests_refused", halt(http.StatusForbidden, o.Name+" does not admit guests here", "Your account is at home in another organization.").
		advise("An administrator of "+o.Name+" can admit guests in the settings of Gatehouse."))
}

// turnAway records why somebody who has signed in is not let in, under the reference
// that they are shown, and returns it.
func (s *Server) turnAway(v visit, id authz.Identity, reason string, b *setback) error {
	event := audit.Event{Endpoint: v.r.URL.Path, Source: addressOf(v.r), Reason: reason}
	if err := s.Log.Refused(v.r.Context(), id, event); err != nil {
		return err
	}
	return b.onRecord().denying()
}

// identity is who asks through a client, as its tokens will say it. There is no token
// yet: records of it have the reference of the visit in its place.
func (s *Server) identity(v visit, asked authorization, who arrival) authz.Identity {
	kind := authz.User
	if who.Person.Guest {
		kind = authz.Guest
	}
	now := s.Now()
	return authz.Identity{
		Org: v.snap.Organization.ID, TID: who.TID, OID: who.Person.OID, Kind: kind, Delegated: true, Name: who.Person.Name,
		Client: asked.Client.Software, Scopes: asked.Scopes, AuthContexts: who.Contexts,
		TokenID: v.reference, IssuedAt: now, ExpiresAt: now.Add(previewLife),
	}
}

// welcome goes on with somebody who may be here: the software has to be admitted,
// and they have to agree unless they have.
func (s *Server) welcome(v visit, st step, belongs belonging) error {
	if !admits(v.snap, st.Asked.Client.Software) {
		return s.wait(v, st.Asked, st.Who)
	}
	before, err := s.isRemembered(v, st.Asked, st.Who)
	if err != nil {
		return s.giveBack(v, st.Asked, err)
	}
	if before {
		return s.agree(v, st, remembered)
	}
	st.Stage, st.Handshake = agreeing, entra.Handshake{}
	text, err := s.keep(v, st)
	if err != nil {
		return s.giveBack(v, st.Asked, err)
	}
	return s.showSecond(v, st, text, belongs)
}

// isRemembered reports whether the person has agreed to this very client before,
// for the same endpoint and scopes.
func (s *Server) isRemembered(v visit, asked authorization, who arrival) (bool, error) {
	if asked.AskAgain || !mayRemember(asked) {
		return false, nil
	}
	before, err := s.Store.Agreement(v.r.Context(), v.snap.Organization.ID, who.Person.OID, asked.Client.ID)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return false, nil
		}
		return false, err
	}
	return before.Agreed == asked.agreed(), nil
}

// agreed is a digest of all that somebody agrees to.
func (a authorization) agreed() [32]byte {
	return connections.Digest(a.Toolset, a.Scopes, a.Client.Agreed[:])
}

// mayRemember reports whether agreeing once is enough. Any program on a person's
// machine can take the place of one that answers go to there, and anybody can
// register under any name.
func mayRemember(asked authorization) bool { return asked.Client.Verified() && isWeb(asked.Redirect) }

// wait notes that somebody wants software which nobody has admitted, and tells them
// so.
func (s *Server) wait(v visit, asked authorization, who arrival) error {
	now := s.Now()
	err := s.Store.Ask(v.r.Context(), authz.Actor(s.identity(v, asked, who)), connections.Request{
		Software: asked.Client.Software, Name: asked.Client.Name, Host: asked.Client.Host, Redirect: connections.RedirectHost(asked.Redirect),
		Person: who.Person.OID, Asked: who.Person.Name, FirstAt: now, LastAt: now, Times: 1,
	})
	if err != nil {
		return s.giveBack(v, asked, err)
	}
	b := halt(http.StatusForbidden, asked.Client.Name+" waits for approval", "Administrators of "+v.snap.Organization.Name+
		" decide which apps may connect, and have not decided about this one. That you asked is noted; nothing was given to the app.").
		advise("Ask an administrator of Gatehouse at " + v.snap.Organization.Name + " to approve the app, then connect again.").onRecord().denying()
	b.Facts = append(b.Facts, fact{Name: "App", Value: asked.Client.Software})
	return s.giveBack(v, asked, b)
}
