package authserver

import (
	"context"
	"log/slog"
	"net/http"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// StepUps is where stronger sign-ins lead.
type StepUps interface {
	// Keep keeps Entra's refresh token of a stronger sign-in for calls of the same person
	// with the same AI app. It is NotFound where that app is not connected any more.
	Keep(ctx context.Context, snap *snapshot.Snapshot, u StepUp, token entra.RefreshToken) error
	// Over tells the AI app that its person is done, where it can be told.
	Over(ctx context.Context, snap *snapshot.Snapshot, by authz.Caller, u StepUp) error
}

// StepUpPath is where people sign in more strongly, in every mode.
const StepUpPath = "/t/{org}/step-up"

// stepUpEntra is the stage at which somebody signs in more strongly.
const stepUpEntra stage = "step_up_entra"

func (s *Server) stepUpRoutes(handle func(pattern string, handler func(http.ResponseWriter, *http.Request))) {
	if s.StepUps == nil {
		return
	}
	handle("GET "+StepUpPath, s.stepUp)
	handle("POST "+StepUpPath, s.stepUpSignIn)
}

// stepUpURL is where a link is good.
func (s *Server) stepUpURL(org tenants.Slug) string { return s.issuer(org) + "/step-up" }

// stepUp shows what somebody has been sent here for: GET StepUpPath. Nothing happens
// yet, however often it is looked at.
func (s *Server) stepUp(w http.ResponseWriter, r *http.Request) {
	s.visitAny(w, r, s.atSources(s.showStepUp))
}

// stepUpContent is which app made the call, and where.
type stepUpContent struct {
	Action       string
	Link         string
	App          string // as it calls itself
	Software     string // as administrators know it
	Organization string
}

func (s *Server) showStepUp(v visit) error {
	p, err := parametersIn(v.r.URL.RawQuery)
	if err != nil {
		return badLink(err)
	}
	link, err := p.one("request", maxLink)
	if err != nil {
		return badLink(fault.Wrap(fault.Invalid, "the link is not one of ours", err))
	}
	u, err := readStepUp(v.snap.Key, link, s.Now())
	if err != nil {
		return badLink(err)
	}
	if err := s.unused(v, u); err != nil {
		return err
	}
	c := stepUpContent{Action: s.stepUpURL(v.snap.Organization.Slug), Link: link, Software: u.Client, Organization: v.snap.Organization.Name}
	if c.App, err = s.appOf(v, u); err != nil {
		return err
	}
	s.show(v.w, v.r, page{Status: http.StatusOK, Name: "stepup", Title: "Sign in as " + c.Organization + " requires", Posts: []string{"'self'", "https:", policySource(v.snap.AuthorizeURL)}, Content: c})
	return nil
}

// appOf is the name of the app that made the call; empty: only Entra knows it.
func (s *Server) appOf(v visit, u StepUp) (string, error) {
	if u.Connection.IsZero() {
		return v.snap.ClientName(u.Client), nil
	}
	c, err := s.Store.Connection(v.r.Context(), v.snap.Organization.ID, u.Connection)
	if err != nil {
		return "", disconnected(err)
	}
	return connections.ShownName(c.Name), nil
}

// disconnected is the answer where the app of the call has been cut off since.
func disconnected(err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return halt(http.StatusConflict, "This AI app is not connected any more", "You or an administrator have disconnected it since it made the call.").advise(adviceRetry).because(err)
}

// stepUpSignIn sends the person to Entra with what is wanted of them: POST StepUpPath.
func (s *Server) stepUpSignIn(w http.ResponseWriter, r *http.Request) {
	s.visitAny(w, r, s.atSources(s.beginStepUp))
}

func (s *Server) beginStepUp(v visit) error {
	p, err := s.answerIn(v)
	if err != nil {
		return err
	}
	link, err := p.one("request", maxLink)
	if err != nil {
		return badForm(err)
	}
	action, err := p.one("action", maxOnceText)
	if err != nil {
		return badForm(err)
	}
	u, err := readStepUp(v.snap.Key, link, s.Now())
	if err != nil {
		return badLink(err)
	}
	if err := s.Limits.AdmitKept(v.snap.Organization.ID, addressOf(v.r)); err != nil {
		return err
	}
	prompt := entra.NoPrompt
	if action == another {
		prompt = entra.SelectAccount
	}
	st := step{Stage: stepUpEntra, Browser: s.mark(v), StepUp: &u, Handshake: entra.NewHandshake(v.snap.Organization.TID)}
	to, err := s.Entra.Begin(v.snap, entra.SignIn{Handshake: st.Handshake, Prompt: prompt, Claims: u.Claims})
	if err != nil {
		return err
	}
	if err := s.keepAs(v, st.Handshake.State, st); err != nil {
		return err
	}
	v.redirect(to)
	return nil
}

// tellOver tells the AI app that its person is back. That it cannot be told costs a
// repetition by hand.
func (s *Server) tellOver(v visit, by authz.Caller, u StepUp) {
	if err := s.StepUps.Over(v.r.Context(), v.snap, by, u); err != nil {
		s.Logger.LogAttrs(v.r.Context(), slog.LevelWarn, "an AI app is not told that its person has signed in", slog.String(telemetry.LogOrg, by.Org().String()), telemetry.Err(err))
	}
}
