package authserver

import (
	"net/http"
	"net/url"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools/upstream/oauth"
)

// sourceCallback takes what the authorization server of a source answers: GET
// SourceCallbackPath. It counts only together with a state that this browser began
// with for this person and source, and only once.
func (s *Server) sourceCallback(w http.ResponseWriter, r *http.Request) {
	s.visitAny(w, r, s.atSources(s.returnFromSource))
}

func badReturn(cause error) error {
	return halt(http.StatusBadRequest, "This is no answer to a sign-in of ours", "The link that brought you here is incomplete, or belongs to another source.").advise(adviceRepeat).because(cause)
}

func (s *Server) returnFromSource(v visit) error {
	p, err := parametersIn(v.r.URL.RawQuery)
	if err != nil {
		return badReturn(err)
	}
	state, err := p.one("state", maxOnceText)
	if err != nil {
		return badReturn(err)
	}
	st, err := s.take(v, state, sourceAway)
	if err != nil {
		return err
	}
	if v.r.PathValue("source") != st.Source.Request.Source.String() {
		return badReturn(nil)
	}
	if err := s.isMeant(v, st); err != nil {
		return err
	}
	return s.keepSource(v, st, url.Values(p))
}

// keepSource keeps what a person has brought back, and tells them what to do next.
func (s *Server) keepSource(v visit, st step, answer url.Values) error {
	var in oauth.SignIn
	if err := in.UnmarshalBinary(st.Source.SignIn); err != nil {
		return err
	}
	source, err := s.Sources.Source(v.snap, st.Source.Request)
	if err != nil {
		return badLink(err)
	}
	id := s.visitor(v, st.Who)
	err = s.Sources.Finish(v.r.Context(), v.snap, wallet.Arrival{
		By: authz.Actor(id), Request: st.Source.Request, SignIn: in, Answer: answer,
		Person: authorizations.Person{OID: st.Who.Person.OID, Name: st.Who.Person.Name, Username: st.Who.Person.Username},
	})
	switch {
	case fault.KindOf(err) == fault.Forbidden && err != nil:
		event := declining(v, "source "+source.ID.String(), "source_sign_in_declined")
		if unrecorded := s.Log.Event(v.r.Context(), authz.Actor(id), event); unrecorded != nil {
			return unrecorded
		}
		return halt(http.StatusForbidden, source.Title+" gave nothing", sentence(fault.Public(err))).advise(adviceRepeat).because(err).onRecord()
	case err != nil:
		return err
	}
	s.show(v.w, v.r, page{Status: http.StatusOK, Name: "last", Title: "You are signed in to " + source.Title, Content: lastContent{
		Text: "Go back to your AI app and repeat what you did there, or answer that you are done. You can close this page.",
	}})
	return nil
}

// sourceClient says who we are to the authorization server of a source: GET
// SourceClientPath.
func (s *Server) sourceClient(w http.ResponseWriter, r *http.Request) {
	document, err := s.clientDocument(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(document) //nolint:gosec // JSON of ours, named as such
}

func (s *Server) clientDocument(r *http.Request) ([]byte, error) {
	snap, err := s.anyOrganization(r)
	if err != nil {
		return nil, err
	}
	if err := s.Limits.Admit(snap.Organization.ID, addressOf(r)); err != nil {
		return nil, err
	}
	source, err := tenants.ParseGUID(r.PathValue("source"))
	if err != nil {
		return nil, fault.New(fault.NotFound, "there is no such source")
	}
	return s.Sources.Document(snap, source)
}
