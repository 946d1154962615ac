package emulator_test

import (
	"net/url"
	"testing"
)

func TestAppsGetTokensForAzureMonitor(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	asDaemon := func(scope string) url.Values {
		return form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", scope)
	}
	got := claims(t, g.access(asDaemon("https://monitor.azure.com/.default")))
	if got["aud"] != "https://monitor.azure.com" || got["appid"] != daemon || got["idtyp"] == "user" {
		t.Errorf("%v", got)
	}
	g.token(contoso, asDaemon("https://monitor.azure.us/.default")).refused(t, 400, "invalid_resource", 500011)
	g.token(contoso, asDaemon("https://monitor.azure.com/Write")).refused(t, 400, "invalid_scope", 70011)
}
