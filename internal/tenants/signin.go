package tenants

import (
	"cmp"
	"time"
)

// SignIn is how people sign in to an organization's endpoints, and whose access
// tokens are good there.
type SignIn struct {
	Mode              AuthMode
	AcceptEntraTokens bool      // with Brokered: Entra's own tokens of listed clients are good too
	UnknownClients    Admission // with Brokered: clients that are not listed
}

// SignIn returns how people sign in.
func (o Organization) SignIn() SignIn {
	return SignIn{Mode: o.Mode, AcceptEntraTokens: o.AcceptEntraTokens, UnknownClients: cmp.Or(o.UnknownClients, Refuse)}
}

// SetSignIn changes how people sign in. Where that changes whose access tokens are
// good, those that were issued before now stay good until they expire, unless CutOff
// follows. What is so already changes nothing.
func (o *Organization) SetSignIn(s SignIn, now time.Time) {
	before := o.SignIn()
	if s == before {
		return
	}
	o.Mode, o.AcceptEntraTokens, o.UnknownClients = s.Mode, s.AcceptEntraTokens, s.UnknownClients
	if s.tokens() != before.tokens() {
		o.ModeSince = now.UTC().Truncate(time.Microsecond) // as a database keeps it
	}
}

// CutOff refuses at once what was issued before the last switch, and whatever AI apps
// were given here, also where nothing is switched: whoever keeps the organization ends
// that for good.
func (o *Organization) CutOff() { o.ModeSince, o.cutsOff = time.Time{}, true }

// CutsOff reports whether CutOff was called since the organization was read.
func (o Organization) CutsOff() bool { return o.cutsOff }

// tokens is whose access tokens are good: ours, and Entra's. Facade and Direct
// differ in documents only, so that going from one to the other brings back nothing
// that was cut off.
func (s SignIn) tokens() [2]bool {
	ours := s.Mode == Brokered
	return [2]bool{ours, !ours || s.AcceptEntraTokens}
}
