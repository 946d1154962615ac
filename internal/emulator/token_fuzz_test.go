package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/emulator"

	"github.com/google/uuid"
)

// locked is workloads with secrets and passwords nobody knows: whoever gets a
// token there got it for nothing.
var locked = sync.OnceValues(func() (*emulator.Emulator, error) {
	tenants := workloads()
	for i := range tenants {
		for j := range tenants[i].Apps {
			if tenants[i].Apps[j].Secret != "" {
				tenants[i].Apps[j].Secret = uuid.NewString()
			}
		}
		for j := range tenants[i].Users {
			if tenants[i].Users[j].Password != "" {
				tenants[i].Users[j].Password = uuid.NewString()
			}
		}
	}
	return emulator.New(emulator.Options{
		EntraURL: entraURL, GraphURL: graphURL, ControlToken: uuid.NewString(), Tenants: tenants, Now: nowAtMidday, Outbound: &foreignIssuer{},
	})
})

func FuzzToken(f *testing.F) {
	for _, body := range []string{
		"", "grant_type=", "grant_type=nonsense&client_id=x", "a;b", "%zz", "grant_type=password&grant_type=client_credentials",
		"grant_type=password&client_id=" + headless + "&username=alice@contoso.example&password=x&scope=User.Read",
		"grant_type=password&client_id=" + headless + "&username=agent@contoso.example&password=&scope=User.Read",
		"grant_type=client_credentials&client_id=" + daemon + "&client_secret=x&scope=" + apiURL + "/.default",
		"grant_type=client_credentials&client_id=" + headless + "&client_secret=&scope=" + apiURL + "/.default",
		"grant_type=client_credentials&client_id=" + agent + "&scope=" + exchangeScope,
		"grant_type=client_credentials&client_id=" + blueprint + "&scope=" + exchangeScope + "&fmi_path=../" + agent,
		"grant_type=client_credentials&client_id=" + certified + "&client_assertion_type=" + assertionType + "&client_assertion=e30.e30.&scope=" + apiURL + "/.default",
		"grant_type=client_credentials&client_id=" + federated + "&client_assertion_type=" + assertionType + "&client_assertion=eyJhbGciOiJSUzI1NiIsImtpZCI6ImNpIn0.eyJpc3MiOiJodHRwczovL2NpLmV4YW1wbGUvaXNzdWVyIiwic3ViIjoicmVwbzpjb250b3NvL2FwcDpyZWY6cmVmcy9oZWFkcy9tYWluIiwiYXVkIjoiYXBpOi8vQXp1cmVBRFRva2VuRXhjaGFuZ2UiLCJleHAiOjk5OTk5OTk5OTl9.AA&scope=" + apiURL + "/.default",
		"grant_type=authorization_code&client_id=" + console + "&code=x&redirect_uri=http://127.0.0.1/&code_verifier=x",
		"grant_type=refresh_token&client_id=" + headless + "&refresh_token=AAAA&scope=User.Read&claims={}",
		"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&client_id=" + api + "&assertion=a.b.c&scope=User.Read&requested_token_use=on_behalf_of",
		"grant_type=" + deviceGrant + "&client_id=" + headless + "&device_code=AAAA",
		"grant_type=user_fic&client_id=" + agent + "&user_federated_identity_credential=a.b.c&username=agent@contoso.example&scope=User.Read",
		"grant_type=client_credentials&client_id=" + daemon + "&resource=//%20/.default",
	} {
		f.Add(contoso, body, "", byte(0))
		f.Add("common", body, "Basic Og==", byte(1))
	}
	f.Fuzz(func(t *testing.T, tenant, body, authorization string, version byte) {
		e, err := locked()
		if err != nil {
			t.Fatal(err)
		}
		path := []string{"/oauth2/v2.0/token", "/oauth2/token"}[version%2]
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, entraURL+"/x"+path, strings.NewReader(body))
		r.URL.Path = "/" + strings.ReplaceAll(tenant, "/", "") + path
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		e.Entra().ServeHTTP(w, r)
		if w.Code == http.StatusOK || w.Code >= 500 || strings.Contains(w.Body.String(), `"access_token"`) {
			t.Errorf("%q at %s: %d %s", body, r.URL.Path, w.Code, w.Body)
		}
	})
}
