package keys

import (
	"context"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Issuer is the platform as an issuer of assertions that app registrations trust
// by a federated credential (Microsoft, "Workload identity federation"). Its key
// set is used for nothing else.
type Issuer struct {
	ring *Ring
	base string
	now  func() time.Time
}

// NewIssuer returns the issuer of a deployment. base is its public origin,
// without a trailing slash; assertions are dated by now, which Entra's clock has to be near.
func NewIssuer(ring *Ring, base string, now func() time.Time) (*Issuer, error) {
	if ring == nil || now == nil || base == "" || base[len(base)-1] == '/' {
		return nil, errors.New("create federation issuer: a key ring, a clock and an origin without trailing slash are all required")
	}
	return &Issuer{ring: ring, base: base, now: now}, nil
}

// URL is "iss" of the assertions, as a federated credential must name it,
// character for character.
func (i *Issuer) URL() string { return i.base + federationPath }

// assertionLife is how long an assertion is good for. It is used at once; Entra
// allows for clocks that differ by itself.
const assertionLife = 5 * time.Minute

// Mint returns what makes assertions that stand for an organization's own app at
// its token endpoint, each for one use: another "jti" every time, good for five
// minutes. It is for package entra, which asks for the audience of the cloud it
// is about to send the assertion to; another audience is refused, so that an
// assertion is never good elsewhere.
//
// An organization of the shared app, or one whose connection has no id, is
// Invalid: its subject would not be its own.
func (i *Issuer) Mint(o *tenants.Organization) (func(ctx context.Context, audience string) (string, error), error) {
	if o.ID.IsZero() || o.Connection.ID.IsZero() {
		return nil, fault.New(fault.Invalid, "connection: id is missing; an assertion needs a subject of its own")
	}
	if err := tenants.CheckCredential(o.Connection.Model, tenants.PlatformIssuer); err != nil {
		return nil, err
	}
	subject, wanted := o.Connection.FederatedSubject(o.ID), o.Connection.Cloud.TokenExchangeAudience()
	return func(ctx context.Context, audience string) (string, error) {
		if wanted == "" || audience != wanted {
			return "", fault.Newf(fault.Internal, "an assertion for the cloud %s was asked for another audience", o.Connection.Cloud)
		}
		return i.assertion(ctx, subject, audience)
	}, nil
}

func (i *Issuer) assertion(ctx context.Context, subject, audience string) (string, error) {
	now := i.now()
	return i.ring.Sign(ctx, Federation, struct {
		Issuer   string           `json:"iss"`
		Subject  string           `json:"sub"`
		Audience string           `json:"aud"`
		ID       string           `json:"jti"`
		IssuedAt *jwt.NumericDate `json:"iat"`
		Begins   *jwt.NumericDate `json:"nbf"`
		Expires  *jwt.NumericDate `json:"exp"`
	}{i.URL(), subject, audience, uuid.NewString(), jwt.NewNumericDate(now), jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(assertionLife))})
}
