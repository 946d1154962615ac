package authserver

import (
	"net/http"
	"net/url"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// hostOf is a URL as people know it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// arriveForSource goes on with somebody who has shown at Entra who they are, if they
// are whom the link was made for: it was their call, and what they sign in for is
// shown to the source in their calls only (MCP, "Elicitation", on phishing).
func (s *Server) arriveForSource(v visit, st step, p parameters) error {
	person, _, err := s.finish(v, st.Handshake, p)
	if err != nil {
		return err
	}
	st.Who = arrival{
		TID: person.TID, At: s.Now(),
		Person: connections.Person{OID: person.OID, Name: person.Name, Username: person.Username, Guest: person.Guest},
	}
	if err := s.isMeant(v, st); err != nil {
		return err
	}
	source, err := s.Sources.Source(v.snap, st.Source.Request)
	if err != nil {
		return badLink(err)
	}
	if st.Source.Server, err = s.Sources.Discover(v.r.Context(), source, st.Source.Request); err != nil {
		return err
	}
	st.Stage, st.Handshake = sourceAgreeing, entra.Handshake{}
	text, err := s.keep(v, st)
	if err != nil {
		return err
	}
	c := s.sourceContent(v, source)
	c.Action, c.Step, c.Person = s.issuer(v.snap.Organization.Slug)+"/sources/consent", text, authorizations.Person{Name: person.Name, Username: person.Username}
	c.At, c.Redeemer, c.Scopes = hostOf(st.Source.Server.Authorization), hostOf(st.Source.Server.Token), st.Source.Request.Scopes
	s.show(v.w, v.r, page{
		Status: http.StatusOK, Name: "sourcesecond", Title: "Let Gatehouse use " + source.Title + " for you?",
		Posts: []string{"'self'", "https:", policySource(st.Source.Server.Authorization)}, Content: c,
	})
	return nil
}

// isMeant refuses whoever is not the person of the link, and who was cut off since.
func (s *Server) isMeant(v visit, st step) error {
	return s.isPerson(v, st.Who, st.Source.Request.Person, "source_sign_in_of_another")
}

// isPerson is isMeant for the link of a person; another is recorded for a reason.
func (s *Server) isPerson(v visit, who arrival, meant tenants.GUID, another string) error {
	o := &v.snap.Organization
	id := s.visitor(v, who)
	if who.TID != o.TID || who.Person.OID.IsZero() || who.Person.OID != meant {
		return s.turnAway(v, id, another, halt(http.StatusForbidden, "This link is for somebody else",
			"It was made for the person whose AI app asked for it, and you have signed in as "+who.Person.Username+". Nothing was given to anybody. "+
				"If somebody sent you this link, they may be trying to use your account as theirs.").advise(adviceRepeat))
	}
	if id.IssuedAt = who.At; v.snap.Revocations.Covers(id) {
		return s.turnAway(v, id, "revoked", halt(http.StatusForbidden, "Your access was revoked", "It was so after you signed in.").advise(adviceRepeat))
	}
	if who.Person.Guest && o.Connection.Guests != tenants.Admit {
		return s.turnAway(v, id, "guests_refused", halt(http.StatusForbidden, o.Name+" does not admit guests here", "Your account is at home in another organization.").
			advise("An administrator of "+o.Name+" can admit guests in the settings of Gatehouse."))
	}
	return nil
}

// visitor is who has signed in without a client.
func (s *Server) visitor(v visit, who arrival) authz.Identity {
	kind := authz.User
	if who.Person.Guest {
		kind = authz.Guest
	}
	now := s.Now()
	return authz.Identity{
		Org: v.snap.Organization.ID, TID: who.TID, OID: who.Person.OID, Kind: kind, Delegated: true, Name: who.Person.Name,
		TokenID: v.reference, IssuedAt: now, ExpiresAt: now.Add(previewLife),
	}
}

// sourceConsent takes what a person answers: POST SourceConsentPath.
func (s *Server) sourceConsent(w http.ResponseWriter, r *http.Request) {
	s.visitAny(w, r, s.atSources(s.decideOnSource))
}

func (s *Server) decideOnSource(v visit) error {
	return s.pressed(v, s.doPressedOnSource, sourceAgreeing)
}

// doPressedOnSource does what a button of the page that asks says.
func (s *Server) doPressedOnSource(v visit, st step, what press) error {
	switch what.action {
	case allow:
		return s.goToSource(v, st)
	case another:
		return s.identify(v, st, entra.SelectAccount)
	case deny:
		return s.stayAway(v, st)
	}
	return badForm(nil)
}

// stayAway records that a person does not want to sign in at a source.
func (s *Server) stayAway(v visit, st step) error {
	event := declining(v, "source "+st.Source.Request.Source.String(), "source_sign_in_denied")
	if err := s.Log.Event(v.r.Context(), authz.Actor(s.visitor(v, st.Who)), event); err != nil {
		return err
	}
	s.show(v.w, v.r, page{Status: http.StatusOK, Name: "last", Title: "Nothing was given", Content: lastContent{Text: "You can close this page. The source is not asked for you."}})
	return nil
}

// goToSource sends the person to the source's authorization server. Only now is
// there a state with which somebody can come back from it.
func (s *Server) goToSource(v visit, st step) error {
	if err := s.isMeant(v, st); err != nil {
		return err
	}
	in, err := s.Sources.Begin(v.r.Context(), v.snap, st.Source.Request, st.Source.Server)
	if err != nil {
		return err
	}
	next := sourceStep{Request: st.Source.Request}
	if next.SignIn, err = in.MarshalBinary(); err != nil {
		return err
	}
	st.Stage, st.Source = sourceAway, &next
	if err := s.keepAs(v, in.State.Reveal(), st); err != nil {
		return err
	}
	v.redirect(in.URL())
	return nil
}
