package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/emulator/reply"
)

func TestBodiesThatAreNoFormsAreRefused(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for name, body := range map[string]string{
		"an escape that is none": "user_code=%zz",
		"too large":              "user_code=" + strings.Repeat("A", reply.MaxBody),
	} {
		post := func(path string) answer {
			return g.do(g.request(http.MethodPost, entraURL+path, body))
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/oauth2/v2.0/token", "/oauth2/token", "/oauth2/v2.0/devicecode", "/oauth2/devicecode"} {
				post("/"+contoso+path).refused(t, 400, "invalid_request", 9002313)
			}
			for _, path := range []string{"/" + contoso + "/oauth2/v2.0/authorize", "/" + contoso + "/oauth2/v2.0/logout", "/common/oauth2/deviceauth"} {
				post(path).reads(t, "9002313")
			}
		})
	}
}

func TestParametersComeOnce(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for name, row := range map[string]struct{ query, body string }{
		"twice in the body":      {"", "scope=a&scope=b"},
		"twice in the query":     {"?scope=a&scope=b", ""},
		"one each":               {"?scope=a", "scope=a"},
		"nothing is a value too": {"", "scope=&scope=a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/oauth2/v2.0/token", "/oauth2/token", "/oauth2/v2.0/devicecode", "/oauth2/devicecode"} {
				a := g.do(g.request(http.MethodPost, entraURL+"/"+contoso+path+row.query, row.body))
				a.refused(t, 400, "invalid_request", 9000411)
				if !strings.Contains(a.text, "'scope' is duplicated") {
					t.Errorf("%s: %s", path, a.text)
				}
			}
		})
	}
	good := with(request(apiScope), "account", alice)
	for _, name := range []string{"redirect_uri", "client_id", "scope", "state"} {
		twice := good.Encode() + "&" + name + "=x"
		g.get(entraURL+"/"+contoso+"/oauth2/v2.0/authorize?"+twice).reads(t, "9000411")
		g.do(g.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/authorize?"+name+"=x", good.Encode())).reads(t, "9000411")
	}
}

// MSAL.js sends its correlation id in both places.
func TestTheCorrelationIDMayComeTwice(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	body := with(password("alice", apiScope), "client-request-id", alice)
	a := g.do(g.request(http.MethodPost, entraURL+"/"+contoso+"/oauth2/v2.0/token?client-request-id="+alice, body.Encode()))
	if a.status != http.StatusOK {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
}

func TestTokenEndpointsTakePostsAlone(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	for _, path := range []string{"/oauth2/v2.0/token", "/oauth2/token", "/oauth2/v2.0/devicecode", "/oauth2/devicecode"} {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			a := g.do(g.request(method, entraURL+"/"+contoso+path, ""))
			a.refused(t, 400, "invalid_request", 900561)
			if !strings.Contains(a.text, "Received a "+method+" request.") {
				t.Errorf("%s %s: %s", method, path, a.text)
			}
		}
	}
}
