package authserver

import (
	"net/http"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
)

// stepUpOnce is what remains of a link that was used.
var stepUpOnce = onceKind{"used step-up link", StepUpLife}

// errStepUpUsed is the answer to whoever comes back with a link for the second time.
var errStepUpUsed = halt(http.StatusBadRequest, "This link has been used already", "It is good for one sign-in, whatever came of that.").advise(adviceRepeat)

// proven keeps what Entra gives to somebody who has signed in as a link wants it, if
// they are whom the link was made for. The log has it before anything is kept.
func (s *Server) proven(v visit, st step, p parameters) error {
	person, tokens, err := s.finish(v, st.Handshake, p)
	if err != nil {
		s.noteFailure(v, err)
		return err
	}
	who := arrival{
		TID: person.TID, At: s.Now(),
		Person: connections.Person{OID: person.OID, Name: person.Name, Username: person.Username, Guest: person.Guest},
	}
	if err := s.isPerson(v, who, st.StepUp.Person, "step_up_of_another"); err != nil {
		return err
	}
	if tokens.Refresh.IsZero() {
		return fault.New(fault.Upstream, "Microsoft Entra ID gave nothing to go on with; an administrator can check that the app registration may ask for offline_access")
	}
	u := *st.StepUp
	if err := s.useUp(v, u); err != nil {
		return err
	}
	id := s.visitor(v, who)
	id.Client, id.AuthContexts = u.Client, person.AuthContexts
	by := authz.Actor(id)
	err = s.Log.Event(v.r.Context(), by, audit.Event{
		Kind: audit.Authentication, Endpoint: v.r.URL.Path, Source: addressOf(v.r), Target: s.endpointURL(v.snap.Organization.Slug, u.Toolset),
		Reason: "stepped_up", Detail: u.Claims, Outcome: audit.OK, Policy: v.snap.Version,
	})
	if err != nil {
		return err
	}
	if err := s.StepUps.Keep(v.r.Context(), v.snap, u, tokens.Refresh); err != nil {
		return disconnected(err)
	}
	s.tellOver(v, by, u)
	s.show(v.w, v.r, page{Status: http.StatusOK, Name: "last", Title: "You are signed in as required", Content: lastContent{
		Text: "Go back to your AI app and repeat what you did there, or answer that you are done. You can close this page.",
	}})
	return nil
}

// unused refuses a link that was used: nobody should sign in for nothing.
func (s *Server) unused(v visit, u StepUp) error {
	key, _ := stepUpOnce.place(u.ID.String())
	used, err := s.OneTime.HasOneTime(v.r.Context(), key)
	if err == nil && used {
		return errStepUpUsed
	}
	return err
}

// useUp lets a link be used once, on whichever replica.
func (s *Server) useUp(v visit, u StepUp) error {
	err := s.putOnce(v.r.Context(), v.snap, stepUpOnce, u.ID.String(), struct{}{})
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return errStepUpUsed
	}
	return err
}
