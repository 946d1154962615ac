package authserver

import (
	"context"
	"net/http"
	"slices"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
)

// stage is how far an authorization has come.
type stage string

// The stages.
const (
	asking   stage = "asking"   // the first page is shown
	atEntra  stage = "at_entra" // the person signs in
	agreeing stage = "agreeing" // the second page is shown
)

// step is an authorization under way. It belongs to one browser.
type step struct {
	Stage     stage           `json:"stage"`
	Browser   [32]byte        `json:"browser"` // hash of the browser's own secret
	Ends      time.Time       `json:"ends"`    // when it is of no use any more
	Asked     authorization   `json:"asked"`
	Handshake entra.Handshake `json:"handshake"` // of atEntra
	Who       arrival         `json:"who"`       // of agreeing, and of the stages of sources from sourceAgreeing
	Source    *sourceStep     `json:"source,omitempty"`
	StepUp    *StepUp         `json:"stepUp,omitempty"` // of stepUpEntra
	Answer    *verdict        `json:"answer,omitempty"` // of answering and answered
}

// keep keeps a step and returns the text that its page shows.
func (s *Server) keep(v visit, st step) (string, error) {
	text := onceText()
	return text, s.keepAs(v, text, st)
}

// keepAs keeps a step for whoever shows a text.
func (s *Server) keepAs(v visit, text string, st step) error {
	st.Ends = s.Now().Add(stepOnce.life)
	return s.lay(v.r.Context(), v, text, st)
}

// lay puts a step where its text leads, until it ends.
func (s *Server) lay(ctx context.Context, v visit, text string, st step) error {
	return s.putUntil(ctx, v.snap, stepOnce, text, st.Ends, st)
}

// take returns the step that a text stands for, once, to the browser it belongs to.
func (s *Server) take(v visit, text string, at ...stage) (step, error) {
	st, err := s.pick(v, text)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return step{}, errGone
	case err != nil:
		return step{}, err
	case !slices.Contains(at, st.Stage):
		return step{}, s.leave(v, text, st, errGone)
	}
	return st, nil
}

// errGone is the answer to a page or a link that is over.
var errGone = halt(http.StatusBadRequest, "This page cannot be used any more",
	"It is good once, for ten minutes, and for the organization that it was made for. What was decided on it before still stands.").advise(adviceRetry)

// pick returns the step that a text stands for, and removes it. Where it belongs to
// another browser it stays: whoever has only seen the text cannot use it up.
func (s *Server) pick(v visit, text string) (step, error) {
	var st step
	if err := s.takeOnce(v.r.Context(), v.snap, stepOnce, text, &st); err != nil {
		return step{}, err
	}
	if !s.isMarked(v, st.Browser) {
		return step{}, s.leave(v, text, st, halt(http.StatusForbidden, "This was begun in another browser",
			"The browser that began connecting has to finish it, with cookies allowed. "+
				"If somebody sent you here, they may be trying to connect an app of theirs with your account.").advise(adviceRetry))
	}
	return st, nil
}

// leave puts a step back as it was, and returns why.
func (s *Server) leave(v visit, text string, st step, why error) error {
	err := s.lay(context.WithoutCancel(v.r.Context()), v, text, st)
	if err != nil && fault.KindOf(err) != fault.Conflict { // a conflict: there is a later one
		return err
	}
	return why
}
