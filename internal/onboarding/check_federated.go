package onboarding

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// federatedChecks look at whether the app trusts the platform as an issuer.
func federatedChecks() []check {
	ours := func(x *exam) bool { return x.own() && x.connection().Credential.Kind == tenants.PlatformIssuer }
	row := func(id, title, field string, differs func(*exam, graph.FederatedCredential) bool, codes ...int) check {
		return check{
			id: id, title: title, asks: "Whether the federated credential names the right " + strings.ToLower(field), concerns: ours,
			look: at(func(x *exam) []Finding {
				if x.trusted() {
					return nil
				}
				for _, f := range x.federated {
					if differs(x, f) {
						return one(x.federatedFinding(field, fmt.Sprintf("Federated credential %q has the issuer %q, the subject %q and the audience %q.", f.Name, f.Issuer, f.Subject, f.Audiences), &f))
					}
				}
				return nil
			}, fromFederated),
			otherwise: refusedWith(func(x *exam) Finding {
				return x.federatedFinding(field, fmt.Sprintf("Microsoft Entra ID finds no federated credential that fits the assertion (AADSTS%d).", x.code), nil)
			}, codes...),
		}
	}
	return []check{
		row("federated.issuer", "A federated credential names another issuer", "Issuer", func(x *exam, f graph.FederatedCredential) bool {
			return f.Issuer != x.FederationIssuer && f.Subject == x.subject()
		}, 700211),
		row("federated.subject", "A federated credential names another subject", "Subject identifier", func(x *exam, f graph.FederatedCredential) bool {
			return f.Issuer == x.FederationIssuer && f.Subject != x.subject()
		}, 700213),
		row("federated.audience", "A federated credential names another audience", "Audience", func(x *exam, f graph.FederatedCredential) bool {
			return f.Issuer == x.FederationIssuer && f.Subject == x.subject()
		}, 700212),
		{
			id: "federated.missing", title: "The app does not trust the platform as an issuer", asks: "Whether the app trusts the platform as an issuer", concerns: ours,
			look: at(func(x *exam) []Finding {
				if slices.ContainsFunc(x.federated, func(f graph.FederatedCredential) bool {
					return f.Issuer == x.FederationIssuer || f.Subject == x.subject()
				}) {
					return nil
				}
				return one(x.federatedFinding("Add credential", fmt.Sprintf("None of %d federated credentials names Gatehouse.", len(x.federated)), nil))
			}, fromFederated),
			otherwise: refusedWith(func(x *exam) Finding {
				return x.federatedFinding("Add credential", fmt.Sprintf("The app has no federated credential (AADSTS%d).", x.code), nil)
			}, 70025, 70021),
		},
	}
}

func (x *exam) subject() string { return x.connection().FederatedSubject(x.Organization.ID) }

func (x *exam) audienceOfExchange() string { return x.connection().Cloud.TokenExchangeAudience() }

// trusted reports whether one credential fits in all three.
func (x *exam) trusted() bool {
	return slices.ContainsFunc(x.federated, func(f graph.FederatedCredential) bool {
		return f.Issuer == x.FederationIssuer && f.Subject == x.subject() && slices.Contains(f.Audiences, x.audienceOfExchange())
	})
}

// federatedFinding has what to enter in its detail. A credential that is wrong is
// replaced: two may not have one issuer and subject.
func (x *exam) federatedFinding(field, what string, wrong *graph.FederatedCredential) Finding {
	f := x.registered(Finding{
		Severity: Error,
		Detail:   fmt.Sprintf("%s Enter exactly: issuer %s, subject %s, audience %s.", what, x.FederationIssuer, x.subject(), x.audienceOfExchange()),
	}, credentialsBlade, "Federated credentials > "+field)
	if wrong != nil {
		f.Fix = append(f.Fix, x.az("DELETE", x.appPath()+"/federatedIdentityCredentials/"+wrong.ID.String(), nil))
	}
	f.Fix = append(f.Fix, x.trust(wrong))
	return f
}

// trust makes the app trust the platform for this connection, once a credential
// that is wrong is gone.
func (x *exam) trust(gone *graph.FederatedCredential) string {
	return x.az("POST", x.appPath()+"/federatedIdentityCredentials", map[string]any{
		"name": x.trustName(gone), "issuer": x.FederationIssuer, "subject": x.subject(),
		"audiences": []string{x.audienceOfExchange()}, "description": "Gatehouse, organization " + x.Organization.Slug.String(),
	})
}

// trustName is the name that set-up gives, unless it is taken or nobody can tell.
func (x *exam) trustName(gone *graph.FederatedCredential) string {
	taken := func(f graph.FederatedCredential) bool {
		return f.Name == setup.CredentialName && (gone == nil || f.ID != gone.ID)
	}
	if _, unknown := x.gaps[fromFederated]; unknown || slices.ContainsFunc(x.federated, taken) {
		return setup.CredentialName + "-" + x.connection().ID.String()
	}
	return setup.CredentialName
}
