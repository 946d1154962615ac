package authserver

import (
	"context"
	"net/http"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream/oauth"
)

// Sources lets people sign in at sources themselves; *wallet.Wallet does.
type Sources interface {
	// Read returns what a link asks for, and its source; NotFound, Invalid or Conflict
	// if the link is no good, or no good any more.
	Read(snap *snapshot.Snapshot, link string) (authorizations.Request, tools.Source, error)
	Source(snap *snapshot.Snapshot, r authorizations.Request) (tools.Source, error)
	// Discover finds the authorization server of a source.
	Discover(ctx context.Context, source tools.Source, r authorizations.Request) (oauth.Server, error)
	Begin(ctx context.Context, snap *snapshot.Snapshot, r authorizations.Request, s oauth.Server) (oauth.SignIn, error)
	Finish(ctx context.Context, snap *snapshot.Snapshot, a wallet.Arrival) error
	// Document is who we say we are to the authorization server of a source.
	Document(snap *snapshot.Snapshot, source tenants.GUID) ([]byte, error)
}

// The paths at which people sign in at sources, in every mode. {source} is an id.
const (
	SourceRequestPath  = "/t/{org}/sources/authorize"
	SourceConsentPath  = "/t/{org}/sources/consent"
	SourceCallbackPath = "/t/{org}/sources/{source}/callback"
	SourceClientPath   = "/t/{org}/sources/{source}/client.json"
)

func (s *Server) sourceRoutes(handle func(pattern string, handler func(http.ResponseWriter, *http.Request))) {
	if s.Sources == nil {
		return
	}
	handle("GET "+SourceRequestPath, s.sourceRequest)
	handle("POST "+SourceRequestPath, s.sourceSignIn)
	handle("POST "+SourceConsentPath, s.sourceConsent)
	handle("GET "+SourceCallbackPath, s.sourceCallback)
	handle("GET "+SourceClientPath, s.sourceClient)
}

// The stages of signing in at a source, which no other authorization comes to.
const (
	sourceEntra    stage = "source_entra"    // the person shows who they are
	sourceAgreeing stage = "source_agreeing" // the page that asks is shown
	sourceAway     stage = "source_away"     // the person signs in at the source
)

// sourceStep is what a step at one of these stages is about.
type sourceStep struct {
	Request authorizations.Request `json:"request"`
	Server  oauth.Server           `json:"server"` // of sourceAgreeing
	SignIn  []byte                 `json:"signIn"` // of sourceAway
}

// atSources says in what goes wrong what to do about it: no app is being connected.
func (s *Server) atSources(do func(visit) error) func(visit) error {
	return func(v visit) error {
		err := do(v)
		if err == nil {
			return nil
		}
		b := *s.setbackOf(v, err)
		if b.Remedy != "" && fault.KindOf(err) != fault.Limited {
			b.Remedy = adviceRepeat
		}
		return &b
	}
}

const adviceRepeat = "Go back to your AI app and repeat what you did there: it is given a new link."

// badLink is the answer to a link that is no good.
func badLink(err error) error {
	switch fault.KindOf(err) { //nolint:exhaustive // the rest are failures of ours
	case fault.NotFound, fault.Invalid:
		return halt(http.StatusBadRequest, "This link cannot be used any more", "It is good for 15 minutes, and for the organization that it was made for.").advise(adviceRepeat).because(err)
	case fault.Conflict:
		return halt(http.StatusConflict, "The source has changed", sentence(fault.Public(err))).advise(adviceRepeat).because(err)
	}
	return err
}

// maxLink is longer than any link of ours.
const maxLink = 8 << 10

// sourceRequest shows what somebody has been sent here for: GET SourceRequestPath.
// Nothing happens yet, however often it is looked at.
func (s *Server) sourceRequest(w http.ResponseWriter, r *http.Request) {
	s.visitAny(w, r, s.atSources(s.showSourceRequest))
}

// sourceContent is which source asks for whom.
type sourceContent struct {
	Action       string
	Link         string // which the form of the first page brings back
	Step         string // which that of the second does
	Source       string
	Host         string
	Organization string
	Person       authorizations.Person
	At           string // host at which people sign in
	Redeemer     string // host that gets what comes of it: whoever claims the page of another as its own is told by it
	Scopes       []string
}

func (s *Server) showSourceRequest(v visit) error {
	p, err := parametersIn(v.r.URL.RawQuery)
	if err != nil {
		return badLink(err)
	}
	link, err := p.one("request", maxLink)
	if err != nil {
		return badLink(fault.Wrap(fault.Invalid, "the link is not one of ours", err))
	}
	_, source, err := s.Sources.Read(v.snap, link)
	if err != nil {
		return badLink(err)
	}
	c := s.sourceContent(v, source)
	c.Action, c.Link = s.issuer(v.snap.Organization.Slug)+"/sources/authorize", link
	s.show(v.w, v.r, page{Status: http.StatusOK, Name: "sourcefirst", Title: "Sign in to use " + source.Title, Posts: []string{"'self'", "https:", policySource(v.snap.AuthorizeURL)}, Content: c})
	return nil
}

func (s *Server) sourceContent(v visit, of tools.Source) sourceContent {
	return sourceContent{Source: of.Title, Host: hostOf(of.URL), Organization: v.snap.Organization.Name}
}

// sourceSignIn has the person show who they are: POST SourceRequestPath. The link is
// for one person, and whoever opens it may be another.
func (s *Server) sourceSignIn(w http.ResponseWriter, r *http.Request) {
	s.visitAny(w, r, s.atSources(s.beginAtSource))
}

func (s *Server) beginAtSource(v visit) error {
	p, err := s.answerIn(v)
	if err != nil {
		return err
	}
	link, err := p.one("request", maxLink)
	if err != nil {
		return badForm(err)
	}
	request, _, err := s.Sources.Read(v.snap, link)
	if err != nil {
		return badLink(err)
	}
	if err := s.Limits.AdmitKept(v.snap.Organization.ID, addressOf(v.r)); err != nil {
		return err
	}
	return s.identify(v, step{Browser: s.mark(v), Source: &sourceStep{Request: request}}, entra.NoPrompt)
}

// identify sends the person to the organization's own Entra tenant.
func (s *Server) identify(v visit, st step, prompt entra.Prompt) error {
	st.Stage, st.Who = sourceEntra, arrival{}
	st.Handshake = entra.NewHandshake(v.snap.Organization.TID)
	to, err := s.Entra.Begin(v.snap, entra.SignIn{Handshake: st.Handshake, Prompt: prompt})
	if err != nil {
		return err
	}
	if err := s.keepAs(v, st.Handshake.State, st); err != nil {
		return err
	}
	v.redirect(to)
	return nil
}
