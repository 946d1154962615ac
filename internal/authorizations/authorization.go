package authorizations

import (
	"time"

	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// Authorization is what one person has let Gatehouse do for them at one source.
type Authorization struct {
	ID         tenants.GUID
	Person     Person
	Source     tenants.GUID
	Credential tenants.GUID // of the source, as it was when they agreed
	Issuer     string       // authorization server that they have signed in at
	Scopes     []string     // that it has granted
	Kept       []byte       // tokens and what renewing them takes, encrypted for Label(ID)
	Generation int          // of Kept, from 1
	MadeAt     time.Time
	RenewedAt  time.Time // when Kept was put there
}

// Person is whose an authorization is, as Entra said when they agreed.
type Person struct {
	OID      tenants.GUID `json:"oid"`
	Name     string       `json:"name"`
	Username string       `json:"username"`
}

// Life is how long an authorization lasts that is not renewed.
const Life = 90 * 24 * time.Hour

// Over reports whether an authorization has ended by itself.
func (a Authorization) Over(now time.Time) bool { return !now.Before(a.RenewedAt.Add(Life)) }

// Label is what is kept of an authorization is encrypted for.
func Label(authorization tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "authorization at a source", ID: authorization.String()}
}

// ClientLabel is what a registration at the authorization server of a source is
// encrypted for.
func ClientLabel(credential tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "registration at a source", ID: credential.String()}
}
