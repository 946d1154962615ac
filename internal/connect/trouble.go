package connect

import "gatehouse/internal/authserver"

// brokered are the numbers that people meet whose sign-in goes through Gatehouse,
// whichever app they connect. Gatehouse is the client then, so that they are about
// its registration; the words are those of the page that Gatehouse shows.
var brokered = []int{65001, 90094, 50105, 50020, 53003, 53000, 50076, 700016, 50011, 7000222}

// atEntra are the numbers that people meet whose app signs them in at Entra itself.
// Entra shows them; they are about the app's own registration, or about what it
// asks for (Microsoft, "Microsoft Entra authentication and authorization error
// codes"; for 9010010 entra-docs, "Secure an MCP server with Microsoft Entra ID",
// 2026-09-01, and microsoft/vscode#321249; for 7000218 and 9002326
// anthropics/claude-ai-mcp#894 and #1007; for 900144 openai/codex#5480).
var atEntra = map[int]meaning{
	9010010: {
		"The resource does not match the scope", "The app names the endpoint's URL as the resource, and Entra compares it with the Application ID URIs of the app registration that owns the scope.",
		"An Entra administrator can add the URL, exactly as it stands above and without a slash at the end: App registrations > the endpoint's app > Expose an API. It needs access token version 2 and a verified domain; where that is not to be had, sign-in through Gatehouse (mode brokered) is the way.",
	},
	50011: {
		"The redirect URI is not registered", "Entra does not know the address at which the app waits for the answer.",
		"An Entra administrator can add it to the registration whose client ID the app uses: Authentication > Mobile and desktop applications for an app without a secret, Web for one with a secret.",
	},
	7000218: {
		"Entra wants a client secret", "The redirect URI is registered under Web, which is for apps that keep a secret, and this one has none.",
		"An Entra administrator can move it: Authentication > remove it from Web, and add it under Mobile and desktop applications.",
	},
	9002326: {
		"The redirect URI is registered for pages", "It stands under Single-page application, from where codes are redeemed by scripts in browsers only.",
		"An Entra administrator can move it: Authentication > remove it from Single-page application, and add it under Mobile and desktop applications.",
	},
	700016: {
		"Entra does not know this client ID", "No app registration of the organization's Entra tenant has it, or it is not that tenant where the sign-in took place.",
		"Compare the client ID in the app's configuration with Application (client) ID in the Entra admin center, App registrations > the app > Overview.",
	},
	65001: {
		"Nobody has consented to the app", "The app whose client ID is used may not have the endpoint's scope yet.",
		"An Entra administrator can add its client ID under App registrations > the endpoint's app > Expose an API > Authorized client applications, or grant admin consent to it.",
	},
	650053: {
		"The scope is not one of Microsoft Graph", "The app asks for the bare name of the scope, and Entra looks that up in Microsoft Graph.",
		"Put the whole scope into the app's configuration, as it stands above.",
	},
	900144: {
		"The app sends no scope", "Entra wants one for each token, also for a refreshed one, and some apps leave it out.",
		"Put the whole scope into the app's configuration, as it stands above. If it has no place for one, it connects through Gatehouse (mode brokered) only.",
	},
	500011: {
		"The endpoint's app is not in the tenant", "Its registration has no service principal in the Entra tenant where the sign-in took place, or the Application ID URI is another.",
		"An Entra administrator can compare the Application ID URI with the scope above, and grant admin consent, which makes the service principal.",
	},
	50105: {
		"You are not assigned to the app", "In Microsoft Entra ID the app is for assigned people and groups only, and you are not among them.",
		"An Entra administrator can assign you or a group of yours: Entra admin center > Enterprise apps > the app > Users and groups > Add user/group.",
	},
	7000215: {
		"The client secret is wrong", "What the app was given is not the value of a secret of its registration; often it is the secret's ID.",
		"An Entra administrator can make a new one: App registrations > the app > Certificates & secrets. Copy its value at once.",
	},
	7000222: {
		"The client secret has expired", "Secrets end on a date that was chosen when they were made.",
		"An Entra administrator can make a new one: App registrations > the app > Certificates & secrets.",
	},
	530084: {
		"A policy wants tokens bound to your device", "A Conditional Access policy with Token Protection covers this sign-in, and the endpoint cannot take such tokens.",
		"An Entra administrator can leave the endpoint's app out of that policy. In Visual Studio Code on Windows the setting microsoft-authentication.implementation with the value msal-no-broker avoids them.",
	},
}

// meaning is what a number says to a person, and who can do what about it.
type meaning struct{ Title, Text, Remedy string }

// trouble is an error of Entra's that people meet.
type trouble struct {
	Number int
	meaning
}

// explain returns what a number means at an endpoint.
func explain(e endpoint, number int) trouble {
	if told, ok := atEntra[number]; ok && !e.Brokered() {
		return trouble{number, told}
	}
	told, _ := authserver.Explain(number, e.registration)
	return trouble{number, meaning(told)}
}

func explainAll(e endpoint, numbers []int) []trouble {
	told := make([]trouble, len(numbers))
	for at, number := range numbers {
		told[at] = explain(e, number)
	}
	return told
}
