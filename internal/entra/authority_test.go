package entra_test

import (
	"testing"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestCloudsAreCompiledIn(t *testing.T) {
	t.Parallel()
	const tid = "11111111-1111-4111-8111-111111111111"
	for cloud, want := range map[tenants.Cloud][]string{
		tenants.PublicCloud: {
			"https://login.microsoftonline.com/" + tid + "/v2.0", "https://sts.windows.net/" + tid + "/",
			"https://login.microsoftonline.com/" + tid + "/oauth2/v2.0/token", "https://graph.microsoft.com", "https://graph.microsoft.com/User.Read",
		},
		tenants.USGovCloud: {
			"https://login.microsoftonline.us/" + tid + "/v2.0", "https://sts.windows.net/" + tid + "/",
			"https://login.microsoftonline.us/" + tid + "/oauth2/v2.0/token", "https://graph.microsoft.us", "https://graph.microsoft.us/User.Read",
		},
		tenants.ChinaCloud: {
			"https://login.partner.microsoftonline.cn/" + tid + "/v2.0", "https://sts.chinacloudapi.cn/" + tid + "/",
			"https://login.partner.microsoftonline.cn/" + tid + "/oauth2/v2.0/token", "https://microsoftgraph.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/User.Read",
		},
	} {
		a := entra.AuthorityOf(cloud)
		for i, got := range []string{a.V2Issuer(contosoTID), a.V1Issuer(contosoTID), a.TokenURL(contosoTID), a.GraphURL(), a.DelegatedGraphScope("User.Read")} {
			if got != want[i] {
				t.Errorf("%s: %s, want %s", cloud, got, want[i])
			}
		}
	}
	a := entra.AuthorityOf(tenants.PublicCloud)
	if a.KeysURL(contosoTID, entra.V2) != keysV2 || a.KeysURL(contosoTID, entra.V1) != keysV1 || a.AuthorizeURL(contosoTID) != login+tid+"/oauth2/v2.0/authorize" {
		t.Errorf("%s %s %s", a.KeysURL(contosoTID, entra.V2), a.KeysURL(contosoTID, entra.V1), a.AuthorizeURL(contosoTID))
	}
	if !entra.AuthorityOf("moon").IsZero() {
		t.Error("a cloud that does not exist has hosts")
	}
}

func TestOnlyLoopbackCanStandInForEntra(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"http://localhost:8081", "https://localhost:8081/", "http://127.0.0.1:8081", "http://127.1.2.3", "http://[::1]:8081"} {
		a, err := entra.LoopbackAuthority(good, "http://localhost:8082")
		if err != nil || a.IsZero() || a.GraphURL() != "http://localhost:8082" || a.DelegatedGraphScope("User.Read") != "https://graph.microsoft.com/User.Read" {
			t.Errorf("%s: %v, Graph at %s", good, err, a.GraphURL())
		}
	}
	for _, bad := range []string{
		"", "localhost:8081", "ftp://localhost", "http://login.microsoftonline.com", "http://localhost.evil.example", "http://evil.example/localhost",
		"http://localhost@evil.example", "http://me@localhost", "http://localhost/path", "http://localhost?x=1", "http://localhost#x", "http://10.0.0.1", "http://0.0.0.0",
		"http://169.254.169.254", "http://[::ffff:10.0.0.1]", "http://%6cocalhost.example", "http://localhost:8081/?",
	} {
		if _, err := entra.LoopbackAuthority(bad, "http://localhost"); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("Entra at %q: %v", bad, err)
		}
		if _, err := entra.LoopbackAuthority("http://localhost", bad); err == nil {
			t.Errorf("Graph at %q is accepted", bad)
		}
	}
}

func TestLoopbackTokensAreVerifiedUnderTheirOwnIssuer(t *testing.T) {
	t.Parallel()
	in := must(entra.LoopbackAuthority("http://localhost:8081", "http://localhost:8082"))
	issuer := "http://localhost:8081/" + contosoTID.String() + "/v2.0"
	a := must(entra.NewAcceptance(contoso(), nil, []tenants.Client{{ID: vscode}}, in))
	e := newEntra()
	e.publish("http://localhost:8081/"+contosoTID.String()+"/discovery/v2.0/keys", jwk("k1", "contoso", issuer))
	v := e.verifier()
	if a.Issuer() != issuer {
		t.Errorf("issuer %s", a.Issuer())
	}
	wantToken(t, v, a, token(object{"iss": issuer}))
	wantRefusal(t, v, a, token(nil), entra.WrongIssuer)
	wantRefusal(t, v, a, token(object{"iss": issuer, "aud": "http://localhost:8082"}), entra.GraphAudience)
}
