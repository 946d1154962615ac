package console

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// SignInSettings is how people sign in to the endpoints.
type SignInSettings struct {
	Mode              tenants.AuthMode  `json:"mode" enum:"brokered,facade,direct" doc:"There are two choices. Gatehouse signs people in (brokered): any AI app can connect without an app registration of its own, and Gatehouse sends its people to Entra; organizations begin so, and with the shared app this is the only mode. Entra signs people in (facade and direct): each AI app has an app registration in your directory and gets its access tokens from Entra. The two accept the same tokens: direct sends apps to Entra as it is, which Visual Studio Code and Microsoft's own apps understand; facade describes Entra in a document of Gatehouse's to apps that need to read more than Entra says about itself. choice says what Entra's sign-in logs and Conditional Access see."`
	AcceptEntraTokens bool              `json:"acceptEntraTokens" doc:"With brokered: whether access tokens that AI apps and applications got from Entra are accepted too, of those that are listed as clients. Applications on their own behalf have no others, unless an admin has registered them as agents. In the other modes no others are."`
	UnknownClients    tenants.Admission `json:"unknownClients" enum:"refuse,admit" doc:"With brokered: what becomes of AI apps that are not listed as clients. refuse: whoever wants to connect one reads that an admin has to approve it first. admit: each person decides for themselves. In the other modes they are refused."`
}

// OrganizationSignIn is how people sign in now.
type OrganizationSignIn struct {
	SignInSettings
	Choice SignInChoice `json:"choice" readOnly:"true" doc:"Which of the two choices the mode is."`

	Since *time.Time `json:"since,omitempty" readOnly:"true" doc:"When that last changed whose access tokens are accepted: those that were issued before are good until they expire. Absent: it never did, or they are cut off."`
}

// SignInChange is how people are to sign in. What the other modes do not look at is
// said with brokered only, and may be left out with them.
type SignInChange struct {
	SignInSettings
	CutOff bool `json:"cutOff,omitempty" doc:"Access tokens issued before the switch are refused at once, with the switch or later; and whatever AI apps were given by Gatehouse ends for good, also without a switch: everybody has to sign in again in each app. Absent: access tokens are good until they expire, Entra's for an hour or so, Gatehouse's for minutes, and apps go on once the organization is brokered again."`

	said map[string]json.RawMessage
}

// ofBrokered are the members that brokered needs and the other modes do not look at.
var ofBrokered = []string{"acceptEntraTokens", "unknownClients"}

// UnmarshalJSON also notes which settings are said.
func (s *SignInChange) UnmarshalJSON(text []byte) error {
	type plain SignInChange
	if err := json.Unmarshal(text, (*plain)(s)); err != nil {
		return err
	}
	return json.Unmarshal(text, &s.said)
}

// says reports whether a member is there; null is none.
func (s *SignInChange) says(name string) bool {
	value, there := s.said[name]
	return there && string(value) != "null"
}

// TransformSchema says which members may be left out.
func (*SignInChange) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Required = slices.DeleteFunc(s.Required, func(name string) bool { return slices.Contains(ofBrokered, name) })
	s.Description = "acceptEntraTokens and unknownClients are required with brokered. In the other modes, which do not look at them, they may be left out, and stay as they are."
	return s
}

// check refuses a change to brokered that does not say everything.
func (s *SignInChange) check() error {
	if s == nil || s.Mode != tenants.Brokered {
		return nil
	}
	var missing []access.Problem
	for _, name := range ofBrokered {
		if !s.says(name) {
			missing = append(missing, access.Problem{Path: "signIn." + name, Message: "is missing; with brokered it has to be said"})
		}
	}
	return access.Refuse(missing)
}

func signInOf(o tenants.Organization) OrganizationSignIn {
	s := o.SignIn()
	return OrganizationSignIn{SignInSettings{s.Mode, s.AcceptEntraTokens, s.UnknownClients}, choiceOf(o), instant(o.ModeSince)}
}

// change lets people sign in so.
func (s *SignInChange) change(o *tenants.Organization, now time.Time) {
	next := tenants.SignIn{Mode: s.Mode, AcceptEntraTokens: s.AcceptEntraTokens, UnknownClients: s.UnknownClients}
	present := o.SignIn()
	if !s.says("acceptEntraTokens") {
		next.AcceptEntraTokens = present.AcceptEntraTokens
	}
	if !s.says("unknownClients") {
		next.UnknownClients = present.UnknownClients
	}
	o.SetSignIn(next, now)
	if s.CutOff {
		o.CutOff()
	}
}
