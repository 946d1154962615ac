package emulator_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

// transcript is everything an emulator answers to a script over both services.
func transcript(g *rig) []string {
	g.t.Helper()
	var said []string
	note := func(a answer) answer {
		var b strings.Builder
		fmt.Fprintln(&b, a.status)
		for _, name := range slices.Sorted(maps.Keys(a.header)) {
			fmt.Fprintln(&b, name, a.header[name])
		}
		said = append(said, b.String()+a.text)
		return a
	}
	grant := func(values ...string) answer { return note(g.token(contoso, form(values...))) }
	at := func(path string) answer { return note(g.get(entraURL + path)) }

	for _, path := range []string{
		"/" + contoso + "/v2.0/.well-known/openid-configuration", "/" + fabrikam + "/.well-known/openid-configuration",
		"/organizations/v2.0/.well-known/openid-configuration", "/" + contoso + "/discovery/v2.0/keys", "/common/discovery/keys",
		"/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.evil.example/x/authorize",
		"/nowhere.example/discovery/keys", "/" + contoso + "/v2.0/.well-known/oauth-authorization-server", "/",
	} {
		at(path)
	}
	alices := note(g.token(contoso, password("alice", apiScope+" openid profile offline_access")))
	note(g.token(contoso, password("bob", "https://legacy.contoso.example/read")))
	note(g.token(contoso, with(password("bob", apiScope), "password", "wrong")))
	grant("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", apiURL+"/.default")
	grant("grant_type", "client_credentials", "client_id", daemon, "client_secret", "x", "scope", apiURL+"/.default")
	grant("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", alices.str("refresh_token"), "client_info", "1")
	exchanged := note(g.token(contoso, obo(alices.str("access_token"), "User.Read GroupMember.Read.All openid offline_access")))
	note(g.token(contoso, obo("nonsense", "User.Read")))

	picker := note(g.authorize(contoso, request(apiScope+" openid")))
	_, back := landed(g.t, note(g.press(picker, alice)))
	note(g.token(contoso, redeem(back.Get("code"))))
	note(g.token(contoso, redeem(back.Get("code")))) // spent
	note(g.authorize(contoso, with(request(apiScope), "prompt", "none")))
	note(g.authorize(contoso, with(request(apiScope), "redirect_uri", "https://evil.example/")))
	postBack := note(g.press(note(g.authorize(contoso, with(request(apiScope), "response_mode", "form_post"))), alice))
	if !strings.Contains(postBack.text, "nonce=") {
		g.t.Errorf("the page has no nonce, so the script misses one: %s", postBack.text)
	}

	graph := exchanged.str("access_token")
	for _, path := range []string{"/v1.0/me", "/v1.0/me/transitiveMemberOf?$top=1", "/v1.0/nothing", "/oidc/userinfo"} {
		note(g.visit(graph, path))
	}
	note(g.post(graph, "/v1.0/me/getMemberGroups", `{"securityEnabledOnly":true}`))
	note(g.visit("nonsense", "/v1.0/me"))

	g.key(g.RollKeys())
	g.key(g.SeparateKeys(fabrikam))
	at("/common/discovery/v2.0/keys")
	note(g.token(contoso, password("alice", "User.Read")))
	g.key(g.EmergencyRoll())
	at("/" + fabrikam + "/discovery/v2.0/keys")
	return said
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d answers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: answer %d is\n%s\nwant\n%s", what, i, got[i], want[i])
		}
	}
}

func TestTheSameSeedClockAndEntropyGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	g := rigFrom(t, "one text", nil)
	first := transcript(g)
	if len(first) < 25 {
		t.Errorf("the script has %d requests only", len(first))
	}
	other := rigFrom(t, "one text", nil)
	compare(t, "another emulator", transcript(other), first)
	g.key(g.Reset())
	other.key(other.Reset())
	compare(t, "after a reset of both", transcript(g), transcript(other))
}

func TestResetEndsWhatWasIssuedWithEntropyToo(t *testing.T) {
	t.Parallel()
	g := rigFrom(t, "one text", nil)
	old := g.token(contoso, password("alice", apiScope+" offline_access")).must(t).str("refresh_token")
	redeem := form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", old)
	g.token(contoso, redeem).must(t)
	for range 3 { // the source begins anew each time
		g.key(g.Reset())
		g.token(contoso, redeem).refused(t, 400, "invalid_grant", 70000)
	}
}

func TestAnotherTextGivesOtherKeysAndTokens(t *testing.T) {
	t.Parallel()
	one, other, none := rigFrom(t, "one text", nil), rigFrom(t, "another", nil), freshRig(t)
	for kid := range one.kids() {
		if other.kids()[kid] || none.kids()[kid] {
			t.Errorf("both publish %s", kid)
		}
	}
	seen := map[any]bool{}
	for _, g := range []*rig{one, other, none, none} {
		seen[claims(t, g.access(password("alice", apiScope)))["uti"]] = true
	}
	if len(seen) != 4 {
		t.Errorf("four tokens have the ids %v", seen)
	}
}

// A poll of Microsoft Graph, or of another tenant, between two sign-ins must not
// change what the second one gets.
func TestOtherTrafficDoesNotChangeTokens(t *testing.T) {
	t.Parallel()
	alone, beside := rigFrom(t, "lanes", nil), rigFrom(t, "lanes", nil)
	forGraph := alone.access(password("alice", "User.Read"))
	if again := beside.access(password("alice", "User.Read")); again != forGraph {
		t.Fatal("the two do not begin alike")
	}
	beside.visit(forGraph, "/v1.0/me")
	beside.token(fabrikam, with(password("faye", "User.Read"), "username", "faye@fabrikam.example")).granted(t)
	want, got := claims(t, alone.access(password("alice", apiScope))), claims(t, beside.access(password("alice", apiScope)))
	for _, name := range []string{"uti", "rh", "xms_ftd"} {
		if got[name] != want[name] {
			t.Errorf("%s is %v, want %v", name, got[name], want[name])
		}
	}
}

// All randomness comes from keyring.Source; anything else would not repeat. The
// local certificate authority is the one thing that must not.
func TestRandomnessHasOneSource(t *testing.T) {
	t.Parallel()
	// A certificate authority that a machine trusts must never be predictable.
	allowed := map[string][]string{"crypto/rand": {"keyring", "localca"}, "math/rand/v2": {"keyring"}, "math/rand": nil}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, imported := range file.Imports {
			name := strings.Trim(imported.Path.Value, `"`)
			if homes, guarded := allowed[name]; guarded && !slices.Contains(homes, filepath.Dir(path)) {
				t.Errorf("%s imports %s: draw from a keyring.Source", path, name)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := call.X.(*ast.Ident)
			if ok && pkg.Name == "uuid" && strings.HasPrefix(call.Sel.Name, "New") && !strings.HasPrefix(call.Sel.Name, "NewSHA1") {
				t.Errorf("%s calls uuid.%s: use GUID of a keyring.Source", path, call.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
