package emulator

// Client ids that are the same in every tenant.
const (
	MicrosoftGraph   = "00000003-0000-0000-c000-000000000000"
	VisualStudioCode = "aebc6443-996d-45c2-90f0-388ff96faa56"
	AzureCLI         = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
)

// consumers is the tenant of personal Microsoft accounts. No organization lives
// there and the emulator has no accounts in it; a key of it must convince nobody.
const consumers = "9188040d-6c67-4c5b-b112-36a304b66dad"

// everyMember is the directory role that "wids" carries for every member, so a
// reader of "wids" needs a list of the roles it means.
const everyMember = "b79fbf4d-3ef9-4689-8143-76b194e85509"

// openID are the scopes that belong to no API.
var openID = map[string]bool{"openid": true, "profile": true, "email": true, "offline_access": true}

// firstParty are the apps every tenant has without registering them. A seed
// that lists one of them itself replaces it.
func firstParty(graphURL string) []App {
	return []App{
		{
			ID: MicrosoftGraph, Name: "Microsoft Graph", FirstParty: true, RequestedTokenVersion: 1,
			IdentifierURIs: []string{"https://graph.microsoft.com", graphURL},
			Scopes: []string{
				"openid", "profile", "email", "offline_access",
				"User.Read", "User.ReadBasic.All", "User.Read.All",
				"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Organization.Read.All",
				"Calendars.Read", "Files.Read", "Mail.Read", "People.Read", "Sites.Read.All",
			},
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
