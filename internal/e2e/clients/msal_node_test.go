package clients_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// nodeWorld is what the Node programs are told.
func (c *cloud) nodeWorld(t *testing.T) map[string]any {
	t.Helper()
	app := func(id, secret string) map[string]string { return map[string]string{"id": id, "secret": secret} }
	thumbprint, old := sha256.Sum256(appCertificate().certificate.Raw), sha1.Sum(appCertificate().certificate.Raw)
	return map[string]any{
		"entra": c.entra, "graph": c.graph, "control": controlToken, "tenant": contoso, "nowhere": nowhere, "redirect": webRedirect, "exchange": exchange,
		"apps": map[string]any{
			"api": app(api, apiSecret), "web": app(web, webSecret), "daemon": app(daemon, daemonSecret), "desktop": app(desktop, ""),
			"lone": app(lone, apiSecret), "lapsed": app(lapsed, lapsedSecret),
		},
		"people": map[string]string{"alice": alice, "bob": bob, "rita": rita},
		"scopes": map[string]string{
			"api": apiScope, "apiDefault": apiName + "/.default", "lone": loneURI + "/access", "vault": vaultURI + "/read",
			"graph": graphRead, "graphDefault": "https://graph.microsoft.com/.default",
		},
		"certificate": map[string]string{
			"thumbprint": hex.EncodeToString(thumbprint[:]), "oldThumbprint": hex.EncodeToString(old[:]),
			"key": appCertificate().keyPEM(t), "pem": appCertificate().certificatePEM(),
		},
		"assertions": map[string]string{
			"pod": c.issuer.mustAssert(t, pod), "pipeline": c.issuer.mustAssert(t, pipeline), "stranger": c.issuer.mustAssert(t, pod+"-2"),
		},
		"identity": map[string]string{"id": workload, "principal": workloadPrincipal, "resource": workloadResource},
	}
}

// granted is what a scenario says about tokens it got.
type granted struct {
	Token     string
	FromCache bool
	Different bool
	Granted   []string
	IDToken   struct{ Oid, Tid, Aud string }
	Account   struct{ Home, Username string }
}

// token checks the claims of the access token a scenario got.
func token(pairs ...any) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		var got granted
		o.result(t, &got)
		carries(t, got.Token, pairs...)
	}
}

// throws checks the error MSAL for Node made of a refusal.
func throws(name, code, suberror, aadsts string) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		got := o.failure(t)
		if got.Name != name || got.ErrorCode != code || got.SubError != suberror || !strings.Contains(got.Message, "AADSTS"+aadsts+":") || got.ErrorNo != aadsts {
			t.Errorf("it throws %s %q %q %s: %s; want %s %q %q %s", got.Name, got.ErrorCode, got.SubError, got.ErrorNo, got.Message, name, code, suberror, aadsts)
		}
	}
}

func TestMSALNode(t *testing.T) {
	t.Parallel()
	c := fresh(t) // Rita's sessions end under way
	outcomes := node(t, "msal.mjs", c.nodeWorld(t))
	person := token("aud", api, "oid", alice, "azp", web, "azpacr", 1, "scp", "access", "ver", "2.0")
	each(t, outcomes, map[string]func(*testing.T, outcome){
		"code": func(t *testing.T, o outcome) {
			t.Helper()
			person(t, o)
			var got granted
			o.result(t, &got)
			if got.Account.Home != alice+"."+contoso || got.Account.Username != "alice@contoso.example" || got.IDToken.Oid != alice || got.IDToken.Aud != web {
				t.Errorf("account is %+v, id token %+v", got.Account, got.IDToken)
			}
		},
		"code by form_post":          person,
		"code with a wrong verifier": throws("ServerError", "invalid_grant", "", "501481"),

		"obo secret":            c.graphToken("1"),
		"obo certificate":       c.graphToken("2"),
		"obo certificate chain": c.graphToken("2"),
		"obo assertion":         c.graphToken("2"),
		"obo capable":           c.graphToken("1"),
		"obo cache": func(t *testing.T, o outcome) {
			t.Helper()
			var got granted
			o.result(t, &got)
			if !got.FromCache {
				t.Error("the second time MSAL asks again")
			}
		},
		"obo wrong secret":    throws("ServerError", "invalid_client", "", "7000215"),
		"obo wrong subject":   throws("ServerError", "invalid_client", "", "700213"),
		"obo without consent": throws("InteractionRequiredAuthError", "invalid_grant", "consent_required", "65001"),
		"obo challenge": func(t *testing.T, o outcome) {
			t.Helper()
			throws("InteractionRequiredAuthError", "interaction_required", "basic_action", "50076")(t, o)
			if claims := o.failure(t).Claims; !strings.Contains(claims, `"polids"`) || !strings.Contains(claims, mfaPolicy) {
				t.Errorf("claims are %q, want the policy's id in polids", claims)
			}
		},
		"obo after a challenge": token("aud", vault, "oid", alice, "azp", api, "scp", "read"),

		"app secret":                   token("aud", api, "azp", daemon, "azpacr", 1, "roles", []string{"Tools.Execute"}, "scp", nil),
		"app certificate":              token("aud", api, "azp", daemon, "azpacr", 2, "roles", []string{"Tools.Execute"}),
		"app certificate by SHA-1":     token("aud", api, "azp", daemon, "azpacr", 2),
		"app assertion":                token("aud", api, "azp", daemon, "azpacr", 2, "roles", []string{"Tools.Execute"}),
		"app after instance discovery": token("aud", api, "azp", daemon),
		"app wrong secret":             throws("ServerError", "invalid_client", "", "7000215"),
		"app expired secret":           throws("ServerError", "invalid_client", "", "7000222"),
		"app in an unknown tenant": func(t *testing.T, o outcome) {
			t.Helper()
			if got := o.failure(t); got.ErrorCode != "endpoints_resolution_error" && !strings.Contains(got.Message, "AADSTS90002") {
				t.Errorf("it throws %+v", got)
			}
		},

		"device code": token("aud", api, "oid", alice, "azp", desktop, "azpacr", 0),
		"interactive": token("aud", api, "oid", alice, "azp", desktop, "azpacr", 0),
		"silent": func(t *testing.T, o outcome) {
			t.Helper()
			var got granted
			if o.result(t, &got); !got.FromCache {
				t.Error("the token is not from the cache")
			}
		},
		"refresh": func(t *testing.T, o outcome) {
			t.Helper()
			person(t, o)
			var got granted
			if o.result(t, &got); got.FromCache || !got.Different {
				t.Error("the refresh token brings nothing new")
			}
		},
		"refresh after sessions ended": throws("InteractionRequiredAuthError", "invalid_grant", "bad_token", "50173"),
	})
}

// graphToken checks that Graph takes the token for Alice's, from the API.
func (c *cloud) graphToken(class string) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		var got granted
		o.result(t, &got)
		if who := c.me(t, got.Token); who != alice {
			t.Errorf("Graph says %s", who)
		}
		carries(t, got.Token, "appid", api, "appidacr", class)
		if !slices.Contains(got.Granted, graphRead) {
			t.Errorf("scopes are %q", got.Granted)
		}
	}
}

func TestMSALNodeUsesAManagedIdentity(t *testing.T) {
	t.Parallel()
	c := shared(t)
	for source, env := range map[string][]string{
		"AppService":    {"IDENTITY_ENDPOINT=" + c.entra + "/_identity/msi/token", "IDENTITY_HEADER=" + controlToken},
		"DefaultToImds": {"AZURE_POD_IDENTITY_AUTHORITY_HOST=" + c.entra},
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			world := c.nodeWorld(t)
			world["resource"] = apiName
			mine := token("aud", api, "oid", workloadPrincipal, "azp", workload, "azpacr", 2, "roles", []string{"Tools.Execute"})
			refused := func(t *testing.T, o outcome) {
				t.Helper()
				if got := o.failure(t); got.Name != "ServerError" || got.Message == "" {
					t.Errorf("it throws %+v, want a ServerError", got)
				}
			}
			each(t, node(t, "identity.mjs", world, env...), map[string]func(*testing.T, outcome){
				"system":      token("aud", api, "oid", machinePrincipal, "azp", machine),
				"client id":   mine,
				"object id":   mine,
				"resource id": mine,
				"source": func(t *testing.T, o outcome) {
					t.Helper()
					var got struct{ Source string }
					if o.result(t, &got); got.Source != source {
						t.Errorf("MSAL finds %q", got.Source)
					}
				},
				"unknown identity":   refused,
				"unknown resource":   refused,
				"as proof of an app": token("appid", api, "appidacr", 2),
			})
		})
	}
}
