package onboarding

import (
	"encoding/base64"
	"fmt"
	"time"

	"gatehouse/internal/tenants"
)

// When the end of a credential is worth telling, and when it is urgent.
const (
	soon     = 30 * 24 * time.Hour
	verySoon = 7 * 24 * time.Hour
)

// credentialChecks look at what proves that Gatehouse is the app.
func credentialChecks() []check {
	kind := func(k tenants.CredentialKind) func(*exam) bool {
		return func(x *exam) bool { return x.own() && x.connection().Credential.Kind == k }
	}
	dated := func(x *exam) bool {
		k := x.connection().Credential.Kind
		return x.own() && (k == tenants.ClientSecret || k == tenants.Certificate)
	}
	return []check{
		{
			id: "credential.missing", title: "There is no credential", asks: "Whether there is a credential", concerns: func(x *exam) bool { return x.own() && x.connection().GroupSource == tenants.OnBehalfOf },
			look: at(func(x *exam) []Finding {
				if x.connection().Credential.Kind != tenants.NoCredential {
					return nil
				}
				return one(x.instead(Finding{Severity: Error, Detail: "The connection has no credential, so Gatehouse cannot ask Microsoft Graph on behalf of people."}))
			}, fromUs),
		},
		{
			id: "credential.wrong_secret", title: "The client secret is not the app's", asks: "Whether the client secret is the app's", concerns: kind(tenants.ClientSecret),
			look: refusedWith(func(x *exam) Finding {
				return x.newSecret(Finding{Severity: Error, Detail: "Microsoft Entra ID does not know the secret that was entered (AADSTS7000215). The Value is needed, not the Secret ID."})
			}, 7000215),
		},
		{
			id: "credential.wrong_certificate", title: "The certificate is not the app's", asks: "Whether the certificate is the app's", concerns: kind(tenants.Certificate),
			look: refusedWith((*exam).unknownCertificate, 700027),
		},
		{
			id: "credential.expired", title: "The credential has expired", asks: "Whether the credential is still good", concerns: dated,
			look: at((*exam).expired, fromExpiry), otherwise: refusedWith((*exam).refusedAsExpired, secretExpired),
		},
		{
			id: "credential.expiring", title: "The credential expires soon", asks: "Whether the credential is good for a while yet", concerns: dated,
			look: at((*exam).expiring, fromExpiry),
		},
	}
}

// endsAt is when the credential ends: as it was entered, else the latest of its
// kind at the app. Zero is not known.
func (x *exam) endsAt() time.Time {
	c := x.connection().Credential
	if !c.ExpiresAt.IsZero() {
		return c.ExpiresAt
	}
	var last time.Time
	if c.Kind == tenants.ClientSecret {
		for _, p := range x.app.Passwords {
			last = later(last, p.EndsAt)
		}
		return last
	}
	for _, k := range x.app.Keys {
		last = later(last, k.EndsAt)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// secretExpired is AADSTS7000222.
const secretExpired = 7000222

func (x *exam) expired() []Finding {
	end := x.endsAt()
	past := !end.IsZero() && !x.now.Before(end)
	if !past && x.code != secretExpired {
		return nil
	}
	if !past {
		return one(x.refusedAsExpired())
	}
	return one(x.renew(Finding{
		Severity: Error, Detail: "The credential expired on " + end.UTC().Format(time.DateOnly) + ": Gatehouse cannot ask Microsoft Entra ID for anything.",
	}))
}

func (x *exam) refusedAsExpired() Finding {
	return x.renew(Finding{Severity: Error, Detail: "Microsoft Entra ID says that the credential has expired (AADSTS7000222)."})
}

func (x *exam) expiring() []Finding {
	end := x.endsAt()
	left := end.Sub(x.now)
	if end.IsZero() || left <= 0 || left > soon || x.code == secretExpired {
		return nil
	}
	f := Finding{Severity: Warning, Detail: fmt.Sprintf("The credential expires on %s, in %d days.", end.UTC().Format(time.DateOnly), int(left/(24*time.Hour)))}
	if left <= verySoon {
		f.Severity = Error
	}
	return one(x.renew(f))
}

func (x *exam) renew(f Finding) Finding {
	if x.connection().Credential.Kind == tenants.ClientSecret {
		return x.newSecret(f)
	}
	return x.instead(f)
}

// newSecret makes another secret, which has to be entered in Gatehouse.
func (x *exam) newSecret(f Finding) Finding {
	f.Detail += " The command makes a new one for 180 days; enter the secretText it answers with in Gatehouse."
	f = x.registered(f, credentialsBlade, "Client secrets > New client secret")
	f.Fix = []string{x.az("POST", x.appPath()+"/addPassword", map[string]any{"passwordCredential": map[string]any{
		"displayName": "Gatehouse " + x.now.UTC().Format(time.DateOnly), "endDateTime": x.now.UTC().AddDate(0, 0, 180).Format(time.RFC3339),
	}})}
	return f
}

// instead makes the app trust the platform, after which there is nothing that
// expires.
func (x *exam) instead(f Finding) Finding {
	f = x.registered(f, credentialsBlade, "Federated credentials > Add credential")
	if x.trusted() {
		f.Detail += " The app trusts Gatehouse as an issuer already: choose platform_issuer as the credential in Gatehouse."
		return f
	}
	f.Detail += fmt.Sprintf(" The command makes the app trust Gatehouse as an issuer (issuer %s, subject %s, audience %s); choose platform_issuer as the credential in Gatehouse afterwards, and nothing expires any more.",
		x.FederationIssuer, x.subject(), x.audienceOfExchange())
	f.Fix = []string{x.trust(nil)}
	return f
}

// unknownCertificate uploads the certificate that Gatehouse has, beside those of
// the app.
func (x *exam) unknownCertificate() Finding {
	f := Finding{Severity: Error, Detail: "Microsoft Entra ID does not know the certificate that Gatehouse signs with (AADSTS700027)."}
	if x.Certificate == nil {
		return x.instead(f)
	}
	f.Detail += fmt.Sprintf(" Upload it: its SHA-256 thumbprint is %s.", x.connection().Credential.Thumbprint)
	f = x.registered(f, credentialsBlade, "Certificates > Upload certificate")
	keys := []map[string]any{}
	for _, k := range x.app.Keys {
		keys = append(keys, map[string]any{"keyId": k.KeyID, "type": "AsymmetricX509Cert", "usage": "Verify"})
	}
	keys = append(keys, map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "CN=Gatehouse", "key": base64.StdEncoding.EncodeToString(x.Certificate)})
	f.Fix = []string{x.az("PATCH", x.appPath(), map[string]any{"keyCredentials": keys})}
	return f
}
