package clients_test

import (
	"fmt"

	"gatehouse/internal/emulator/seed"
)

const (
	contoso  = "c0000000-0000-4000-8000-000000000001"
	fabrikam = "fa000000-0000-4000-8000-000000000002"
	nowhere  = "deadbeef-0000-4000-8000-000000000003" // no tenant has this id

	alice = "a11ce000-0000-4000-8000-000000000001"
	bob   = "b0b00000-0000-4000-8000-000000000002" // may read nothing in Graph but himself
	dan   = "da000000-0000-4000-8000-000000000003" // disabled
	faye  = "fa1e0000-0000-4000-8000-000000000004" // of Fabrikam
	rita  = "417a0000-0000-4000-8000-000000000005" // for those who end her sessions

	api      = "a0100000-0000-4000-8000-000000000001" // the middle tier
	web      = "a0100000-0000-4000-8000-000000000002" // signs people in, in both tenants
	desktop  = "a0100000-0000-4000-8000-000000000003" // public
	daemon   = "a0100000-0000-4000-8000-000000000004" // acts for itself
	vault    = "a0100000-0000-4000-8000-000000000005" // wants a second factor
	lone     = "a0100000-0000-4000-8000-000000000006" // a middle tier nobody agreed to
	lapsed   = "a0100000-0000-4000-8000-000000000007" // its secret has expired
	apiName  = "api://" + api
	apiScope = apiName + "/access"
	loneURI  = "api://" + lone
	vaultURI = "api://" + vault

	apiSecret    = "the-secret-of-the-api"
	webSecret    = "the-secret-of-the-web-app"
	daemonSecret = "the secret of the daemon +%&"
	lapsedSecret = "a-secret-of-last-year"

	machine           = "31000000-0000-4000-8000-000000000001" // system-assigned
	machinePrincipal  = "31000000-0000-4000-8000-0000000000a1"
	workload          = "31000000-0000-4000-8000-000000000002" // user-assigned
	workloadPrincipal = "31000000-0000-4000-8000-0000000000a2"
	workloadResource  = "/subscriptions/5b000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/workload"

	exchange  = "api://AzureADTokenExchange"
	pod       = "system:serviceaccount:gatehouse:api"
	pipeline  = "repo:contoso/gatehouse:ref:refs/heads/main"
	mfaPolicy = "9a000000-0000-4000-8000-000000000001"

	webRedirect = "http://localhost:5000/signin-oidc"

	crowd = 25 // people and groups beside the named ones
)

// tenants is the directory of every cloud.
func tenants(c *cloud) []seed.Tenant {
	return []seed.Tenant{
		{
			ID: contoso, Name: "Contoso", Domain: "contoso.example",
			Users: append([]seed.User{
				{ID: alice, Username: "alice@contoso.example", Password: "pw-alice", Name: "Alice Adams", Mail: "alice@contoso.example"},
				{ID: bob, Username: "bob@contoso.example", Password: "pw-bob", Name: "Bob Brown"},
				{ID: dan, Username: "dan@contoso.example", Password: "pw-dan", Name: "Dan Diaz", Disabled: true},
				{ID: rita, Username: "rita@contoso.example", Password: "pw-rita", Name: "Rita Reyes"},
			}, people()...),
			Groups: groups(),
			Apps:   apps(c),
			ManagedIdentities: []seed.ManagedIdentity{
				{ID: machine, Principal: machinePrincipal, Name: "machine"},
				{ID: workload, Principal: workloadPrincipal, Name: "workload", ResourceID: workloadResource},
			},
			ConditionalAccess: []seed.Policy{{ID: mfaPolicy, Name: "Second factor for the vault", Resources: []string{vault}, Require: "mfa"}},
		},
		{
			ID: fabrikam, Name: "Fabrikam", Domain: "fabrikam.example",
			Users: []seed.User{{ID: faye, Username: "faye@fabrikam.example", Password: "pw-faye", Name: "Faye Fox"}},
			Apps:  []seed.App{webApp()},
		},
	}
}

func people() []seed.User {
	var out []seed.User
	for i := range crowd {
		out = append(out, seed.User{
			ID: fmt.Sprintf("c0ffee00-0000-4000-8000-%012d", i), Username: fmt.Sprintf("person%02d@contoso.example", i), Password: "pw", Name: fmt.Sprintf("Person %02d", i),
		})
	}
	return out
}

func groups() []seed.Group {
	var out []seed.Group
	for i := range crowd {
		out = append(out, seed.Group{
			ID: fmt.Sprintf("9e000000-0000-4000-8000-%012d", i), Name: fmt.Sprintf("Group %02d", i), Members: []string{alice},
		})
	}
	return out
}

func apps(c *cloud) []seed.App {
	certificate := []string{appCertificate().certificatePEM()}
	return []seed.App{
		{
			ID: api, Name: "API", Secret: apiSecret, RequestedTokenVersion: 2, Certificates: certificate,
			Federated: []seed.Federation{
				{Name: "cluster", Issuer: c.issuer.url(), Subject: pod, Audience: exchange},
				{Name: "machine", Issuer: c.entra + "/" + contoso + "/v2.0", Subject: workloadPrincipal, Audience: exchange},
			},
			IdentifierURIs: []string{apiName}, Scopes: []string{"access"},
			PreAuthorized: []seed.PreAuthorized{{Client: web}, {Client: desktop}},
			AppRoles:      []seed.AppRole{{Value: "Tools.Execute", Members: []string{"Application"}}},
			AppRoleAssignments: []seed.AppRoleAssignment{
				{Role: "Tools.Execute", Principal: daemon},
				{Role: "Tools.Execute", Principal: machinePrincipal},
				{Role: "Tools.Execute", Principal: workloadPrincipal},
			},
			Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "GroupMember.Read.All"}}},
		},
		webApp(),
		{
			ID: desktop, Name: "Desktop", Public: true, Redirects: seed.Redirects{Public: []string{"http://localhost"}},
			Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read", "User.Read.All", "Group.Read.All", "GroupMember.Read.All"}}},
		},
		{
			ID: daemon, Name: "Daemon", Secret: daemonSecret, Certificates: certificate,
			Federated: []seed.Federation{{Name: "pipeline", Issuer: c.issuer.url(), Subject: pipeline, Audience: exchange}},
		},
		{
			ID: vault, Name: "Vault", RequestedTokenVersion: 2, IdentifierURIs: []string{vaultURI}, Scopes: []string{"read"},
			PreAuthorized: []seed.PreAuthorized{{Client: api}},
		},
		{
			ID: lone, Name: "Lone", Secret: apiSecret, RequestedTokenVersion: 2, IdentifierURIs: []string{loneURI}, Scopes: []string{"access"},
			PreAuthorized: []seed.PreAuthorized{{Client: web}},
		},
		{ID: lapsed, Name: "Lapsed", Secret: lapsedSecret, Expired: true},
	}
}

// webApp is the one app that both tenants have.
func webApp() seed.App {
	return seed.App{
		ID: web, Name: "Web", Secret: webSecret, MultiTenant: true, Redirects: seed.Redirects{Web: []string{webRedirect}},
		Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"openid", "profile", "email", "offline_access", "User.Read"}}},
	}
}
