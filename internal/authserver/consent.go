package authserver

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
)

// maxAnswer bounds what the form of a page brings, in bytes.
const maxAnswer = 4 << 10

// consent takes what a person answers on either page: POST ConsentPath.
func (s *Server) consent(w http.ResponseWriter, r *http.Request) { s.visit(w, r, s.decide) }

// What the buttons of the pages say.
const (
	goOn    = "continue"
	cancel  = "cancel"
	allow   = "allow"
	deny    = "deny"
	another = "another" // account
)

func (s *Server) decide(v visit) error {
	return s.pressed(v, s.doPressed, asking, agreeing)
}

// doPressed does what a button of a page says.
func (s *Server) doPressed(v visit, st step, what press) error {
	switch what {
	case press{asking, goOn}:
		return s.signIn(v, st, st.Asked.Prompt)
	case press{agreeing, another}:
		st.Asked.Hint = ""
		return s.signIn(v, st, entra.SelectAccount)
	case press{agreeing, allow}:
		return s.allow(v, st)
	case press{agreeing, deny}:
		event := declining(v, "client "+st.Asked.Client.Software, "consent_denied")
		if err := s.Log.Event(v.r.Context(), authz.Actor(s.identity(v, st.Asked, st.Who)), event); err != nil {
			return s.giveBack(v, st.Asked, err)
		}
		return s.declined(v, st)
	case press{asking, cancel}:
		s.count(v.r, v.snap, "sign_in_cancelled")
		return s.declined(v, st)
	}
	return badForm(nil)
}

// declining is what the log has of a person who does not agree.
func declining(v visit, target, reason string) audit.Event {
	return audit.Event{
		Kind: audit.Consent, Endpoint: v.r.URL.Path, Source: addressOf(v.r), Target: target, Outcome: audit.Refused, Reason: reason, Policy: v.snap.Version,
	}
}

// declined tells the client that its person said no.
func (s *Server) declined(v visit, st step) error {
	v.redirect(s.replyURL(v.snap, st.Asked, refuse(accessDenied, "the person did not allow it").reply()))
	return nil
}

// allow goes on with somebody who agrees, if they still may: the page may have been
// open for a while.
func (s *Server) allow(v visit, st step) error {
	if err := s.receive(v, st.Asked, st.Who); err != nil {
		return s.giveBack(v, st.Asked, err)
	}
	if !admits(v.snap, st.Asked.Client.Software) {
		return s.wait(v, st.Asked, st.Who)
	}
	return s.agree(v, st, given)
}

// answerIn reads the form of a page of ours. Another site has no step of this
// browser's, but it may have a link; where the browser says that one sends the form,
// nothing is even looked at.
func (s *Server) answerIn(v visit) (parameters, error) {
	if !s.isSentFromHere(v.r.Header) {
		return nil, halt(http.StatusForbidden, "Another website sent this", "Only the pages of this address can answer for you.").advise(adviceRetry)
	}
	kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, badForm(err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, maxAnswer))
	if err != nil {
		return nil, badForm(err)
	}
	p, err := parametersIn(string(body))
	if err != nil {
		return nil, badForm(err)
	}
	return p, nil
}

// isSentFromHere reports whether a browser has a form from a page of ours: it says so
// itself (Fetch Metadata), or, where it is older or keeps that back, names our origin.
// What names neither is no browser.
func (s *Server) isSentFromHere(h http.Header) bool {
	if site := h.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := h.Get("Origin")
	return origin == "" || origin == s.base
}

func badForm(cause error) error {
	return halt(http.StatusBadRequest, "This is no answer to a page of ours", "The form that arrived is incomplete, or not ours.").advise(adviceRetry).because(cause)
}

// signIn sends the person to the organization's own Entra tenant. Only now is
// there a state with which somebody can come back from it.
func (s *Server) signIn(v visit, st step, prompt entra.Prompt) error {
	st.Stage, st.Who = atEntra, arrival{}
	st.Handshake = entra.NewHandshake(v.snap.Organization.TID)
	to, err := s.Entra.Begin(v.snap, entra.SignIn{Handshake: st.Handshake, Prompt: prompt, LoginHint: st.Asked.Hint, Claims: st.Asked.Claims})
	if err == nil {
		err = s.keepAs(v, st.Handshake.State, st)
	}
	if err != nil {
		return s.giveBack(v, st.Asked, err)
	}
	v.redirect(to)
	return nil
}

// giveBack is why an authorization ends here, with a way back for the client.
func (s *Server) giveBack(v visit, asked authorization, err error) error {
	b := s.setbackOf(v, err)
	if _, ok := errors.AsType[*entra.TokenError](err); ok {
		o := &v.snap.Organization
		b.Facts = append(b.Facts, fact{Name: "Application (client) ID", Value: o.Connection.ClientID.String()}, fact{Name: "Directory (tenant) ID", Value: o.TID.String()})
	}
	return b.returning(s.replyURL(v.snap, asked, refuse(b.code, b.Title).reply()), asked)
}
