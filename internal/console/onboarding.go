package console

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Onboarding takes an organization from nothing to a working call.
type Onboarding interface {
	Ownership
	Progress
	Connections
	Registrations
}

// Ownership decides who may claim a directory: the rules of proof are its own.
type Ownership interface {
	// Claim registers the directory that the person has signed in to. Without
	// proof of ownership it is a fault of kind Forbidden that says what is
	// missing; a directory or a slug that is taken is one of kind Conflict.
	Claim(ctx context.Context, p Person, n Claim) (tenants.Organization, error)
	// Recover makes the person an owner of the directory's organization.
	Recover(ctx context.Context, p Person) (tenants.Organization, error)
}

// Progress says how far an organization is, checked live.
type Progress interface {
	Onboarding(ctx context.Context, org tenants.ID) (OnboardingState, error)
	Check(ctx context.Context, by authz.Caller) (Report, error)
}

// Connections connects an organization to its directory.
type Connections interface {
	// ConsentURL returns where an administrator consents for everybody; Entra
	// sends the browser back to the redirect with the state.
	ConsentURL(ctx context.Context, by authz.Caller, state, redirect string) (string, error)
	// Consented is told what the browser came back with. None of it is to be
	// believed: that a token can be had in the tenant is what counts.
	Consented(ctx context.Context, by authz.Caller, a ConsentAnswer) error
	// Connect gives the organization a connection with these settings. A client
	// id that another organization has connected is a fault of kind Conflict.
	// Where nobody else can write, check is called with the present connection.
	Connect(ctx context.Context, by authz.Caller, n ConnectionSettings, check func(tenants.Connection) error) (tenants.Connection, error)
	// PutCredential gives the connection another credential; likewise.
	PutCredential(ctx context.Context, by authz.Caller, n NewCredential, check func(tenants.Connection) error) (tenants.Connection, error)
}

// Registrations helps to make an app registration.
type Registrations interface {
	Setup(ctx context.Context, org tenants.ID) (Setup, error)
	// CreateRegistration makes one in the directory as the person, whose
	// delegation is used once and not kept.
	CreateRegistration(ctx context.Context, by authz.Caller, p Person) (Registration, error)
}

// Claim is an organization to be registered.
type Claim struct {
	Slug string `json:"slug" minLength:"2" maxLength:"40" doc:"A label of one of the directory's verified domains, unless an operator approves another."`
	Name string `json:"name" minLength:"1" maxLength:"120"`
}

// OnboardingState is how far an organization is.
type OnboardingState struct {
	Step  string           `json:"step" doc:"The step to be taken next; done when there is none."`
	Steps []OnboardingStep `json:"steps"`
}

// OnboardingStep is one step.
type OnboardingStep struct {
	ID     string `json:"id"`
	State  string `json:"state" enum:"done,open,blocked"`
	Title  string `json:"title"`
	Detail string `json:"detail" doc:"What was found, and what helps."`
	Link   string `json:"link,omitempty" doc:"Where it is done, or for the colleague who can."`
}

// ConsentAnswer is what a browser came back with from a consent page.
type ConsentAnswer struct {
	TID   string // "tenant"; empty without
	Admin bool   // "admin_consent"
	Error string // a code; empty without
}

// ConnectionSettings is what an admin says about the app registration. Which
// directory it is in, nobody says: it is the one that was proved.
type ConnectionSettings struct {
	Model       tenants.AppModel      `json:"model" enum:"shared,own"`
	Cloud       tenants.Cloud         `json:"cloud,omitempty" enum:"public,usgov,china"`
	ClientID    tenants.GUID          `json:"clientId,omitzero" format:"uuid" doc:"Application (client) ID of an own app; absent for the shared one."`
	Versions    tenants.TokenVersions `json:"tokenVersions,omitempty" enum:"v2,v1v2"`
	V1Audiences []string              `json:"v1Audiences,omitempty" maxItems:"20"`
	Resource    string                `json:"resource,omitempty" maxLength:"255" doc:"Application ID URI."`
	Scope       string                `json:"scope,omitempty" maxLength:"120"`
	AppRole     string                `json:"appRole,omitempty" maxLength:"120"`
	Guests      tenants.Admission     `json:"guests,omitempty" enum:"admit,refuse"`
	Agents      tenants.Admission     `json:"agents,omitempty" enum:"admit,refuse"`
	Apps        tenants.Admission     `json:"apps,omitempty" enum:"admit,refuse"`
	GroupSource tenants.GroupSource   `json:"groupSource,omitempty" enum:"on_behalf_of,token_only"`
	GroupsClaim tenants.GroupsClaim   `json:"groupsClaim,omitempty" enum:"configured,unknown"`
}

// Connection is how the directory knows the platform.
type Connection struct {
	ID         tenants.GUID       `json:"id" format:"uuid"`
	Subject    string             `json:"federatedSubject" doc:"Subject of a federated credential that trusts the platform."`
	Settings   ConnectionSettings `json:"settings"`
	Credential *Credential        `json:"credential,omitempty" doc:"Of an own app; never the secret itself."`
}

// Credential is what proves that the platform is the app.
type Credential struct {
	Kind       tenants.CredentialKind `json:"kind" enum:"platform_issuer,certificate,client_secret,managed_identity,workload_identity"`
	Thumbprint string                 `json:"thumbprint,omitempty" doc:"SHA-256 of a certificate, in hex."`
	CreatedAt  *time.Time             `json:"createdAt,omitempty"`
	ExpiresAt  *time.Time             `json:"expiresAt,omitempty"`
}

// NewCredential is a credential to be put. What is secret goes in and never
// comes out.
type NewCredential struct {
	Kind        tenants.CredentialKind `json:"kind" enum:"platform_issuer,certificate,client_secret,managed_identity,workload_identity"`
	Secret      string                 `json:"secret,omitempty" writeOnly:"true" maxLength:"1000" doc:"Value of a client secret."`
	Certificate string                 `json:"certificate,omitempty" writeOnly:"true" maxLength:"100000" doc:"Certificate and private key, PEM."`
	ExpiresAt   *time.Time             `json:"expiresAt,omitempty" doc:"Of a client secret, as Entra shows it."`
}

// Report is what the doctor found.
type Report struct {
	Findings   []Finding `json:"findings"`
	NotChecked []string  `json:"notChecked" doc:"What could not be checked, and why."`
}

// Finding is one thing that is not right, with what fixes it.
type Finding struct {
	ID       string   `json:"id"`
	Severity string   `json:"severity" enum:"error,warning,info"`
	Title    string   `json:"title"`
	Detail   string   `json:"detail"`
	Setting  string   `json:"setting" doc:"The setting in the Entra admin center."`
	Link     string   `json:"link"`
	Fix      []string `json:"fix" doc:"Command lines."`
}

// Setup is how to make the app registration, from the organization's own values.
type Setup struct {
	Steps    []SetupStep    `json:"steps" doc:"In the Entra admin center, in its words."`
	Snippets []SetupSnippet `json:"snippets"`
}

// SetupStep is one step in the Entra admin center.
type SetupStep struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Link   string `json:"link,omitempty"`
}

// SetupSnippet is the whole set-up for one tool.
type SetupSnippet struct {
	Tool string `json:"tool" enum:"az,powershell,bicep,terraform"`
	Text string `json:"text"`
}

// Registration is an app registration that was made.
type Registration struct {
	ClientID tenants.GUID `json:"clientId" format:"uuid"`
	ObjectID tenants.GUID `json:"objectId" format:"uuid"`
	Link     string       `json:"link"`
}

// ConsentLink is where an administrator consents.
type ConsentLink struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func connectionOf(org tenants.ID, n tenants.Connection) Connection {
	out := Connection{ID: n.ID, Subject: n.FederatedSubject(org), Settings: ConnectionSettings{
		Model: n.Model, Cloud: n.Cloud, ClientID: n.ClientID, Versions: n.Versions, V1Audiences: n.V1Audiences, Resource: n.Resource, Scope: n.Scope,
		AppRole: n.AppRole, Guests: n.Guests, Agents: n.Agents, Apps: n.Apps, GroupSource: n.GroupSource, GroupsClaim: n.GroupsClaim,
	}}
	if k := n.Credential; k.Kind != tenants.NoCredential {
		out.Credential = &Credential{k.Kind, k.Thumbprint, instant(k.CreatedAt), instant(k.ExpiresAt)}
	}
	return out
}

type (
	connectionInput struct {
		InOrganization
		Match
		Body ConnectionSettings
	}
	registrationInput struct {
		InOrganization
		Once
	}
	credentialInput struct {
		InOrganization
		Match
		Body NewCredential
	}
)

func (c *Console) onboardingRoutes(api huma.API) {
	const tag = "onboarding"
	inside(c, api, tenants.Viewer, route{ID: "getOnboarding", Method: http.MethodGet, Path: "/onboarding", Tag: tag, Summary: "How far the organization is"}, c.getOnboarding)
	inside(c, api, tenants.Viewer, route{ID: "getConnection", Method: http.MethodGet, Path: "/connection", Tag: tag, Summary: "Read the connection to the directory"}, c.getConnection)
	inside(c, api, tenants.Admin, route{ID: "setConnection", Method: http.MethodPut, Path: "/connection", Tag: tag, Errors: matchErrors, Summary: "Connect to an app registration"}, c.setConnection)
	inside(c, api, tenants.Admin, route{ID: "setCredential", Method: http.MethodPut, Path: "/connection/credential", Tag: tag, Errors: matchErrors, Summary: "Give the connection a credential", Description: "The ETag is that of the connection."}, c.setCredential)
	inside(c, api, tenants.Admin, route{ID: "requestConsent", Method: http.MethodPost, Path: "/consent", Tag: tag, Summary: "Begin an administrator's consent", Description: "The link is for this browser's session, and for once."}, c.requestConsent)
	inside(c, api, tenants.Admin, route{ID: "runDoctor", Method: http.MethodPost, Path: "/doctor", Tag: tag, Errors: []int{502, 503}, Summary: "Check everything live, and say what fixes it"}, c.runDoctor)
	inside(c, api, tenants.Viewer, route{ID: "getSetup", Method: http.MethodGet, Path: "/setup", Tag: tag, Summary: "How to make the app registration"}, c.getSetup)
	inside(c, api, tenants.Admin, route{ID: "createRegistration", Method: http.MethodPost, Path: "/registration", Tag: tag, Status: 201, Errors: []int{409, 502, 503}, Summary: "Make the app registration as yourself"}, c.createRegistration)
}

func (c *Console) getOnboarding(ctx context.Context, by Actor, _ *InOrganization) (*One[OnboardingState], error) {
	s, err := c.Onboarding.Onboarding(ctx, by.Org())
	s.Steps = list(s.Steps)
	return show(s), err
}

func (*Console) getConnection(_ context.Context, by Actor, _ *InOrganization) (*One[Connection], error) {
	return show(connectionOf(by.Org(), by.Organization.Connection)), nil
}

func (c *Console) setConnection(ctx context.Context, by Actor, in *connectionInput) (*One[Connection], error) {
	if err := in.given(); err != nil {
		return nil, err
	}
	n, err := c.Onboarding.Connect(ctx, by.Caller, in.Body, by.unchanged(in.Match))
	return show(connectionOf(by.Org(), n)), err
}

func (c *Console) setCredential(ctx context.Context, by Actor, in *credentialInput) (*One[Connection], error) {
	if err := in.given(); err != nil {
		return nil, err
	}
	n, err := c.Onboarding.PutCredential(ctx, by.Caller, in.Body, by.unchanged(in.Match))
	return show(connectionOf(by.Org(), n)), err
}

// unchanged checks that a connection still is what the client has read.
func (a Actor) unchanged(m Match) func(tenants.Connection) error {
	return func(present tenants.Connection) error { return m.check(connectionOf(a.Org(), present)) }
}

func (c *Console) requestConsent(ctx context.Context, by Actor, in *InOrganization) (*One[ConsentLink], error) {
	if by.Person == nil {
		return nil, fault.New(fault.Forbidden, "consent is a person's; sign in at /auth/sign-in")
	}
	state := rand.Text()
	link, err := c.Onboarding.ConsentURL(ctx, by.Caller, state, c.Base.JoinPath("auth", "consent").String())
	if err != nil {
		return nil, err
	}
	bound := consenting{by.Organization.Slug.String(), by.Org(), c.sessionHash(huma.ReadCookies(in.visit))}
	return show(ConsentLink{link, c.Now().Add(signInLife)}), c.putState(ctx, "consent", state, bound)
}

func (c *Console) runDoctor(ctx context.Context, by Actor, _ *InOrganization) (*One[Report], error) {
	r, err := c.Onboarding.Check(ctx, by.Caller)
	r.Findings, r.NotChecked = list(r.Findings), list(r.NotChecked)
	for i := range r.Findings {
		r.Findings[i].Fix = list(r.Findings[i].Fix)
	}
	return show(r), err
}

func (c *Console) getSetup(ctx context.Context, by Actor, _ *InOrganization) (*One[Setup], error) {
	s, err := c.Onboarding.Setup(ctx, by.Org())
	s.Steps, s.Snippets = list(s.Steps), list(s.Snippets)
	return show(s), err
}

func (c *Console) createRegistration(ctx context.Context, by Actor, in *registrationInput) (*Created[Registration], error) {
	if by.Person == nil {
		return nil, errNoPerson
	}
	return once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (Registration, string, error) {
		r, err := c.Onboarding.CreateRegistration(ctx, by.Caller, *by.Person)
		return r, r.Link, err
	})
}
