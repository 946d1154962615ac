package connections

import (
	"time"

	"gatehouse/internal/tenants"
)

// Connection is one person's authorization of one client: it can be revoked as a
// whole. A person who agrees to the same client again renews it.
type Connection struct {
	ID       tenants.GUID
	Person   Person
	Client   string    // "client_id"
	Software string    // see Client
	Name     string    // of the client, as it was agreed to
	Host     string    // see Client
	Proves   bool      // see Client
	Redirect string    // host, or scheme, that the answer went to
	Agreed   [32]byte  // of the client, endpoint and scopes as they were agreed to; zero: it is asked about every time
	Entra    []byte    // Entra's refresh token, encrypted for EntraLabel(ID); nil: there is none, or it is no use any more
	EntraAt  time.Time // when Entra gave that, or refused to go on with it: its last word on the person
	MadeAt   time.Time
	UsedAt   time.Time
}

// Withdrawn reports whether Entra has refused to go on with what it gave at the
// last sign-in: the person may be gone, disabled, or has to sign in again.
func (c Connection) Withdrawn() bool { return c.Entra == nil && !c.EntraAt.IsZero() }

// ConfirmAfter is how old Entra's last word on a person may be when a client
// refreshes: then Entra is asked again. Entra's own access tokens last an hour or so,
// so that whoever is disabled there loses access here no later than with a client
// that gets its tokens from Entra.
const ConfirmAfter = time.Hour

// Unconfirmed reports whether Entra is to be asked again, and can be.
func (c Connection) Unconfirmed(now time.Time) bool {
	return c.Entra != nil && !now.Before(c.EntraAt.Add(ConfirmAfter))
}

// Answer is what Entra says to its refresh token of a connection.
type Answer struct {
	Shown time.Time // EntraAt of the token that Entra was shown
	Entra []byte    // the next one, encrypted for EntraLabel of the connection; nil: Entra refuses to go on
	Who   *Person   // as Entra describes them now; nil: it does not
}

// Person is whose a connection is, as Entra said last.
type Person struct {
	OID      tenants.GUID
	Name     string
	Username string
	Guest    bool
}

// Grant is what a client goes on with: a family of refresh tokens of which one is
// good. It is for one endpoint.
type Grant struct {
	ID         tenants.GUID
	Connection tenants.GUID
	Toolset    string   // whose endpoint it is for; empty: the organization's
	Scopes     []string // short names
	Contexts   []string // authentication contexts that the sign-in satisfied; see ContextsAt
	Generation int      // of the refresh token that is good, from 1
	RotatedAt  time.Time
	MadeAt     time.Time
	EndsAt     time.Time
	Unasked    bool // of a new one: its person had agreed to the same before and was not asked again; nothing but its record says so
}

// How long a grant lasts: after its last use, and at most.
const (
	IdleLife     = 30 * 24 * time.Hour
	AbsoluteLife = 90 * 24 * time.Hour
)

// ContextsLife is for how long a sign-in satisfies authentication contexts. How often
// somebody has to prove themselves anew is Conditional Access's to say, which hears of
// no refresh here: an hour is its shortest frequency but "every time", and about as
// long as Entra's own access tokens carry a context.
const ContextsLife = time.Hour

// ContextsAt returns the authentication contexts that the sign-in still satisfies.
func (g Grant) ContextsAt(now time.Time) []string {
	if !now.Before(g.MadeAt.Add(ContextsLife)) {
		return nil
	}
	return g.Contexts
}

// Grace is how long the refresh token before the good one still returns the good
// one, to the same client: an answer that got lost is asked for again.
const Grace = 30 * time.Second

// MaxGrants is how many grants one connection keeps; the one unused longest makes
// room. A client that signs in again leaves its last one behind.
const MaxGrants = 20

// Over reports whether a grant has ended by itself.
func (g Grant) Over(now time.Time) bool {
	return !now.Before(g.EndsAt) || !now.Before(g.RotatedAt.Add(IdleLife))
}
