package tenants

import (
	"strings"

	"gatehouse/internal/fault"
)

// PlatformApps are the deployment's own app registrations. Those that it does not
// have are zero.
type PlatformApps struct {
	Console GUID // people sign in to the console with it
	Shared  GUID // organizations may use it instead of one of theirs
}

// CheckOwn refuses app registrations that are somebody else's for certain: no
// organization can configure them, and whoever took one for its own would accept
// tokens that were made for something else. The fault is Invalid.
func (p PlatformApps) CheckOwn(client GUID) error {
	switch {
	case client.IsZero():
		return nil
	case client == p.Console:
		return notOwn("the app that people sign in to this console with")
	case client == p.Shared:
		return notOwn("the platform's shared app; choose the model shared to use it")
	}
	text := client.String()
	if name, ok := microsoftApps[text]; ok {
		return notOwn("Microsoft's own " + name)
	}
	for _, reserved := range microsoftRanges {
		if strings.HasSuffix(text, reserved) {
			return notOwn("one of Microsoft's own services")
		}
	}
	return nil
}

func notOwn(whose string) error {
	return fault.Newf(fault.Invalid, "this is %s, which is not an app registration of your own; register one in your directory and use its client id", whose)
}

// microsoftRanges end the ids that Microsoft's services have in every directory.
var microsoftRanges = []string{"-0000-0000-c000-000000000000", "-0000-0ff1-ce00-000000000000"}

// microsoftApps are applications of Microsoft that sign in to many services, or
// that many tokens are made for (Microsoft, "Verify first-party Microsoft
// applications in sign-in reports").
var microsoftApps = map[string]string{
	"04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
	"1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
	"aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
	"872cd9fa-d31f-45e0-9eab-6e460a02d1f1": "Visual Studio",
	"14d82eec-204b-4c2f-b7e8-296a70dab67e": "Microsoft Graph Command Line Tools",
	"de8bc8b5-d9f9-48b1-a8ad-b748da725064": "Graph Explorer",
	"c44b4083-3bb0-49c1-b47d-974e53cbdf3c": "Azure portal",
	"797f4846-ba00-4fd7-ba43-dac1f8f63013": "Azure Service Management",
	"cfa8b339-82a2-471a-a3c9-0fc0be7a4093": "Azure Key Vault",
	"499b84ac-1321-427f-aa17-267ca6975798": "Azure DevOps",
	"d3590ed6-52b3-4102-aeff-aad2292ab01c": "Microsoft Office",
	"1fec8e78-bce4-4aaf-ab1b-5451cc387264": "Microsoft Teams",
	"5e3ce6c0-2b1f-4285-8d4b-75ee78787346": "Microsoft Teams for the web",
	"29d9ed98-a469-4536-ade2-f981bc1d605e": "Microsoft Authentication Broker",
}
