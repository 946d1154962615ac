package console

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/authz"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/onboarding/setup"
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
	// Claim registers the directory that the person has signed in to, or makes
	// them an admin of the organization that it is already. Without proof of
	// ownership it is a fault of kind Forbidden that says what is missing; a slug
	// that is taken is one of kind Conflict.
	Claim(ctx context.Context, p Person, n Claim) (Claimed, error)
	// Recover makes the person an owner of the directory's organization.
	Recover(ctx context.Context, p Person) (tenants.Organization, error)
}

// Progress says how far an organization is, checked live.
type Progress interface {
	Onboarding(ctx context.Context, by Actor) (OnboardingState, error)
	// Check examines the connection. The token, which may be empty, asks Microsoft
	// Graph instead of the person's delegation, once, and is not kept.
	Check(ctx context.Context, by Actor, graphToken string) (onboarding.Report, error)
	// Activate lets the organization serve, having proved its connection.
	Activate(ctx context.Context, by authz.Caller) (tenants.Organization, error)
}

// Connections connects an organization to its directory.
type Connections interface {
	// ConsentPage returns where an administrator consents for everybody. From
	// Entra's own page the browser is sent back to the redirect with the state.
	ConsentPage(ctx context.Context, by authz.Caller, state, redirect string) (ConsentPage, error)
	// Consented is told what the browser came back with. None of it is to be
	// believed: that a token can be had in the tenant is what counts.
	Consented(ctx context.Context, by Actor, a ConsentAnswer) error
	// Connect gives the organization a connection with these settings. A client
	// id that another organization has proved is a fault of kind Conflict.
	// Where nobody else can write, check is called with the present connection.
	Connect(ctx context.Context, by authz.Caller, n ConnectionSettings, check func(tenants.Connection) error) (tenants.Connection, error)
	// PutCredential gives the connection another credential; likewise.
	PutCredential(ctx context.Context, by authz.Caller, n NewCredential, check func(tenants.Connection) error) (tenants.Connection, error)
}

// Registrations helps to make an app registration.
type Registrations interface {
	Setup(ctx context.Context, org tenants.ID, w WantedRegistration) (Setup, error)
	// CreateRegistration makes one in the directory as the person, whose
	// delegation is used once and not kept. It connects nothing.
	CreateRegistration(ctx context.Context, by Actor, w WantedRegistration) (Registration, error)
}

// Claim is an organization to be registered.
type Claim struct {
	Slug       string `json:"slug" minLength:"2" maxLength:"40" doc:"A label of one of the directory's verified domains, unless an operator approves another."`
	Name       string `json:"name,omitempty" maxLength:"120" doc:"Absent: what the directory calls itself."`
	Invitation string `json:"invitation,omitempty" writeOnly:"true" maxLength:"200" doc:"Where the platform admits by invitation."`
}

// Claimed is what came of a claim.
type Claimed struct {
	Organization tenants.Organization
	Joined       *tenants.RoleGrant // the person's role in it, where a colleague had claimed it
}

// OnboardingState is how far an organization is.
type OnboardingState struct {
	Step      string            `json:"step" enum:"sign_in,ownership,permissions,connection,credential,consent,doctor,first_mapping,checkpoints,done" doc:"The step to be taken next; done when the organization serves or nothing but serving is left."`
	Steps     []onboarding.Step `json:"steps" doc:"In their order. At most one is current or blocked."`
	Colleague *Referral         `json:"colleague,omitempty" doc:"What to send to somebody who administers the directory."`

	Permissions []AskedPermission `json:"permissions" doc:"Delegated permissions of Microsoft Graph that the app is given, and no others."`
}

// AskedPermission is what the app may ask Microsoft Graph, as it is explained before
// anybody consents.
type AskedPermission struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	Who    string `json:"who" doc:"Who can consent to it."`
}

// Referral is for a colleague who can do what the reader cannot.
type Referral struct {
	Link string `json:"link" doc:"Names the directory to sign in to and gives no right to anything."`
	Text string `json:"text" doc:"A message around the link."`
}

// ConsentPage is where an administrator consents.
type ConsentPage struct {
	URL  string
	Back bool // the browser is sent back from there, once
}

// ConsentAnswer is what a browser came back with from a consent page.
type ConsentAnswer struct {
	TID   string // "tenant"; empty without
	Admin bool   // "admin_consent"
	Error string // a code; empty without
}

// Examination is how the doctor may look.
type Examination struct {
	GraphToken string `json:"graphToken,omitempty" writeOnly:"true" maxLength:"16000" doc:"Access token for Microsoft Graph with Application.Read.All and Policy.Read.All, and GroupMember.Read.All for the groups that have roles, for automations. Used for this examination and not kept. A person who has signed in needs none."`
}

// Setup is how to make the app registration, from the organization's own values.
type Setup struct {
	Steps     []setup.PortalStep `json:"steps" doc:"In the Entra admin center, in its words."`
	Snippets  []SetupSnippet     `json:"snippets" doc:"The same for each of several tools."`
	Fallbacks []string           `json:"fallbacks" doc:"What to do when Entra answers HostNameNotOnVerifiedDomain to the Application ID URI."`
}

// SetupSnippet is the whole set-up for one tool.
type SetupSnippet struct {
	Tool string `json:"tool" enum:"az,powershell,bicep,terraform" doc:"Azure CLI, PowerShell, Bicep or Terraform."`
	Text string `json:"text" doc:"To be run or applied as it is."`
}

// WantedRegistration is what kind of app registration is to be made. What it
// leaves out is as the connection says, or as is best.
type WantedRegistration struct {
	Model       tenants.AppModel       `json:"model,omitempty" enum:"shared,own" doc:"Left out: that of the connection, or else own."`
	Credential  tenants.CredentialKind `json:"credential,omitempty" enum:"platform_issuer,certificate,client_secret" doc:"Of an own app. Left out: that of the connection, or else platform_issuer."`
	Certificate string                 `json:"certificate,omitempty" maxLength:"16000" doc:"Certificate in PEM without its private key, for the credential certificate; absent: that of the connection."`
	New         bool                   `json:"new,omitempty" doc:"Leave the app registration of the connection alone: complete the one that an earlier set-up made for this endpoint, or else make one."`
}

// Registration is an app registration that was made.
type Registration struct {
	ClientID tenants.GUID `json:"clientId" format:"uuid" doc:"To be connected with updateConnection. A connection whose client ID changes gets another federated subject: with the credential platform_issuer, make the registration once more then, which enters it."`
	ObjectID tenants.GUID `json:"objectId,omitzero" format:"uuid" doc:"Of the app registration; absent for the shared app, of which the directory has the service principal only."`
	Link     string       `json:"link" doc:"Its page in the Entra admin center."`
}

// ConsentLink is where an administrator consents.
type ConsentLink struct {
	URL       string     `json:"url" doc:"Of the shared app Entra's consent page, of an own app its permissions in the Entra admin center."`
	ExpiresAt *time.Time `json:"expiresAt,omitempty" doc:"Until then the link counts, once, in this browser's session. Absent: the link does not expire."`
}

type (
	registrationInput struct {
		InOrganization
		Once
		Body *WantedRegistration
	}
	setupInput struct {
		InOrganization
		Body *WantedRegistration
	}
	doctorInput struct {
		InOrganization
		Body *Examination
	}
)

func (c *Console) onboardingRoutes(api huma.API) {
	const tag = "onboarding"
	inside(c, api, tenants.Viewer, route{ID: "getOnboarding", Method: http.MethodGet, Path: "/onboarding", Tag: tag, Summary: "How far the organization is"}, c.getOnboarding)
	inside(c, api, tenants.Viewer, route{ID: "getConnection", Method: http.MethodGet, Path: "/connection", Tag: tag, Summary: "Read the connection to the directory"}, c.getConnection)
	inside(c, api, tenants.Admin, route{ID: "updateConnection", Method: http.MethodPut, Path: "/connection", Tag: tag, Errors: matchErrors, Summary: "Connect to an app registration"}, c.updateConnection)
	inside(c, api, tenants.Admin, route{ID: "updateCredential", Method: http.MethodPut, Path: "/connection/credential", Tag: tag, Errors: append(slices.Clone(matchErrors), http.StatusBadGateway), Summary: "Give the connection a credential", Description: "The ETag is that of the connection."}, c.updateCredential)
	insideAsPerson(c, api, tenants.Admin, route{ID: "requestConsent", Method: http.MethodPost, Path: "/consent", Tag: tag, Errors: []int{409}, Summary: "Begin an administrator's consent", Description: "Of the shared app the link is for this browser's session, and for once. Of an own app it leads to the Entra admin center, from where nobody is sent back: the doctor and activateOrganization see what came of it."}, c.requestConsent)
	inside(c, api, tenants.Admin, route{ID: "runDoctor", Method: http.MethodPost, Path: "/doctor", Tag: tag, Errors: []int{502}, Summary: "Check everything live, and say what fixes it"}, c.runDoctor)
	inside(c, api, tenants.Viewer, route{ID: "describeSetup", Method: http.MethodPost, Path: "/setup", Tag: tag, Summary: "How to make the app registration", Description: "Changes nothing: steps and snippets with the organization's own values."}, c.describeSetup)
	inside(c, api, tenants.Admin, route{ID: "activateOrganization", Method: http.MethodPost, Path: "/activate", Tag: tag, Errors: []int{409, 502}, Summary: "Begin to serve", Description: "The connection is proved at this moment: a token is got in the organization's directory with its credential."}, c.activateOrganization)
	insideAsPerson(c, api, tenants.Admin, route{ID: "createRegistration", Method: http.MethodPost, Path: "/registration", Tag: tag, Status: 201, Errors: []int{409, 502}, Summary: "Make the app registration as yourself", Description: "Completes the registration of the connection if an earlier set-up made it. Where the directory has no registration with the client ID of the connection, it is as if `new` were asked for."}, c.createRegistration)
}

func (c *Console) getOnboarding(ctx context.Context, by Actor, _ *InOrganization) (*Result[OnboardingState], error) {
	s, err := c.Onboarding.Onboarding(ctx, by)
	s.Steps, s.Permissions = list(s.Steps), each(onboarding.ExplainPermissions(), func(p onboarding.Permission) AskedPermission { return AskedPermission(p) })
	return result(s), err
}

func (c *Console) requestConsent(ctx context.Context, by Actor, in *InOrganization) (*Result[ConsentLink], error) {
	state := rand.Text()
	page, err := c.Onboarding.ConsentPage(ctx, by.Caller, state, c.Base.JoinPath("auth", "consent").String())
	if err != nil || !page.Back {
		return result(ConsentLink{URL: page.URL}), err
	}
	bound := consenting{by.Organization.Slug.String(), by.Org(), c.sessionHash(huma.ReadCookies(in.visit))}
	return result(ConsentLink{page.URL, instant(c.Now().Add(signInLife))}), c.putState(ctx, "consent", state, bound)
}

func (c *Console) runDoctor(ctx context.Context, by Actor, in *doctorInput) (*Result[onboarding.Report], error) {
	var how Examination
	if in.Body != nil {
		how = *in.Body
	}
	r, err := c.Onboarding.Check(ctx, by, how.GraphToken)
	r.Findings, r.NotChecked = list(r.Findings), list(r.NotChecked)
	for i := range r.Findings {
		r.Findings[i].Fix = list(r.Findings[i].Fix)
	}
	return result(r), err
}

func (c *Console) activateOrganization(ctx context.Context, by Actor, _ *InOrganization) (*One[Organization], error) {
	o, err := c.Onboarding.Activate(ctx, by.Caller)
	return show(organizationOf(o)), err
}

func (c *Console) describeSetup(ctx context.Context, by Actor, in *setupInput) (*Result[Setup], error) {
	var wanted WantedRegistration
	if in.Body != nil {
		wanted = *in.Body
	}
	s, err := c.Onboarding.Setup(ctx, by.Org(), wanted)
	s.Steps, s.Snippets, s.Fallbacks = list(s.Steps), list(s.Snippets), list(s.Fallbacks)
	for i := range s.Steps {
		step := &s.Steps[i]
		step.Blade, step.Fields, step.Notes = list(step.Blade), list(step.Fields), list(step.Notes)
	}
	return result(s), err
}

func (c *Console) createRegistration(ctx context.Context, by Actor, in *registrationInput) (*Made[Registration], error) {
	var wanted WantedRegistration
	if in.Body != nil {
		wanted = *in.Body
	}
	return made(once(ctx, c, by, in.Once, in.visit, func(tenants.GUID) (Registration, string, error) {
		r, err := c.Onboarding.CreateRegistration(ctx, by, wanted)
		return r, "", err
	}))
}
