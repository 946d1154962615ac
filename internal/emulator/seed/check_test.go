package seed_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
)

// id is a GUID for a name.
func id(name string) string { return seed.Derived("test", name) }

// full is a tenant that uses everything a seed can say.
func full() seed.Tenant {
	return seed.Tenant{
		ID: id("contoso"), Name: "Contoso", Domain: "contoso.example", Domains: []string{"contoso.test"},
		Settings: seed.Settings{UserConsent: "disabled", IdentifierURIs: "v2", ResourceChecked: "refused", Metadata: "compatible", TokenMinutes: 10},
		Users: []seed.User{
			{
				ID: id("alice"), Username: "alice@contoso.example", Password: "x", Manager: id("bob"), People: []string{id("bob")}, MFA: "none",
				DirectoryRoles: []string{id("role")}, EligibleRoles: []string{id("role")},
				Events:   []seed.Event{{Subject: "Review", Start: time.Unix(1, 0), Length: time.Hour, Attendees: []string{id("bob")}}},
				Messages: []seed.Message{{Subject: "Hello", From: "bob@contoso.example"}},
				Files:    []seed.File{{Path: "Reports/2026.txt"}, {Path: "Reports/2027.txt"}},
			},
			{ID: id("bob"), Username: "bob@contoso.example", Password: "x"},
			{ID: id("erin"), Username: "erin@fabrikam.example", Guest: "fabrikam"},
			{ID: id("gone"), Username: "gone@contoso.example", Deleted: true},
			{ID: id("agent user"), Username: "agent@contoso.example", Agent: id("agent")},
		},
		Groups: []seed.Group{
			{ID: id("staff"), Name: "Staff", Members: []string{id("alice"), id("sre")}},
			{ID: id("sre"), Name: "SRE"},
		},
		Apps: []seed.App{
			{
				ID: id("api"), Name: "API", Secret: "s", Expired: true, Certificates: []string{rsaCertificate()},
				Federated: []seed.Federation{
					{Name: "pipeline", Issuer: "https://issuer.example", Subject: "repo", Audience: "api://AzureADTokenExchange"},
					{Name: "laptop", Issuer: "http://localhost:8081/x", Subject: "repo", Audience: "api://AzureADTokenExchange"},
				},
				IdentifierURIs: []string{"api://" + id("api"), "https://mcp.contoso.test/t/contoso", "https://contoso.example", "http://localhost:8080/t/contoso/mcp"},
				Scopes:         []string{"read"}, AppRoles: []seed.AppRole{{Value: "Run", Members: []string{"Application"}}, {Value: "Use"}},
				AppRoleAssignments: []seed.AppRoleAssignment{
					{Role: "Run", Principal: id("machine")}, {Role: "Use", Principal: id("staff")}, {Principal: id("alice")}, {Role: "Run", Principal: id("client")},
				},
				PreAuthorized: []seed.PreAuthorized{{Client: seed.AzureCLI, Scopes: []string{"read"}}}, KnownClients: []string{id("client")},
				RequestedTokenVersion: 1, GroupMembershipClaims: "ApplicationGroup",
				OptionalClaims: seed.OptionalClaims{
					AccessToken: []seed.OptionalClaim{
						{Name: "groups", Properties: []string{"emit_as_roles", "sam_account_name", "cloud_displayname"}}, {Name: "idtyp", Properties: []string{"include_user_token"}},
					},
					IDToken: []seed.OptionalClaim{{Name: "verified_primary_email"}},
				},
				Redirects: seed.Redirects{
					Web: []string{"https://app.example/callback"}, SPA: []string{"http://localhost/spa"}, Public: []string{"http://127.0.0.1", "cursor://callback"},
				},
				RequiredAccess: []seed.Access{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read"}}},
				Consents:       []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: []string{"User.Read"}}},
			},
			{ID: id("client"), Name: "Client", RequiredAccess: []seed.Access{{Resource: id("api"), Scopes: []string{"read"}, Roles: []string{"Run"}}}},
			{ID: id("agent"), Name: "Agent", Agent: id("client")},
		},
		ManagedIdentities: []seed.ManagedIdentity{
			{ID: id("machine client"), Principal: id("machine"), Name: "machine", Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Roles: []string{"User.Read.All"}}}},
			{ID: id("assigned client"), Principal: id("assigned"), Name: "assigned", ResourceID: "/subscriptions/1"},
		},
		ConditionalAccess: []seed.Policy{
			{ID: id("policy"), Name: "Often", Users: []string{id("staff"), id("alice")}, Clients: []string{seed.AzureCLI}, Resources: []string{id("api")}, Require: "signInFrequency", Every: time.Hour},
			{ID: id("other policy"), Name: "MFA", Require: "mfa", AuthContext: "c99"},
		},
	}
}

var rsaCertificate = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return certificate(&key.PublicKey, key)
})

func certificate(public, private any) string {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestFullTenantIsTaken(t *testing.T) {
	t.Parallel()
	if err := seed.Check([]seed.Tenant{full(), {ID: id("fabrikam"), Name: "Fabrikam", Domain: "fabrikam.example"}}); err != nil {
		t.Error(err)
	}
}

func TestEachFaultIsTheOnlyComplaint(t *testing.T) {
	t.Parallel()
	many := func(text string, n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf(text, i)
		}
		return out
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve := certificate(&key.PublicKey, key)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak := certificate(&small.PublicKey, small)
	for name, c := range map[string]struct {
		spoil      func(*seed.Tenant)
		path, text string
	}{
		"tenant id":          {func(t *seed.Tenant) { t.ID = "CONTOSO" }, "tenants[0].id", "not a lower-case GUID"},
		"personal accounts":  {func(t *seed.Tenant) { t.ID = seed.Consumers }, "tenants[0].id", "personal accounts"},
		"tenant name":        {func(t *seed.Tenant) { t.Name = "" }, "tenants[0].name", "is empty"},
		"domain":             {func(t *seed.Tenant) { t.Domains = append(t.Domains, "contoso") }, "tenants[0].domains[1]", "is not a domain"},
		"domain twice":       {func(t *seed.Tenant) { t.Domains = append(t.Domains, "Contoso.example") }, "tenants[0].domains[1]", "is also tenant Contoso"},
		"user consent":       {func(t *seed.Tenant) { t.Settings.UserConsent = "no" }, "tenants[0].settings.userConsent", "use allowed or disabled"},
		"identifier setting": {func(t *seed.Tenant) { t.Settings.IdentifierURIs = "any" }, "tenants[0].settings.identifierUris", "use v2 or verified"},
		"resource setting":   {func(t *seed.Tenant) { t.Settings.ResourceChecked = "loose" }, "tenants[0].settings.resourceChecked", "use exact or refused"},
		"metadata setting":   {func(t *seed.Tenant) { t.Settings.Metadata = "mcp" }, "tenants[0].settings.metadata", "use entra or compatible"},
		"tenant's country":   {func(t *seed.Tenant) { t.Settings.Country = "Sweden" }, "tenants[0].settings.country", "two capital letters"},
		"lifetime too short": {func(t *seed.Tenant) { t.Settings.TokenMinutes = 9 }, "tenants[0].settings.tokenMinutes", "between 10 and 1439"},
		"lifetime too long":  {func(t *seed.Tenant) { t.Settings.TokenMinutes = 1440 }, "tenants[0].settings.tokenMinutes", "between 10 and 1439"},
		"user id": {func(t *seed.Tenant) {
			t.Users[1].ID = "x"
			t.Users[0].Manager, t.Users[0].People, t.Users[0].Events = "", nil, nil
		}, "tenants[0].users[1].id", "not a lower-case GUID"},
		"object id twice":      {func(t *seed.Tenant) { t.Groups[1].ID = id("alice"); t.Groups[0].Members = nil }, "tenants[0].groups[1].id", "also belongs to tenants[0].users[0].id"},
		"username":             {func(t *seed.Tenant) { t.Users[1].Username = "bob" }, "tenants[0].users[1].username", "such as alice@contoso.example"},
		"username twice":       {func(t *seed.Tenant) { t.Users[1].Username = "ALICE@contoso.example" }, "tenants[0].users[1].username", "is taken"},
		"no password":          {func(t *seed.Tenant) { t.Users[1].Password = "" }, "tenants[0].users[1].password", "is empty"},
		"guest with password":  {func(t *seed.Tenant) { t.Users[2].Password = "x" }, "tenants[0].users[2].password", "set for a guest"},
		"guest at home":        {func(t *seed.Tenant) { t.Users[2].Guest = t.ID }, "tenants[0].users[2].guest", "names this very tenant"},
		"agent with password":  {func(t *seed.Tenant) { t.Users[4].Password = "x" }, "tenants[0].users[4].password", "agents have no passwords"},
		"agent user of no one": {func(t *seed.Tenant) { t.Users[4].Agent = id("client") }, "tenants[0].users[4].agent", "no agent identity"},
		"agent user as guest":  {func(t *seed.Tenant) { t.Users[4].Guest = "x" }, "tenants[0].users[4].guest", "lives where its agent does"},
		"second factor":        {func(t *seed.Tenant) { t.Users[0].MFA = "sms" }, "tenants[0].users[0].mfa", "use registered or none"},
		"manager":              {func(t *seed.Tenant) { t.Users[0].Manager = id("staff") }, "tenants[0].users[0].manager", "no user of"},
		"manager of oneself":   {func(t *seed.Tenant) { t.Users[0].Manager = id("alice") }, "tenants[0].users[0].manager", "names this very user"},
		"people":               {func(t *seed.Tenant) { t.Users[0].People[0] = id("staff") }, "tenants[0].users[0].people[0]", "no user"},
		"directory role":       {func(t *seed.Tenant) { t.Users[0].DirectoryRoles[0] = "admin" }, "tenants[0].users[0].directoryRoles[0]", "template id"},
		"eligible role":        {func(t *seed.Tenant) { t.Users[0].EligibleRoles[0] = "admin" }, "tenants[0].users[0].eligibleRoles[0]", "template id"},
		"event length":         {func(t *seed.Tenant) { t.Users[0].Events[0].Length = 0 }, "tenants[0].users[0].events[0].length", "not positive"},
		"event start":          {func(t *seed.Tenant) { t.Users[0].Events[0].Start = time.Time{} }, "tenants[0].users[0].events[0].start", "is empty"},
		"attendee":             {func(t *seed.Tenant) { t.Users[0].Events[0].Attendees[0] = "x" }, "tenants[0].users[0].events[0].attendees[0]", "no user"},
		"message sender":       {func(t *seed.Tenant) { t.Users[0].Messages[0].From = "bob" }, "tenants[0].users[0].messages[0].from", "not a mail address"},
		"absolute file":        {func(t *seed.Tenant) { t.Users[0].Files[0].Path = "/a" }, "tenants[0].users[0].files[0].path", "path from the root"},
		"climbing file":        {func(t *seed.Tenant) { t.Users[0].Files[0].Path = "a/../b" }, "tenants[0].users[0].files[0].path", "a dot"},
		"forbidden character":  {func(t *seed.Tenant) { t.Users[0].Files[0].Path = "a:b" }, "tenants[0].users[0].files[0].path", "OneDrive refuses"},
		"file twice":           {func(t *seed.Tenant) { t.Users[0].Files[1].Path = "REPORTS/2026.txt" }, "tenants[0].users[0].files[1].path", "is there already"},
		"file over a folder":   {func(t *seed.Tenant) { t.Users[0].Files[1].Path = "reports" }, "tenants[0].users[0].files[1].path", "is there already"},
		"file below a file":    {func(t *seed.Tenant) { t.Users[0].Files[1].Path = "Reports/2026.txt/a" }, "tenants[0].users[0].files[1].path", "which is a file"},
		"group name":           {func(t *seed.Tenant) { t.Groups[1].Name = "Staff" }, "tenants[0].groups[1].name", "empty or taken"},
		"member":               {func(t *seed.Tenant) { t.Groups[0].Members[0] = id("api") }, "tenants[0].groups[0].members[0]", "neither a user nor a group"},
		"app id":               {func(t *seed.Tenant) { t.Apps[2].ID = "X"; t.Users = t.Users[:4] }, "tenants[0].apps[2].id", "not a lower-case GUID"},
		"app twice": {func(t *seed.Tenant) {
			t.Apps = append(t.Apps, seed.App{ID: id("api"), Name: "Twin", Scopes: []string{"read"}, AppRoles: t.Apps[0].AppRoles})
		}, "tenants[0].apps[3].id", "listed twice"},
		"app name":            {func(t *seed.Tenant) { t.Apps[1].Name = "" }, "tenants[0].apps[1].name", "is empty"},
		"blueprint unknown":   {func(t *seed.Tenant) { t.Apps[2].Agent = id("nobody") }, "tenants[0].apps[2].agent", "no app of the tenant"},
		"blueprint is agent":  {func(t *seed.Tenant) { t.Apps = append(t.Apps, seed.App{ID: id("b"), Name: "B", Agent: id("agent")}) }, "tenants[0].apps[3].agent", "is an agent identity itself"},
		"agent's secret":      {func(t *seed.Tenant) { t.Apps[2].Secret = "x" }, "tenants[0].apps[2].secret", "belong to its blueprint"},
		"agent's certificate": {func(t *seed.Tenant) { t.Apps[2].Certificates = []string{rsaCertificate()} }, "tenants[0].apps[2].certificates", "belong to its blueprint"},
		"agent's federation":  {func(t *seed.Tenant) { t.Apps[2].Federated = t.Apps[0].Federated[:1] }, "tenants[0].apps[2].federatedCredentials", "belong to its blueprint"},
		"expired nothing":     {func(t *seed.Tenant) { t.Apps[1].Expired = true }, "tenants[0].apps[1].expired", "without a secret"},
		"certificate text":    {func(t *seed.Tenant) { t.Apps[0].Certificates[0] = "MIIC" }, "tenants[0].apps[0].certificates[0]", "not one certificate in PEM"},
		"two certificates":    {func(t *seed.Tenant) { t.Apps[0].Certificates[0] += rsaCertificate() }, "tenants[0].apps[0].certificates[0]", "not one certificate in PEM"},
		"certificate broken": {func(t *seed.Tenant) {
			t.Apps[0].Certificates[0] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
		}, "tenants[0].apps[0].certificates[0]", "no X.509 certificate"},
		"certificate on curve":  {func(t *seed.Tenant) { t.Apps[0].Certificates[0] = curve }, "tenants[0].apps[0].certificates[0]", "no RSA key of 2048 bits"},
		"certificate of 1024":   {func(t *seed.Tenant) { t.Apps[0].Certificates[0] = weak }, "tenants[0].apps[0].certificates[0]", "no RSA key of 2048 bits"},
		"too many federations":  {func(t *seed.Tenant) { t.Apps[0].Federated = federations(21) }, "tenants[0].apps[0].federatedCredentials", "are 21"},
		"federation twice":      {func(t *seed.Tenant) { t.Apps[0].Federated[1].Issuer = "https://issuer.example" }, "tenants[0].apps[0].federatedCredentials[1]", "unique in an app"},
		"federation name twice": {func(t *seed.Tenant) { t.Apps[0].Federated[1].Name = "pipeline" }, "tenants[0].apps[0].federatedCredentials[1].name", "is taken"},
		"federation audience":   {func(t *seed.Tenant) { t.Apps[0].Federated[1].Audience = "" }, "tenants[0].apps[0].federatedCredentials[1].audience", "is empty"},
		"federation subject":    {func(t *seed.Tenant) { t.Apps[0].Federated[1].Subject = "" }, "tenants[0].apps[0].federatedCredentials[1].subject", "is empty"},
		"federation no name":    {func(t *seed.Tenant) { t.Apps[0].Federated[1].Name = "" }, "tenants[0].apps[0].federatedCredentials[1].name", "is empty"},
		"issuer on http":        {func(t *seed.Tenant) { t.Apps[0].Federated[1].Issuer = "http://issuer.example" }, "tenants[0].apps[0].federatedCredentials[1].issuer", "an https URL"},
		"issuer relative":       {func(t *seed.Tenant) { t.Apps[0].Federated[1].Issuer = "issuer.example" }, "tenants[0].apps[0].federatedCredentials[1].issuer", "an https URL"},
		"scope name":            {func(t *seed.Tenant) { t.Apps[0].Scopes = append(t.Apps[0].Scopes, "a b") }, "tenants[0].apps[0].scopes[1]", "not a permission name"},
		"OpenID scope":          {func(t *seed.Tenant) { t.Apps[0].Scopes = append(t.Apps[0].Scopes, "openid") }, "tenants[0].apps[0].scopes[1]", "not a permission name"},
		"pre-authorized":        {func(t *seed.Tenant) { t.Apps[0].PreAuthorized[0].Scopes[0] = "raed" }, "tenants[0].apps[0].preAuthorized[0].scopes[0]", "not exposed by API; did you mean read?"},
		"pre-authorized client": {func(t *seed.Tenant) { t.Apps[0].PreAuthorized[0].Client = "x" }, "tenants[0].apps[0].preAuthorized[0].client", "not a lower-case GUID"},
		"known client":          {func(t *seed.Tenant) { t.Apps[0].KnownClients[0] = id("nobody") }, "tenants[0].apps[0].knownClients[0]", "no app of the tenant"},
		"consent to nothing":    {func(t *seed.Tenant) { t.Apps[0].Consents[0].Resource = id("nobody") }, "tenants[0].apps[0].consents[0].resource", "no app of the tenant"},
		"consent to a scope":    {func(t *seed.Tenant) { t.Apps[0].Consents[0].Scopes[0] = "Mail.Eat" }, "tenants[0].apps[0].consents[0].scopes[0]", "no delegated permission \"Mail.Eat\" (docs/emulator.md lists what it has); did you mean Mail.Read?"},
		"access to nothing":     {func(t *seed.Tenant) { t.Apps[0].RequiredAccess[0].Resource = id("nobody") }, "tenants[0].apps[0].requiredAccess[0].resource", "no app of the tenant"},
		"access to a scope":     {func(t *seed.Tenant) { t.Apps[0].RequiredAccess[0].Scopes[0] = "Mail.Eat" }, "tenants[0].apps[0].requiredAccess[0].scopes[0]", "this emulator's Microsoft Graph has no delegated permission"},
		"access to a role":      {func(t *seed.Tenant) { t.Apps[1].RequiredAccess[0].Roles[0] = "Fly" }, "tenants[0].apps[1].requiredAccess[0].roles[0]", "no app role of API"},
		"access to user's role": {func(t *seed.Tenant) { t.Apps[0].AppRoles[0].Members[0] = "User" }, "tenants[0].apps[1].requiredAccess[0].roles[0]", "for applications"},
		"access to naught":      {func(t *seed.Tenant) { t.Apps[0].RequiredAccess[0].Scopes = nil }, "tenants[0].apps[0].requiredAccess[0]", "neither scopes nor roles"},
		"consent to naught":     {func(t *seed.Tenant) { t.Apps[0].Consents[0].Scopes = nil }, "tenants[0].apps[0].consents[0]", "neither scopes nor roles"},
		"consent to a role":     {func(t *seed.Tenant) { t.Apps[0].Consents[0].Roles = []string{"Fly"} }, "tenants[0].apps[0].consents[0].roles[0]", "this emulator's Microsoft Graph has no application permission"},
		"identity for people":   {func(t *seed.Tenant) { t.ManagedIdentities[0].Consents[0].Scopes = []string{"User.Read"} }, "tenants[0].managedIdentities[0].consents[0].scopes", "use roles"},
		"identity's role":       {func(t *seed.Tenant) { t.ManagedIdentities[0].Consents[0].Roles[0] = "Fly" }, "tenants[0].managedIdentities[0].consents[0].roles[0]", "this emulator's Microsoft Graph has no application permission"},
		"role value":            {func(t *seed.Tenant) { t.Apps[0].AppRoles[1].Value = "A B"; t.Apps[0].AppRoleAssignments = nil }, "tenants[0].apps[0].appRoles[1].value", "not usable"},
		"role twice":            {func(t *seed.Tenant) { t.Apps[0].AppRoles[1].Value = "Run"; t.Apps[0].AppRoleAssignments = nil }, "tenants[0].apps[0].appRoles[1].value", "another role's"},
		"role member":           {func(t *seed.Tenant) { t.Apps[0].AppRoles[1].Members = []string{"Robot"} }, "tenants[0].apps[0].appRoles[1].members[0]", "use User or Application"},
		"assigned role":         {func(t *seed.Tenant) { t.Apps[0].AppRoleAssignments[0].Role = "Fly" }, "tenants[0].apps[0].appRoleAssignments[0].role", "not declared"},
		"assigned principal":    {func(t *seed.Tenant) { t.Apps[0].AppRoleAssignments[0].Principal = id("nobody") }, "tenants[0].apps[0].appRoleAssignments[0].principal", "no user, group, app or managed identity"},
		"token version":         {func(t *seed.Tenant) { t.Apps[1].RequestedTokenVersion = 3 }, "tenants[0].apps[1].requestedTokenVersion", "use 1 or 2"},
		"group claims":          {func(t *seed.Tenant) { t.Apps[1].GroupMembershipClaims = "Groups" }, "tenants[0].apps[1].groupMembershipClaims", "use None, SecurityGroup"},
		"optional claim":        {func(t *seed.Tenant) { t.Apps[0].OptionalClaims.IDToken[0].Name = "shoe_size" }, "tenants[0].apps[0].optionalClaims.idToken[0].name", "unknown to the emulator"},
		"claim property":        {func(t *seed.Tenant) { t.Apps[0].OptionalClaims.AccessToken[1].Properties[0] = "x" }, "tenants[0].apps[0].optionalClaims.accessToken[1].properties[0]", "unknown to the emulator"},
		"Windows domain": {func(t *seed.Tenant) {
			t.Apps[0].OptionalClaims.AccessToken[0].Properties[1] = "dns_domain_and_sam_account_name"
		}, "tenants[0].apps[0].optionalClaims.accessToken[0].properties[1]", "lives in the cloud only"},
		"group display names":   {func(t *seed.Tenant) { t.Apps[0].GroupMembershipClaims = "All" }, "tenants[0].apps[0].optionalClaims.accessToken[0].properties[2]", "ApplicationGroup alone"},
		"redirect on http":      {func(t *seed.Tenant) { t.Apps[0].Redirects.Web[0] = "http://app.example/" }, "tenants[0].apps[0].redirects.web[0]", "must start with 'HTTPS' or 'http://localhost'"},
		"redirect wildcard":     {func(t *seed.Tenant) { t.Apps[0].Redirects.Web[0] = "https://*.example/" }, "tenants[0].apps[0].redirects.web[0]", "without fragment and wildcard"},
		"redirect relative":     {func(t *seed.Tenant) { t.Apps[0].Redirects.SPA[0] = "callback" }, "tenants[0].apps[0].redirects.spa[0]", "not an absolute URI"},
		"redirect fragment":     {func(t *seed.Tenant) { t.Apps[0].Redirects.SPA[0] = "https://a.example/#x" }, "tenants[0].apps[0].redirects.spa[0]", "not an absolute URI"},
		"redirect on IPv6":      {func(t *seed.Tenant) { t.Apps[0].Redirects.Public[0] = "http://[::1]/" }, "tenants[0].apps[0].redirects.public[0]", "is on [::1]"},
		"redirect too long":     {func(t *seed.Tenant) { t.Apps[0].Redirects.Web[0] = "https://a.example/" + strings.Repeat("x", 239) }, "tenants[0].apps[0].redirects.web[0]", "has 257 characters"},
		"too many redirects":    {func(t *seed.Tenant) { t.Apps[0].Redirects.Web = many("https://a.example/%d", 254) }, "tenants[0].apps[0].redirects", "are 257 URIs"},
		"identity id":           {func(t *seed.Tenant) { t.ManagedIdentities[0].ID = "x" }, "tenants[0].managedIdentities[0].id", "not a lower-case GUID"},
		"identity id twice":     {func(t *seed.Tenant) { t.ManagedIdentities[1].ID = id("machine client") }, "tenants[0].managedIdentities[1].id", "another app or identity"},
		"identity as an app":    {func(t *seed.Tenant) { t.ManagedIdentities[1].ID = id("api") }, "tenants[0].managedIdentities[1].id", "another app or identity"},
		"identity principal":    {func(t *seed.Tenant) { t.ManagedIdentities[1].Principal = id("alice") }, "tenants[0].managedIdentities[1].principal", "also belongs to"},
		"identity name":         {func(t *seed.Tenant) { t.ManagedIdentities[1].Name = "" }, "tenants[0].managedIdentities[1].name", "is empty"},
		"two of the system":     {func(t *seed.Tenant) { t.ManagedIdentities[1].ResourceID = "" }, "tenants[0].managedIdentities[1].resourceId", "one system-assigned identity"},
		"resource id":           {func(t *seed.Tenant) { t.ManagedIdentities[1].ResourceID = "x" }, "tenants[0].managedIdentities[1].resourceId", "not an Azure resource id"},
		"policy id":             {func(t *seed.Tenant) { t.ConditionalAccess[0].ID = "x" }, "tenants[0].conditionalAccess[0].id", "claims challenges carry it"},
		"policy id twice":       {func(t *seed.Tenant) { t.ConditionalAccess[1].ID = id("policy") }, "tenants[0].conditionalAccess[1].id", "another policy's"},
		"policy name":           {func(t *seed.Tenant) { t.ConditionalAccess[1].Name = "" }, "tenants[0].conditionalAccess[1].name", "is empty"},
		"policy user":           {func(t *seed.Tenant) { t.ConditionalAccess[0].Users[0] = id("api") }, "tenants[0].conditionalAccess[0].users[0]", "neither a user nor a group"},
		"policy client":         {func(t *seed.Tenant) { t.ConditionalAccess[0].Clients[0] = "x" }, "tenants[0].conditionalAccess[0].clients[0]", "no app of the tenant"},
		"policy resource":       {func(t *seed.Tenant) { t.ConditionalAccess[0].Resources[0] = "x" }, "tenants[0].conditionalAccess[0].resources[0]", "no app of the tenant"},
		"authentication zero":   {func(t *seed.Tenant) { t.ConditionalAccess[1].AuthContext = "c0" }, "tenants[0].conditionalAccess[1].authContext", "use c1 to c99"},
		"authentication high":   {func(t *seed.Tenant) { t.ConditionalAccess[1].AuthContext = "c100" }, "tenants[0].conditionalAccess[1].authContext", "use c1 to c99"},
		"apps and context":      {func(t *seed.Tenant) { t.ConditionalAccess[0].AuthContext = "c1" }, "tenants[0].conditionalAccess[0].authContext", "a policy is about either"},
		"policy control":        {func(t *seed.Tenant) { t.ConditionalAccess[1].Require = "" }, "tenants[0].conditionalAccess[1].require", "use mfa, compliantDevice"},
		"frequency without age": {func(t *seed.Tenant) { t.ConditionalAccess[0].Every = 0 }, "tenants[0].conditionalAccess[0].every", "how old a sign-in may be"},
		"age without frequency": {func(t *seed.Tenant) { t.ConditionalAccess[1].Every = time.Hour }, "tenants[0].conditionalAccess[1].every", "belongs to signInFrequency"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := full()
			c.spoil(&tenant)
			got := complaints(t, seed.Check([]seed.Tenant{tenant}))
			if len(got) != 1 || got[0].Path != c.path || !strings.Contains(got[0].Text, c.text) {
				t.Errorf("complaints are %v, want one: %s: …%s…", got, c.path, c.text)
			}
		})
	}
}

func TestMicrosoftsOwnAppsMayBeListed(t *testing.T) {
	t.Parallel()
	graph := seed.FirstParty("http://localhost:8082")[0]
	graph.AppRoleAssignments = []seed.AppRoleAssignment{{Role: "User.Read.All", Principal: id("client")}}
	tenant := full()
	tenant.Apps = append(tenant.Apps, graph)
	if err := seed.Check([]seed.Tenant{tenant}); err != nil {
		t.Error(err)
	}
}

func federations(n int) []seed.Federation {
	out := make([]seed.Federation, n)
	for i := range out {
		out[i] = seed.Federation{Name: fmt.Sprint(i), Issuer: "https://issuer.example", Subject: fmt.Sprint(i), Audience: "x"}
	}
	return out
}

func complaints(t *testing.T, err error) []seed.Complaint {
	t.Helper()
	var all *seed.Error
	if err != nil && !errors.As(err, &all) {
		t.Fatalf("%T %v", err, err)
	}
	if all == nil {
		return nil
	}
	return all.Complaints
}

func TestTenantsShareNoIDsAndNoDomains(t *testing.T) {
	t.Parallel()
	first := seed.Tenant{ID: id("a"), Name: "A", Domain: "a.example", Groups: []seed.Group{{ID: id("g"), Name: "G"}}}
	second := seed.Tenant{ID: id("a"), Name: "B", Domain: "b.example", Domains: []string{"A.example"}, Groups: []seed.Group{{ID: id("g"), Name: "G"}}}
	got := complaints(t, seed.Check([]seed.Tenant{first, second}))
	var paths []string
	for _, c := range got {
		paths = append(paths, c.Path)
	}
	if want := "tenants[1].id tenants[1].domains[0] tenants[1].groups[0].id"; strings.Join(paths, " ") != want {
		t.Errorf("complaints are %v, want them at %s", got, want)
	}
}

func TestACopySharesNothing(t *testing.T) {
	t.Parallel()
	var kinds func(of reflect.Type)
	kinds = func(of reflect.Type) {
		switch {
		case of.Kind() == reflect.Map || of.Kind() == reflect.Pointer || of.Kind() == reflect.Interface:
			t.Errorf("%s is in a seed, and Copy does not look into it", of)
		case of.Kind() == reflect.Slice:
			kinds(of.Elem())
		case of.Kind() == reflect.Struct && of != reflect.TypeFor[time.Time]():
			for field := range of.Fields() {
				kinds(field.Type)
			}
		}
	}
	kinds(reflect.TypeFor[seed.Tenant]())
	one := []seed.Tenant{{Users: []seed.User{{Events: []seed.Event{{Attendees: []string{"a"}, Start: time.Unix(1, 0)}}}}}}
	two := seed.Copy(one)
	if !reflect.DeepEqual(one, two) {
		t.Errorf("the copy is %v", two)
	}
	if one[0].Users[0].Events[0].Attendees[0] = "b"; two[0].Users[0].Events[0].Attendees[0] != "a" {
		t.Error("a change reaches the copy")
	}
}

func TestPoliciesOfALiveDirectoryAreChecked(t *testing.T) {
	t.Parallel()
	const one, alice, app = "ca000000-0000-4000-8000-000000000001", "alice", "app"
	in := seed.Directory{Principal: func(id string) bool { return id == alice }, App: func(id string) bool { return id == app }}
	good := seed.Policy{ID: one, Require: seed.RequireMFA, Users: []string{alice}, Clients: []string{app}, Resources: []string{app}}
	ofContext := seed.Policy{ID: one, Require: seed.RequireMFA, Users: []string{alice}, AuthContext: "c99"}
	if err := errors.Join(seed.CheckPolicy(good, in), seed.CheckPolicy(ofContext, in)); err != nil {
		t.Error(err)
	}
	for want, p := range map[string]seed.Policy{
		`id: "one" is not a lower-case GUID`:                   {ID: "one", Require: "mfa"},
		`authContext: "c0" is not an authentication context`:   {ID: one, Require: "mfa", AuthContext: "c0"},
		`authContext: "c100" is not an authentication context`: {ID: one, Require: "mfa", AuthContext: "c100"},
		`authContext: is set beside resources`:                 {ID: one, Require: "mfa", AuthContext: "c1", Resources: []string{app}},
		`require: "fun" is unknown`:                            {ID: one, Require: "fun"},
		`every: 0s is not positive`:                            {ID: one, Require: "signInFrequency"},
		`every: belongs to signInFrequency alone`:              {ID: one, Require: "mfa", Every: time.Hour},
		`users[0]: "x" is neither a user nor a group`:          {ID: one, Require: "mfa", Users: []string{"x"}},
		`clients[0]: "x" is no app of the tenant`:              {ID: one, Require: "mfa", Clients: []string{"x"}},
		`resources[0]: "x" is no app of the tenant`:            {ID: one, Require: "mfa", Resources: []string{"x"}},
	} {
		if err := seed.CheckPolicy(p, in); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
