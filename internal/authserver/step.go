package authserver

import (
	"net/http"
	"slices"

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
	Asked     authorization   `json:"asked"`
	Handshake entra.Handshake `json:"handshake"` // of atEntra
	Who       arrival         `json:"who"`       // of agreeing, and of the stages of sources from sourceAgreeing
	Source    *sourceStep     `json:"source,omitempty"`
}

// keep keeps a step and returns the text that its page shows.
func (s *Server) keep(v visit, st step) (string, error) {
	text := onceText()
	return text, s.putOnce(v.r.Context(), v.snap, stepOnce, text, st)
}

// take returns the step that a text stands for, once, to the browser it belongs to.
func (s *Server) take(v visit, text string, at ...stage) (step, error) {
	var st step
	err := s.takeOnce(v.r.Context(), v.snap, stepOnce, text, &st)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound, err == nil && !slices.Contains(at, st.Stage):
		return step{}, halt(http.StatusBadRequest, "This page cannot be used any more",
			"It is good once, for ten minutes, and for the organization that it was made for.").advise(adviceRetry).because(err)
	case err != nil:
		return step{}, err
	case !s.isMarked(v, st.Browser):
		return step{}, halt(http.StatusForbidden, "This was begun in another browser",
			"The browser that began connecting has to finish it, with cookies allowed. "+
				"If somebody sent you here, they may be trying to connect an app of theirs with your account.").advise(adviceRetry)
	}
	return st, nil
}
