package seed

// Client ids that are the same in every tenant.
const (
	MicrosoftGraph   = "00000003-0000-0000-c000-000000000000"
	VisualStudioCode = "aebc6443-996d-45c2-90f0-388ff96faa56"
	AzureCLI         = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
)

// Consumers is the tenant of personal Microsoft accounts. No organization lives
// there and the emulator has no accounts in it; a key of it must convince nobody.
const Consumers = "9188040d-6c67-4c5b-b112-36a304b66dad"

// EveryMember is the directory role that "wids" carries for every member, so a
// reader of "wids" needs a list of the roles it means.
const EveryMember = "b79fbf4d-3ef9-4689-8143-76b194e85509"

// OpenID are the scopes that belong to no API.
var OpenID = map[string]bool{"openid": true, "profile": true, "email": true, "offline_access": true}

// graphURI is what Microsoft Graph is called in scopes, wherever it listens.
const graphURI = "https://graph.microsoft.com"

// FirstParty are the apps every tenant has without registering them. A seed
// that lists one of them itself replaces it.
func FirstParty(graphURL string) []App {
	return []App{
		{
			ID: MicrosoftGraph, Name: "Microsoft Graph", FirstParty: true, RequestedTokenVersion: 1,
			IdentifierURIs: []string{graphURI, graphURL},
			Scopes: append([]string{
				"openid", "profile", "email", "offline_access", "User.Read", "User.ReadWrite",
				"Calendars.ReadBasic", "Files.Read", "Files.ReadWrite", "Mail.ReadBasic", "People.Read",
			}, graphPermissions...),
			AppRoles: applicationOnly(append([]string{
				"Application.ReadWrite.OwnedBy", "Calendars.ReadBasic.All", "Mail.ReadBasic", "Mail.ReadBasic.All",
			}, graphPermissions...)...),
			// Graph hears of revocations and sends claims challenges to clients that handle them.
			OptionalClaims: OptionalClaims{AccessToken: []OptionalClaim{{Name: "xms_cc"}}},
		},
		{
			ID: VisualStudioCode, Name: "Visual Studio Code", FirstParty: true, Public: true,
			Redirects: Redirects{Public: []string{
				"http://127.0.0.1", "http://localhost", "https://vscode.dev/redirect",
			}},
		},
		{
			ID: AzureCLI, Name: "Microsoft Azure CLI", FirstParty: true, Public: true,
			Redirects: Redirects{Public: []string{"http://127.0.0.1", "http://localhost"}},
		},
	}
}

// graphPermissions are those an app can have for itself and for a person alike.
var graphPermissions = []string{
	"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "User.RevokeSessions.All", "User.EnableDisableAccount.All", "User.DeleteRestore.All",
	"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All",
	"Directory.Read.All", "Directory.ReadWrite.All", "Organization.Read.All", "Organization.ReadWrite.All", "Domain.Read.All", "Domain.ReadWrite.All",
	"RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All",
	"RoleEligibilitySchedule.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory",
	"Application.Read.All", "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
	"Calendars.Read", "Calendars.ReadWrite", "Mail.Read", "Mail.ReadWrite", "Files.Read.All", "Files.ReadWrite.All",
	"Sites.Read.All", "Sites.ReadWrite.All", "People.Read.All", "Policy.Read.All",
}

// applicationOnly declares application permissions.
func applicationOnly(values ...string) []AppRole {
	var out []AppRole
	for _, value := range values {
		out = append(out, AppRole{Value: value, Members: []string{"Application"}})
	}
	return out
}
