package emulator

// The authorization endpoint's own tokens are tested from inside: what they are
// made of must hold whichever response type asks for it.

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
)

const frontTenant, frontPerson, frontApp = "11111111-1111-4111-8111-111111111111", "a11ce000-0000-4000-8000-000000000001", "a0100000-0000-4000-8000-000000000001"

// inFront is an emulator with a person in n groups, and a token request of theirs.
func inFront(t *testing.T, n int) (*Emulator, issue) {
	t.Helper()
	tenant := seed.Tenant{
		ID: frontTenant, Name: "Contoso", Domain: "contoso.example",
		Users: []seed.User{{ID: frontPerson, Username: "alice@contoso.example", Password: "pw", Name: "Alice Adams"}},
		Apps:  []seed.App{{ID: frontApp, Name: "App", Secret: "s", GroupMembershipClaims: "All", RequestedTokenVersion: 2}},
	}
	for i := range n {
		tenant.Groups = append(tenant.Groups, seed.Group{ID: seed.Derived("group", fmt.Sprint(i)), Name: fmt.Sprint(i), Members: []string{frontPerson}})
	}
	e, err := New(Options{
		EntraURL: "http://localhost:8081", GraphURL: "http://localhost:8082", ControlToken: "x", Tenants: []seed.Tenant{tenant},
		Entropy: "front", Now: func() time.Time { return time.Unix(1_800_000_000, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	at, _ := e.world().Find(frontTenant)
	client := at.Apps[frontApp]
	return e, issue{tenant: at, client: client, who: at.People[frontPerson], ask: &ask{openID: []string{"openid", "profile"}, resource: client}, now: e.clock.Now()}
}

func read(t *testing.T, token string) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTokensInAURLOnlySayThatThereAreGroups(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "", 5: "groups", 6: "hasgroups"} {
		e, i := inFront(t, n)
		i.inURL = true
		token, err := e.idToken(i, "")
		if err != nil {
			t.Fatal(err)
		}
		c, got := read(t, token), ""
		for _, name := range []string{"groups", "hasgroups", "_claim_names"} {
			if c[name] != nil {
				got += name
			}
		}
		if got != want || n == 6 && c["hasgroups"] != true {
			t.Errorf("with %d groups there is %q, want %q", n, got, want)
		}
		i.inURL = false
		if token, err = e.idToken(i, ""); err != nil || n > 0 && read(t, token)["groups"] == nil {
			t.Errorf("from the token endpoint %d groups are %v: %v", n, read(t, token)["groups"], err)
		}
	}
}

func TestIDTokensAreBoundToWhatTheyComeWith(t *testing.T) {
	t.Parallel()
	e, i := inFront(t, 0)
	half := func(value string) string {
		sum := sha256.Sum256([]byte(value))
		return base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	token, err := e.idTokenWith(i, bound("n", "the code", "the token"))
	if err != nil {
		t.Fatal(err)
	}
	if c := read(t, token); c["nonce"] != "n" || c["c_hash"] != half("the code") || c["at_hash"] != half("the token") {
		t.Errorf("claims are %v", c)
	}
	if token, err = e.idTokenWith(i, bound("", "the code", "")); err != nil {
		t.Fatal(err)
	}
	if c := read(t, token); c["nonce"] != nil || c["at_hash"] != nil || c["c_hash"] == nil {
		t.Errorf("claims are %v", c)
	}
}

func TestOnlyCompatibleTenantsNameTheIssuerOfAResponse(t *testing.T) {
	t.Parallel()
	e, i := inFront(t, 0)
	if iss := e.responseIssuer(i.tenant); iss != "" {
		t.Errorf("iss is %q", iss)
	}
	compatible := *i.tenant
	compatible.Settings.Metadata = "compatible"
	if iss := e.responseIssuer(&compatible); iss != "http://localhost:8081/"+frontTenant+"/v2.0" {
		t.Errorf("iss is %q", iss)
	}
	if iss := e.responseIssuer(nil); iss != "" {
		t.Errorf("without a tenant iss is %q", iss)
	}
}
