package tenants_test

import (
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestAppsOfOthersAreNotAnOrganizationsOwn(t *testing.T) {
	t.Parallel()
	p := tenants.PlatformApps{Console: tenants.NewGUID(), Shared: tenants.NewGUID()}
	for text, says := range map[string]string{
		p.Console.String():                     "sign in to this console",
		p.Shared.String():                      "choose the model shared",
		"00000003-0000-0000-c000-000000000000": "Microsoft's own services",
		"00000002-0000-0ff1-ce00-000000000000": "Microsoft's own services",
		"04B07795-8DDB-461A-BBEE-02F9E1BF7B46": "Azure CLI",
		"aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
	} {
		err := p.CheckOwn(tenants.MustGUID(text))
		if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), says) || !strings.Contains(fault.Public(err), "register one") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, mine := range []tenants.GUID{tenants.NewGUID(), {}} {
		for _, apps := range []tenants.PlatformApps{p, {}} {
			if err := apps.CheckOwn(mine); err != nil {
				t.Errorf("%s: %v", mine, err)
			}
		}
	}
}
