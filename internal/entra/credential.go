package entra

import (
	"context"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
)

// Credential proves to a token endpoint that we are an app. Implementations may
// be used concurrently, print as dots, and keep what they prove with to
// themselves.
type Credential interface {
	// Apply adds the proof to a request for that token endpoint whose client_id
	// is set: client_secret, or client_assertion and its type. A fault says why
	// there is no proof now.
	Apply(ctx context.Context, endpoint string, form url.Values) error
}

// assertionType is what a client assertion says of itself (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

func applyAssertion(form url.Values, assertion string) {
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", assertion)
}

// secretCredential is a client secret.
type secretCredential struct{ Secret }

// SecretCredential proves with a client secret. An empty one, or one that was
// copied with blanks around it, is Invalid.
func SecretCredential(s Secret) (Credential, error) {
	if s.IsZero() || strings.TrimSpace(s.text) != s.text {
		return nil, fault.New(fault.Invalid, "client secret: is empty or has blanks around it; use the secret's value, not its id")
	}
	return &secretCredential{s}, nil
}

// Apply implements Credential.
func (c *secretCredential) Apply(_ context.Context, _ string, form url.Values) error {
	form.Set("client_secret", c.text)
	return nil
}

// Mint makes a signed assertion of the platform as an issuer for one audience:
// a JWT of one connection's subject, fresh and good for five minutes at most.
type Mint func(ctx context.Context, audience string) (string, error)

// issuerCredential is the platform as an issuer.
type issuerCredential struct {
	mint     Mint
	audience string
}

// PlatformIssuerCredential proves with assertions that the platform signs
// itself, for a federated credential that trusts it as an issuer (Microsoft,
// "Workload identity federation"). The audience is the token exchange of that
// cloud and nothing else; the assertion goes to the token endpoint only.
func PlatformIssuerCredential(mint Mint, in Authority) Credential {
	return &issuerCredential{mint, in.TokenExchangeAudience()}
}

// Apply implements Credential.
func (c *issuerCredential) Apply(ctx context.Context, _ string, form url.Values) error {
	assertion, err := c.mint(ctx, c.audience)
	if err != nil {
		return fault.Wrap(fault.KindOf(err), "the platform could not sign the assertion that proves it to Microsoft Entra ID", err)
	}
	if !isCompact(assertion) {
		return fault.New(fault.Internal, "the platform's assertion is not a signed JWT")
	}
	applyAssertion(form, assertion)
	return nil
}

// String implements fmt.Stringer.
func (*issuerCredential) String() string { return dots }

// isCompact reports whether a text could be a signed JWT of a sane size.
func isCompact(text string) bool {
	_, ok := cut(text)
	return ok && len(text) <= maxToken
}
