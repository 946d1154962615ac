package onboarding

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// source is something findings rest on.
type source int

const (
	fromUs          source = iota // the organization's own configuration
	fromLookup                    // whether there is an app registration
	fromApp                       // the app registration
	fromFederated                 // its federated credentials
	fromPresence                  // whether there is a service principal
	fromPrincipal                 // the service principal
	fromGrants                    // delegated permissions it was granted
	fromRoles                     // application permissions it was granted
	fromAssignments               // who is assigned to it
	fromGroups                    // which of the groups named here exist
	fromPolicy                    // what the directory lets its people do
	fromProbe                     // what the token endpoint answered, a token or a refusal
	fromToken                     // a token for the app itself
	fromExpiry                    // when the credential ends
)

// gap is why a source is not there, and what would bring it.
type gap struct{ reason, remedy string }

// exam is everything that could be learned about a subject.
type exam struct {
	Subject
	now time.Time

	gaps      map[source]gap
	app       graph.Application
	federated []graph.FederatedCredential
	principal graph.ServicePrincipal
	graphApp  graph.ServicePrincipal
	grants    []graph.PermissionGrant
	roles     []graph.RoleAssignment
	assigned  []graph.RoleAssignment
	present   []graph.Group // of the groups named here
	policy    graph.AuthorizationPolicy
	absent    map[source]bool // looked for and not there
	code      int             // AADSTS number of the refusal; 0: none
	claims    tokenClaims
}

// tokenClaims are what the doctor reads of a token. The token came from Entra's
// own endpoint over TLS; it is described here and believed nowhere.
type tokenClaims struct {
	Audience string `json:"aud"`
	Issuer   string `json:"iss"`
	Tenant   string `json:"tid"`
	Version  string `json:"ver"`
	IDType   string `json:"idtyp"`
}

func examine(ctx context.Context, s Subject, now time.Time) (*exam, error) {
	x := &exam{Subject: s, now: now, gaps: map[source]gap{}, absent: map[source]bool{}}
	x.readGraph(ctx)
	x.probe(ctx)
	if why, missing := x.gaps[fromApp]; missing && x.connection().Credential.ExpiresAt.IsZero() {
		x.lacks(why, fromExpiry)
	}
	return x, ctx.Err()
}

func (x *exam) lacks(why gap, sources ...source) {
	for _, s := range sources {
		if _, known := x.gaps[s]; !known {
			x.gaps[s] = why
		}
	}
}

// lookAgain is the remedy where another look is all that helps.
const lookAgain = "Run the doctor again."

func (x *exam) readGraph(ctx context.Context) {
	if x.Graph == nil {
		x.lacks(gap{
			"Nobody is signed in who lets the doctor read app registrations in Microsoft Graph.",
			"Sign in as an administrator, allow Application.Read.All and Policy.Read.All for this examination (/auth/sign-in?scopes=applications.read), and run the doctor again; " +
				"or give gatehouse doctor a token for Microsoft Graph in GATEHOUSE_GRAPH_TOKEN.",
		}, fromLookup, fromApp, fromFederated, fromPresence, fromPrincipal, fromGrants, fromRoles, fromAssignments, fromGroups, fromPolicy)
		return
	}
	x.readApplication(ctx)
	x.readPrincipal(ctx)
	x.readGroups(ctx)
	policy, err := x.Graph.AuthorizationPolicy(ctx, x.Admin)
	if x.policy = policy; err != nil {
		x.lacks(refused(err, "Policy.Read.All"), fromPolicy)
	}
}

// refused explains why Graph did not answer.
func refused(err error, permission string) gap {
	reason := fault.Public(err) + "."
	if fault.KindOf(err) == fault.Forbidden {
		return gap{reason, "Allow " + permission + " for this examination, and run the doctor again."}
	}
	return gap{reason, lookAgain}
}

func (x *exam) readApplication(ctx context.Context) {
	client := x.connection().ClientID
	app, err := x.Graph.Application(ctx, x.Admin, client)
	switch {
	case err == nil:
		x.app = app
	case fault.KindOf(err) == fault.NotFound && !x.own():
		elsewhere := gap{"The shared app is registered in the directory of whoever runs the platform.", "Whoever runs the platform runs the doctor there."}
		x.lacks(elsewhere, fromLookup, fromApp, fromFederated)
		return
	case fault.KindOf(err) == fault.NotFound:
		x.absent[fromLookup] = true
		x.lacks(gap{"The app registration was not found.", "Mend that first."}, fromApp, fromFederated)
		return
	default:
		x.lacks(refused(err, "Application.Read.All"), fromLookup, fromApp, fromFederated)
		return
	}
	if x.federated, err = x.Graph.FederatedCredentials(ctx, x.Admin, client); err != nil {
		x.lacks(refused(err, "Application.Read.All"), fromFederated)
	}
}

func (x *exam) readPrincipal(ctx context.Context) {
	behind := []source{fromPrincipal, fromGrants, fromRoles, fromAssignments}
	principal, err := x.Graph.ServicePrincipal(ctx, x.Admin, x.connection().ClientID)
	switch {
	case err == nil:
		x.principal = principal
	case fault.KindOf(err) == fault.NotFound:
		x.absent[fromPresence] = true
		x.lacks(gap{"The app has no service principal in this directory.", "Mend that first."}, behind...)
		return
	default:
		x.lacks(refused(err, "Application.Read.All"), append(behind, fromPresence)...)
		return
	}
	if x.graphApp, err = x.Graph.ServicePrincipal(ctx, x.Admin, graph.MicrosoftGraph); err == nil {
		x.grants, err = x.Graph.PermissionGrants(ctx, x.Admin, principal.Object)
	}
	if err != nil {
		x.lacks(refused(err, "Directory.Read.All"), fromGrants)
	}
	if x.roles, err = x.Graph.RolesGranted(ctx, x.Admin, principal.Object); err != nil {
		x.lacks(refused(err, "Directory.Read.All"), fromRoles)
	}
	if x.assigned, err = x.Graph.AssignedTo(ctx, x.Admin, principal.Object); err != nil {
		x.lacks(refused(err, "Directory.Read.All"), fromAssignments)
	}
}

func (x *exam) readGroups(ctx context.Context) {
	var ids []tenants.GUID
	for _, g := range slices.Concat(x.Groups, x.AdminGroups) {
		ids = append(ids, g.ID)
	}
	if len(ids) == 0 {
		return
	}
	var err error
	if x.present, err = x.Graph.GroupsByID(ctx, x.GroupReader, ids); err != nil {
		x.lacks(refused(err, "GroupMember.Read.All"), fromGroups)
	}
}

// exists reports whether the directory is known to have a group.
func (x *exam) exists(g NamedGroup) bool {
	return slices.ContainsFunc(x.present, func(p graph.Group) bool { return p.ID == g.ID })
}

// probe asks for a token for the app itself, as its clients do.
func (x *exam) probe(ctx context.Context) {
	if x.Prover == nil {
		x.lacks(gap{"There is no credential to get a token with.", "Give the connection a credential, and run the doctor again."}, fromProbe, fromToken)
		return
	}
	token, err := x.Prover.Token(ctx, x.connection().Resource+"/.default")
	if err == nil {
		x.claims, err = readClaims(token)
	}
	if err == nil {
		return
	}
	refusal, ok := errors.AsType[*entra.TokenError](err)
	if ok && refusal.Code != 0 {
		x.code = refusal.Code
		x.lacks(gap{fmt.Sprintf("Microsoft Entra ID refused a token for %s (AADSTS%d).", x.connection().Resource, x.code), "Mend what else was found, and run the doctor again."}, fromToken)
		return
	}
	x.lacks(gap{fault.Public(err) + ".", lookAgain}, fromProbe, fromToken)
}

var errNoClaims = fault.New(fault.Upstream, "Microsoft Entra ID answered with a token that is no JSON Web Token")

func readClaims(token string) (tokenClaims, error) {
	var c tokenClaims
	err := readInto(token, &c)
	return c, err
}

// readInto reads claims without believing them.
func readInto(token string, claims any) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errNoClaims
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, claims) != nil {
		return errNoClaims
	}
	return nil
}
