package tenants

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// AppModel says whose app registration an organization's tokens are issued for.
type AppModel string

// The models. The shared app is one multi-tenant registration of whoever runs
// the platform; it becomes a service principal in the organization's tenant by
// admin consent. An own app is the organization's registration.
const (
	SharedApp AppModel = "shared"
	OwnApp    AppModel = "own"
)

// CredentialKind says how we prove to Entra that we are the app.
type CredentialKind string

// The kinds. Those of the shared app are the operator's configuration; those of
// an own app belong to the organization.
const (
	NoCredential     CredentialKind = ""
	PlatformIssuer   CredentialKind = "platform_issuer" // a federated credential that trusts Gatehouse as issuer; there is no secret
	Certificate      CredentialKind = "certificate"
	ClientSecret     CredentialKind = "client_secret"
	ManagedIdentity  CredentialKind = "managed_identity"  // of the platform, as a federated credential of the shared app
	WorkloadIdentity CredentialKind = "workload_identity" // of the platform's Kubernetes pod, likewise
)

// CheckCredential refuses the pairs of app model and credential that cannot be
// safe, with the reason.
func CheckCredential(m AppModel, k CredentialKind) error {
	switch k {
	case Certificate, ClientSecret:
		return nil
	case PlatformIssuer:
		if m == SharedApp {
			return fault.New(fault.Invalid, "credential: platform_issuer is for an app registration of your own; every organization of the shared app "+
				"would share one subject. The shared app uses managed_identity, workload_identity, certificate or client_secret")
		}
		return nil
	case ManagedIdentity, WorkloadIdentity:
		if m == OwnApp {
			return fault.Newf(fault.Invalid, "credential: %s belongs to the platform's own tenant and is one subject for everybody, "+
				"so it serves the shared app only. An own app uses platform_issuer, certificate or client_secret", k)
		}
		return nil
	case NoCredential:
	}
	return fault.Newf(fault.Invalid, "credential: kind %q is not known; use platform_issuer, certificate, client_secret, managed_identity or workload_identity", k)
}

// Credential is what proves that we are an own app. What is secret about it lies
// encrypted under its ID.
type Credential struct {
	ID         GUID // zero without one
	Kind       CredentialKind
	Thumbprint string    // of a certificate: SHA-256 in hex
	CreatedAt  time.Time // zero without one
	ExpiresAt  time.Time // zero: never, or not known
}

// NewCredential is a credential with what is encrypted of it.
type NewCredential struct {
	Credential Credential
	Ciphertext []byte
}

// Connection is how an organization's Entra tenant knows us: the app
// registration that tokens are issued for, and who may present them.
type Connection struct {
	ID            GUID // random, of this registration: part of a federated credential's subject; a connection to another client id has another
	Model         AppModel
	Cloud         Cloud
	ClientID      GUID // the API's app registration; "aud" of a v2 token, client of on-behalf-of
	Versions      TokenVersions
	V1Audiences   []string // identifier URIs accepted as "aud" of v1 tokens only
	Resource      string   // identifier URI that qualifies Scope for clients
	Scope         string   // short name of the delegated permission, e.g. access_as_user
	AppRole       string   // role an app-only token must hold
	Guests        Admission
	Agents        Admission
	Apps          Admission
	GroupSource   GroupSource
	GroupsClaim   GroupsClaim
	Background    Background
	Notifications bool       // with Application: Graph tells when something has changed
	Credential    Credential // of an own app; the shared app's is the platform's
}

// QualifiedScope is the scope as clients must send it: Entra resolves a bare
// name against Microsoft Graph.
func (c Connection) QualifiedScope() string { return c.Resource + "/" + c.Scope }

// FederatedSubject is the subject of the assertions by which the platform, as an
// issuer, proves to be this connection's app. It is made of random ids only and
// used for no other connection.
func (c Connection) FederatedSubject(org ID) string {
	return "org:" + org.String() + ":" + c.ID.String()
}

// CanAsk reports whether there is anything to ask Entra for tokens with.
func (c Connection) CanAsk() bool { return c.Model == SharedApp || c.Credential.Kind != NoCredential }

// AsksAsApp reports whether the worker asks as the app registration.
func (c Connection) AsksAsApp() bool { return c.Background == Application }

// IsTold reports whether Graph is to tell when something has changed in the directory.
func (c Connection) IsTold() bool { return c.Notifications && c.AsksAsApp() }

// Validate returns every rule that a connection in use breaks, each naming the
// field.
func (c Connection) Validate() error {
	var errs []error
	need := func(ok bool, text string) {
		if !ok {
			errs = append(errs, fault.New(fault.Invalid, "connection: "+text))
		}
	}
	need(!c.ID.IsZero(), "id is missing")
	need(c.Model == SharedApp || c.Model == OwnApp, "app model must be shared or own")
	need(slices.Contains([]Cloud{PublicCloud, USGovCloud, ChinaCloud}, c.Cloud), "cloud must be public, usgov or china")
	need(!c.ClientID.IsZero(), "client id of the API's app registration is missing")
	need(c.Versions == V2Only || c.Versions == V1AndV2, "token versions must be v2 or v1v2")
	need(c.Resource != "" && !strings.HasSuffix(c.Resource, "/"), "resource must be an identifier URI without a trailing slash")
	need(c.Scope != "" && !strings.ContainsAny(c.Scope, " /"), "scope must be the short name of one delegated permission")
	for _, a := range []Admission{c.Guests, c.Agents, c.Apps} {
		need(a == Admit || a == Refuse, "guests, agents and apps must each be admit or refuse")
	}
	need(c.Apps == Refuse || c.AppRole != "", "admitting apps needs the app role their tokens must hold")
	need(c.GroupSource == OnBehalfOf || c.GroupSource == TokenOnly, "group source must be on_behalf_of or token_only")
	need(c.GroupSource == TokenOnly || c.CanAsk(), "asking Graph on behalf of users needs a credential")
	need(slices.Contains([]Background{"", Delegated, Application}, c.Background), "background must be delegated or application")
	need(!c.AsksAsApp() || c.CanAsk(), "asking Graph as the app needs a credential")
	need(!c.Notifications || c.AsksAsApp(), "notifications need background application: being told is of use only where the app may ask")
	need(c.GroupsClaim == ClaimConfigured || c.GroupsClaim == ClaimUnknown, "groups claim must be configured or unknown")
	need(c.Model == OwnApp || c.Credential == Credential{}, "the shared app's credential is the platform's; drop credential")
	if c.Model == OwnApp && c.Credential.Kind != NoCredential {
		errs = append(errs, CheckCredential(c.Model, c.Credential.Kind))
		need(!c.Credential.ID.IsZero(), "credential id is missing")
	}
	return errors.Join(errs...)
}
