package entra

import (
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// Person is somebody who signed in. The key of a person is (TID, OID); names
// are for display and never decide anything.
type Person struct {
	TID          tenants.TID
	OID          tenants.GUID
	Name         string
	Username     string
	Guest        bool           // their account is at home in another directory
	WIDs         []tenants.GUID // active directory roles, by template; nil: the token does not say, Graph knows
	Groups       GroupClaim
	AppRoles     []string  // of the console app, such as Platform.Operator
	AuthContexts []string  // authentication contexts that this sign-in satisfied
	AuthTime     time.Time // when they proved who they are; zero: the token does not say
	Session      string    // "sid": their session at Entra; empty if the token has none
	IssuedAt     time.Time
}

func (c *claims) person(in Authority) Person {
	p := Person{
		TID: c.tid, OID: c.oid, Name: printable(c.name), Username: printable(c.preferred), Guest: c.fromElsewhere(in),
		Groups: c.groupClaim(), AppRoles: clones(c.roles), AuthContexts: clones(c.acrs),
		Session: strings.Clone(c.sid), IssuedAt: time.Unix(c.iat, 0).UTC(),
	}
	if c.says(hasWIDs) {
		p.WIDs = append([]tenants.GUID{}, c.wids...)
	}
	if c.says(hasAuthTime) {
		p.AuthTime = time.Unix(c.authTime, 0).UTC()
	}
	return p
}
