package authserver

import (
	"encoding/json"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// StepUp is that somebody's call needs a stronger sign-in to Entra, as the link says it
// that they are given. It is for them and nobody else, and for the AI app of that call.
type StepUp struct {
	ID         tenants.GUID `json:"id"` // of the link
	Person     tenants.GUID `json:"person"`
	Client     string       `json:"client"`               // of their token, as administrators know it
	Connection tenants.GUID `json:"connection,omitzero"`  // of a token of ours; zero for Entra's
	Place      string       `json:"place,omitempty"`      // where what comes of it is kept, for a token of Entra's
	Toolset    string       `json:"toolset,omitempty"`    // whose endpoint it came to; empty: the organization's
	Claims     string       `json:"claims"`               // that the sign-in has to satisfy: JSON, which Entra gets as it is
	Session    tenants.GUID `json:"session,omitzero"`     // that hears when it is done; zero: none
	Opened     time.Time    `json:"opened,omitzero"`      // the session
	Told       tenants.GUID `json:"elicitation,omitzero"` // as which it hears of it
}

// StepUpLife is how long a link is good.
const StepUpLife = 15 * time.Minute

// stepUpBinding keeps these links apart from those to sources.
var stepUpBinding = []byte("step-up")

// Link returns the text of a link: it says nothing to whoever has no key of the
// organization. Claims that no link carries are Upstream.
func (u StepUp) Link(key *secrets.OrgKey, now time.Time) (string, error) {
	payload, err := json.Marshal(u)
	if err != nil {
		return "", err
	}
	if len(payload) > key.Links().MaxPayload() {
		return "", fault.New(fault.Upstream, "more claims are wanted than a link carries")
	}
	return key.Links().Encrypt(stepUpBinding, payload, now, now.Add(StepUpLife))
}

// readStepUp returns what a link of the organization says. One that is altered, expired
// or another organization's is NotFound or Invalid.
func readStepUp(key *secrets.OrgKey, text string, now time.Time) (StepUp, error) {
	payload, err := key.Links().Open(stepUpBinding, text, now)
	if err != nil {
		return StepUp{}, err
	}
	var u StepUp
	if err := json.Unmarshal(payload, &u); err != nil {
		return StepUp{}, fault.Wrap(fault.Internal, "the link cannot be read", err)
	}
	return u, nil
}
