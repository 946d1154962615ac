package organizations_test

import (
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/demo"
)

// types has one block of a guide typed into a shell, with gatehouse on its path, and
// returns what that says.
func (p pipeline) types(block string, env ...string) string {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "bash", "-c", "set -eu -o pipefail\n"+block)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), append(p.env, append(env, "PATH="+p.dir+":"+os.Getenv("PATH"))...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s\n%v\n%s", block, err, out)
	}
	return string(out)
}

// TestLinesOfTheRevocationGuideWorkAsPrinted types the blocks of docs/revocation.md
// as Contoso's automation, and looks at who is cut off after each.
func TestLinesOfTheRevocationGuideWorkAsPrinted(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	k.broker(t, "contoso")
	k.managing(t, "contoso")
	lines, p := blocks(t, "revocation.md"), k.pipeline(t)
	if len(lines) != 6 {
		t.Fatalf("the guide has %d blocks", len(lines))
	}
	c := company("contoso")
	signIn := func(name string) string {
		return k.password(t, c.TID, person("contoso", name), c.Organization(k.places).Connection.QualifiedScope())
	}
	// cutOff waits for the first of the tokens to be refused; the others are then, too.
	cutOff := func(tokens ...string) {
		t.Helper()
		var last answer
		eventually(t, "the token is refused", inForce, func() bool {
			last = k.call(t, k.replica, "contoso", tokens[0], "whoami")
			return last.status == http.StatusUnauthorized
		})
		for _, token := range tokens {
			last = k.call(t, k.replica, "contoso", token, "whoami")
			if challenge := last.header.Get("WWW-Authenticate"); last.status != http.StatusUnauthorized || !strings.Contains(challenge, "the access was revoked") || !strings.Contains(challenge, "resource_metadata=") {
				t.Errorf("answered is %d %s %s", last.status, challenge, last.body)
			}
		}
	}
	spared := func(tokens ...string) {
		t.Helper()
		for _, token := range tokens {
			if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
				t.Errorf("who is not cut off is answered %d %s", a.status, a.body)
			}
		}
	}

	pass := func() {
		t.Helper()
		k.pass(11 * time.Second)
		k.awaitReady(t, k.replica)
	}

	dan, frank, danAtEntra, danAtDesk := k.signIn(t, "contoso", "dan"), k.signIn(t, "contoso", "frank"), signIn("dan"), k.as(t, "contoso", "dan")
	spared(dan.access, frank.access, danAtEntra)
	danID := person("contoso", "dan").OID.String()
	if said := p.types(lines[0], "PERSON="+danID); !strings.Contains(said, "person "+danID+" is cut off") {
		t.Errorf("it says %s", said)
	}
	cutOff(dan.access, danAtEntra)
	if why := dan.goOn(t); why != "invalid_grant" {
		t.Errorf("a refresh is answered %q", why)
	}
	danAtDesk.send(http.MethodGet, "/api/session", "").refused(http.StatusUnauthorized, "your access was revoked")
	spared(frank.access)
	logged := slices.ContainsFunc(k.records(t, "contoso"), func(r audit.Record) bool {
		return r.Kind == audit.Revocation && r.Target == "revoked person" && r.Subject.OID.String() == danID && r.Detail == "laptop stolen" && r.Actor.Kind == "app" && strings.Contains(r.After, `"grants":1`)
	})
	if !logged {
		t.Error("the log does not say who was cut off, why and with what")
	}
	pass() // what is issued by now was not on its way then
	dan, danAtEntra = k.signIn(t, "contoso", "dan"), signIn("dan")
	spared(dan.access, danAtEntra)

	p.types(lines[1], "CLIENT="+demo.VisualStudioCode)
	cutOff(danAtEntra)
	spared(dan.access, frank.access)

	connection, _ := claimsOf(t, frank.access)["connection"].(string)
	p.types(lines[2], "CONNECTION="+connection)
	cutOff(frank.access)
	if why := frank.goOn(t); why != "invalid_grant" {
		t.Errorf("a refresh is answered %q", why)
	}
	spared(dan.access)

	pass()
	one, other := signIn("alice"), signIn("alice")
	spared(one, other)
	session, _ := claimsOf(t, one)["sid"].(string)
	p.types(lines[3], "SESSION="+session)
	cutOff(one)
	spared(other, dan.access)

	p.types(lines[4])
	cutOff(other, dan.access)
	pass()
	said := p.types(strings.NewReplacer("https://gatehouse.example", k.places.Base, "https://login.microsoftonline.com", k.places.Entra).Replace(blocks(t, "as-code.md")[0]+lines[5]), "PERSON="+danID)
	for _, part := range []string{`"kind":"organization"`, `"reason":"left on a shared computer"`, `"subject":"` + demo.VisualStudioCode + `"`, `"by":{"kind":"app"`} {
		if !strings.Contains(said, part) {
			t.Errorf("what is in force does not say %s:\n%s", part, said)
		}
	}
}
