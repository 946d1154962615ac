package organizations_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestLinesAboutBodiesWorkAsPrinted types the blocks of that section of docs/audit.md as
// the people that it names, around a call whose bodies they are.
func TestLinesAboutBodiesWorkAsPrinted(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "## The bodies of calls\n")
	section, _, _ = strings.Cut(section, "\n## ")
	lines := typed.FindAllStringSubmatch(section, -1)
	if len(lines) != 3 {
		t.Fatalf("the section has %d blocks, want 3", len(lines))
	}
	k := start(t, setup{companies: true, directories: withAutomations})
	k.startWorker(t)
	p, owner, dan := k.pipeline(t), k.as(t, "contoso", "alice"), k.as(t, "contoso", "dan")
	types := func(c *client, line string, env ...string) (string, error) {
		t.Helper()
		cookie := c.sessions[len(c.sessions)-1]
		const api = `api() { curl -s -X "$1" "$GATEHOUSE_URL/api$2" -H "$AUTH" -H "Origin: $GATEHOUSE_URL" -H 'Content-Type: application/json' "${@:3}"; }` + "\n"
		cmd := exec.CommandContext(t.Context(), "bash", "-c", "set -eu -o pipefail\n"+api+line)
		cmd.Dir = p.dir
		cmd.Env = append(append(os.Environ(), "PATH="+p.dir+":"+os.Getenv("PATH"), "GATEHOUSE_URL="+k.places.Base,
			"AUTH=Cookie: "+cookie.Name+"="+cookie.Value, "GATEHOUSE_SESSION="+cookie.Name+"="+cookie.Value), env...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := types(owner, lines[0][1]); err != nil || !strings.Contains(out, `"bodies":"full"`) {
		t.Fatalf("%s, %v", out, err)
	}
	alice := person("contoso", "alice")
	token := k.password(t, company("contoso").TID, alice, company("contoso").Organization(k.places).Connection.QualifiedScope())
	var id string
	var denied string
	eventually(t, "the recording is in effect, and the call sealed", patience, func() bool {
		id = k.call(t, k.replica, "contoso", token, "whoami").recordIn()
		var record struct{ Fields map[string]any }
		eventually(t, "the call is sealed", patience, func() bool {
			return dan.send(http.MethodGet, at("contoso", "log", "records", id), "").status == http.StatusOK
		})
		dan.get(at("contoso", "log", "records", id), &record)
		return record.Fields["result_body"] != nil
	})
	for _, c := range []*client{owner, dan} { // no role includes it
		if denied, err = types(c, lines[2][1], "RECORD="+id); err == nil || !strings.Contains(denied, "no permission to read the bodies") {
			t.Errorf("without the permission it says %s", denied)
		}
	}
	until := "UNTIL=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	if out, err := types(owner, lines[1][1], "PERSON="+person("contoso", "dan").OID.String(), until); err != nil || !strings.Contains(out, `"beginsAt"`) {
		t.Fatalf("%s, %v", out, err)
	}
	out, err := types(dan, lines[2][1], "RECORD="+id)
	if err != nil || !strings.Contains(out, "result: full, of ") || !strings.Contains(out, "; proven: record ") || !strings.Contains(out, alice.OID.String()) {
		t.Errorf("it says %s, %v", out, err)
	}
	if out, err := types(owner, lines[2][1], "RECORD="+id); err == nil {
		t.Errorf("the owner reads %s", out)
	}
	var page struct {
		Items []struct{ Fields map[string]any }
	}
	eventually(t, "the readings are sealed", patience, func() bool {
		dan.get(at("contoso", "log", "records")+"?kind=body_read&outcome=ok", &page)
		return len(page.Items) == 1
	})
	if f := page.Items[0].Fields; f["detail"] != "INCIDENT-4711" || f["target"] != "record "+id || f["actor_oid"] != person("contoso", "dan").OID.String() {
		t.Errorf("the reading is recorded as %v", f)
	}
	for _, flags := range [][]string{{"--format", "csv"}, {"--format", "ocsf"}, {}} {
		text, err := types(dan, "gatehouse audit export --org contoso --out - "+strings.Join(flags, " "))
		if err != nil || strings.Contains(text, `"structuredContent"`) || !strings.Contains(text, id) {
			t.Errorf("an export has %d bytes, %v", len(text), err)
		}
	}
}
