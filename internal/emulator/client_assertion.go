package emulator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/assertion"
	"gatehouse/internal/emulator/reply"
)

// assertionType is the only client_assertion_type there is (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionSkew is how far the client's clock may be off. The number is from memory.
const assertionSkew = 5 * time.Minute

// checkAssertion verifies a client assertion. One whose issuer is a URL comes
// from another issuer and needs a federated credential; any other is the
// client's own, signed with a certificate.
func (x *tokenRequest) checkAssertion(ctx context.Context, token string) *refusal {
	a, err := assertion.Read(token)
	if err != nil {
		return refuse(50027)
	}
	for _, claim := range []struct{ name, value string }{{"iss", a.Issuer}, {"sub", a.Subject}, {"aud", strings.Join(a.Audience, "")}} {
		if claim.value == "" {
			return refuse(90014, claim.name)
		}
	}
	if strings.Contains(a.Issuer, "://") {
		return x.checkFederated(ctx, a, token)
	}
	return x.checkCertified(a)
}

// checkCertified verifies an assertion the client signed itself (Microsoft's
// page "Application authentication certificate credentials").
func (x *tokenRequest) checkCertified(a *assertion.Assertion) *refusal {
	if !slices.Contains([]string{assertion.RS256, assertion.PS256}, a.Header.Algorithm) {
		return refuse(5002738, reply.Clip(a.Header.Algorithm), "RS256,PS256")
	}
	if !strings.EqualFold(a.Issuer, x.client.ID) || a.Subject != a.Issuer {
		return refuse(700021)
	}
	if !slices.ContainsFunc(a.Audience, x.ownAudience) {
		return refuse(700023)
	}
	if no := x.timely(a); no != nil {
		return no
	}
	registered, err := assertion.Certificates(x.client.Certificates)
	if err != nil {
		return refuse(90033) // the seed's certificates are checked when it is loaded
	}
	certificate, err := a.Header.Choose(registered)
	switch {
	case errors.Is(err, assertion.ErrUnnamed):
		return refuse(5002723)
	case err != nil:
		return refuse(700027, fmt.Sprintf(unregisteredCertificate, reply.Clip(a.Header.Thumbprint()), x.client.ID, x.client.ID))
	case x.now.After(certificate.End) || x.now.Before(certificate.Start):
		return refuse(700027, badCertificate(a, certificate, "The key used is expired."))
	case a.Verify(certificate.Key) != nil:
		return refuse(700027, badCertificate(a, certificate, "The provided signature value did not match the expected signature value."))
	}
	return nil
}

// The sentences of 700027.
const (
	unregisteredCertificate = "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '%s', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '%s'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/%s']."
	unusableCertificate     = "Client assertion contains an invalid signature. [Reason - %s, Thumbprint of key used by client: '%s', Found key 'Start=%s, End=%s']"
)

func badCertificate(a *assertion.Assertion, c assertion.Certificate, reason string) string {
	const day = "01/02/2006 15:04:05"
	return fmt.Sprintf(unusableCertificate, reason, reply.Clip(a.Header.Thumbprint()), c.Start.UTC().Format(day), c.End.UTC().Format(day))
}

// ownAudience reports whether an audience is this tenant's: its token endpoint
// or its issuer, v1 or v2, the tenant by id or as the URL names it.
func (x *tokenRequest) ownAudience(audience string) bool {
	for _, name := range []string{x.tenant.ID, x.segment} {
		base := x.e.entra + "/" + name
		switch audience {
		case base + "/oauth2/v2.0/token", base + "/oauth2/token", base + "/v2.0", base + "/", base:
			return true
		}
	}
	return false
}

// timely checks the time range of an assertion.
func (x *tokenRequest) timely(a *assertion.Assertion) *refusal {
	if x.now.Before(a.Expiry.Add(assertionSkew)) && !x.now.Before(a.NotBefore.Add(-assertionSkew)) {
		return nil
	}
	return refuse(700024, isoTime(x.now), isoTime(a.NotBefore), isoTime(a.Expiry))
}
