package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/config"
	"gatehouse/internal/manage/managetest"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const (
	owner  = "0a0a0a0a-0000-4000-8000-000000000002"
	appID  = "0a0a0a0a-0000-4000-8000-00000000000a"
	other  = "0a0a0a0a-0000-4000-8000-00000000000b"
	header = "gatehouse: 1\n"
)

func contoso() access.Whole {
	role := tenants.NewGUID()
	return access.Whole{
		Organization: tenants.Organization{
			ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", State: tenants.Active, Mode: tenants.Direct,
			TID:        tenants.TID{GUID: tenants.MustGUID("0a0a0a0a-0000-4000-8000-0000000000ff")},
			Membership: tenants.MembershipPolicy{Soft: 5 * time.Minute, Hard: time.Hour},
			Connection: tenants.Connection{
				ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID(appID), Versions: tenants.V2Only,
				Resource: "api://" + appID, Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
				GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimConfigured,
			},
		},
		Access: access.Configuration{
			Tools: []tools.Selection{{Name: "search", Effect: tools.Read}},
			Rules: authz.Rules{
				Roles:       []authz.Role{{ID: role, Name: "Everyday", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"search"}}}}},
				Assignments: []authz.Assignment{{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
			},
		},
		RoleGrants: []tenants.RoleGrant{
			{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.MustGUID(owner)}, Name: "Alice"},
		},
	}
}

// terminal runs gatehouse against a deployment that serves contoso.
type terminal struct {
	*managetest.Server
	env map[string]string
}

func open(t *testing.T) *terminal {
	t.Helper()
	s := managetest.New(t, contoso(), "get_me", "search")
	return &terminal{s, map[string]string{"GATEHOUSE_URL": s.URL, "GATEHOUSE_TOKEN": managetest.Token}}
}

// reply is what a run left behind.
type reply struct {
	code     int
	out, err string
}

func (x *terminal) run(t *testing.T, stdin string, args ...string) reply {
	t.Helper()
	source := config.Source{ReadFile: os.ReadFile}
	for name, value := range maps.All(x.env) {
		source.Environ = append(source.Environ, name+"="+value)
	}
	var out, err bytes.Buffer
	code := run(t.Context(), process{in: strings.NewReader(stdin), out: &out, err: &err, source: source}, args)
	return reply{code, out.String(), err.String()}
}

func TestCommandLines(t *testing.T) {
	t.Parallel()
	const add = header + "tools: [{name: get_me, effect: read}]\n"
	for name, c := range map[string]struct {
		args     string
		stdin    string
		unset    string
		code     int
		out, err string
	}{
		"help":                 {"help", "", "", 0, "usage: gatehouse <command>", ""},
		"help on help":         {"help", "", "", 0, "\ngatehouse <command> --help lists the flags of a command.\n", ""},
		"nothing":              {"", "", "", 1, "", "is no command"},
		"no command":           {"aply", "", "", 1, "", "is no command"},
		"export":               {"export --org contoso", "", "", 0, "\nroles:\n  - name: Everyday\n", ""},
		"export of grants":     {"export --org contoso --role-grants", "", "", 0, "\nroleGrants:\n  - role: owner\n", ""},
		"grants changed":       {"apply --org contoso -f -", header + "roleGrants: [{role: viewer, grantee: {kind: person, id: " + other + "}}]\n", "", 1, "", "403 Forbidden: roleGrants: only an owner"},
		"export without org":   {"export", "", "", 1, "", "no organization is named; give --org"},
		"export of another":    {"export --org fabrikam", "", "", 1, "", "404 Not Found: there is no such organization"},
		"no deployment":        {"export --org contoso", "", "GATEHOUSE_URL", 1, "", "--url"},
		"plain http elsewhere": {"export --org contoso --url http://gatehouse.example", "", "", 1, "", "https only"},
		"no token":             {"export --org contoso", "", "GATEHOUSE_TOKEN", 1, "", "set GATEHOUSE_TOKEN"},
		"word for a flag":      {"export contoso", "", "", 1, "", `"contoso" is not understood`},
		"unknown flag":         {"export --organisation contoso", "", "", 1, "", "flag provided but not defined"},
		"flags of a command":   {"apply --help", "", "", 0, "", "-dry-run"},
		"no file":              {"apply --org contoso", "", "", 1, "", "-f org.yaml"},
		"file that is not":     {"apply --org contoso -f /nonexistent/org.yaml", "", "", 1, "", "no such file"},
		"nothing to do":        {"apply --org contoso -f -", header, "", 0, "no changes\n", ""},
		"applied":              {"apply --org contoso -f -", add, "", 0, "+ tools[get_me]\n", ""},
		"dry run":              {"apply --org contoso -f - --dry-run", add, "", 2, "+ tools[get_me]\n", ""},
		"dry run of nothing":   {"apply --org contoso -f - --dry-run", header, "", 0, "no changes\n", ""},
		"kept":                 {"apply --org contoso -f - --dry-run", header + "roles: []\n", "", 0, "--prune removes it", ""},
		"pruned":               {"apply --org contoso -f - --prune", header + "roles: []\n", "", 0, "- roles[Everyday]\n- assignments[Everyday to everybody]\n", ""},
		"odd":                  {"apply --org contoso -f -", header + "roles:\n  - {name: Reader, permissions: [{effect: allow, patterns: [serch]}]}\n", "", 0, "\n! roles[Reader].permissions[0].patterns[0]: \"serch\" matches no tool", ""},
		"odd dry run":          {"apply --org contoso -f - --dry-run", header + "roles:\n  - {name: Reader, permissions: [{effect: allow, patterns: [serch]}]}\n", "", 2, "\n! roles[Reader]: is a role that nobody has", ""},
		"unreadable":           {"apply --org contoso -f -", header + "rols: []\n", "", 1, "", "stdin:2:1: \"rols\" is unknown; did you mean roles?"},
		"refused":              {"apply --org contoso -f -", header + "tools:\n  - {name: serch, effect: read}\n", "", 1, "", "stdin:3:12: tools[0].name: \"serch\" is no tool"},
		"dry run refused":      {"apply --org contoso -f - --dry-run", header + "tools: [{name: serch, effect: read}]\n", "", 1, "", "did you mean search?"},
		"no secret":            {"apply --org contoso -f -", header + "sources:\n  - name: notes\n    url: https://notes.example/mcp\n    credential: {kind: header, header: X-Key, from: {env: NOT_SET}}\n", "", 1, "", "stdin:5:59: sources[0].credential.from.env: NOT_SET is not set"},
		"one complaint":        {"apply --org contoso -f -", "gatehouse: 2\n", "", 1, "", ": 1 complaint\n"},
		"search without org":   {"audit search", "", "", 1, "", "no organization is named; give --org"},
		"search for a day":     {"audit search --org contoso --from yesterday", "", "", 1, "", `--from: "yesterday" is no time; write 2026-03-01`},
		"search backwards":     {"audit search --org contoso --from 2026-03-02 --to 2026-03-01", "", "", 1, "", "a filter ends after it begins"},
		"search for a name":    {"audit search --org contoso --person alice", "", "", 1, "", "--person: "},
		"search for nothing":   {"audit search --org contoso --limit 0", "", "", 1, "", "--limit: at least one"},
		"export to nowhere":    {"audit export --org contoso", "", "", 1, "", "no file is named; give --out"},
		"checkpoint not there": {"audit export --org contoso --out - --checkpoint /nonexistent", "", "", 1, "", "--checkpoint: open /nonexistent"},
		"receipt of nothing":   {"audit receipt --org contoso", "", "", 3, "", "no record is named"},
		"receipt of no id":     {"audit receipt X --org contoso", "", "", 3, "", `record id "X" is not a lowercase UUID`},
		"receipt without key":  {"audit receipt 01930000-0000-7000-8000-000000000000 --org contoso", "", "", 3, "", "no key is given; give --key"},
		"migrate needs a URL":  {"migrate", "", "", 1, "", "GATEHOUSE_MIGRATE_DATABASE_URL is not set"},
		"migrate takes none":   {"migrate now", "", "", 1, "", "is not understood"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			delete(x.env, c.unset)
			before := x.State()
			got := x.run(t, c.stdin, strings.Fields(c.args)...)
			if got.code != c.code || !strings.Contains(got.out, c.out) || !strings.Contains(got.err, c.err) || c.err == "" && got.err != "" {
				t.Errorf("exit code %d, output\n%s\nerrors\n%s", got.code, got.out, got.err)
			}
			if c.code == exitFailed && got.out != "" {
				t.Errorf("what was refused is shown as if it came about:\n%s", got.out)
			}
			if c.code != 0 && !same(before, x.State()) {
				t.Error("the organization changed")
			}
		})
	}
}

// TestRefusalIsSaidOnce though the deployment has it in its detail, too.
func TestRefusalIsSaidOnce(t *testing.T) {
	t.Parallel()
	got := open(t).run(t, header+"tools: [{name: serch, effect: read}]\n", "apply", "--org", "contoso", "-f", "-")
	if strings.Count(got.err, "did you mean search?") != 1 {
		t.Errorf("errors\n%s", got.err)
	}
}

func same(a, b access.Whole) bool {
	x, errX := orgfile.Export(a).YAML("")
	y, errY := orgfile.Export(b).YAML("")
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func TestExportLeavesOutWhatApplyCannotChange(t *testing.T) {
	t.Parallel()
	x := open(t)
	const why = "# roleGrants, who administers the organization, is left out"
	plain, full := x.run(t, "", "export", "--org", "contoso").out, x.run(t, "", "export", "--org", "contoso", "--role-grants").out
	if strings.Contains(plain, "\nroleGrants:") || !strings.Contains(plain, why) {
		t.Errorf("the export is\n%s", plain)
	}
	if !strings.Contains(full, "\nroleGrants:") || strings.Contains(full, why) {
		t.Errorf("the full export is\n%s", full)
	}
}

func TestApplyingAnExportedFileIsANoOp(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--role-grants"}} {
		testNoOp(t, flags)
	}
}

func testNoOp(t *testing.T, flags []string) {
	t.Helper()
	x := open(t)
	exported := x.run(t, "", append([]string{"export", "--org", "contoso"}, flags...)...)
	if first, _, _ := strings.Cut(exported.out, "\n"); first != "# yaml-language-server: $schema="+x.URL+"/org.schema.json" {
		t.Errorf("first line is %q", first)
	}
	path := filepath.Join(t.TempDir(), "org.yaml")
	if err := os.WriteFile(path, []byte(exported.out), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--dry-run"}, {"--dry-run", "--prune"}, {"--prune"}, {}} {
		if got := x.run(t, "", append([]string{"apply", "--org", "contoso", "-f", path}, args...)...); got.code != 0 || got.out != "no changes\n" {
			t.Errorf("%v: exit code %d, %s%s", args, got.code, got.out, got.err)
		}
	}
	for _, request := range x.Log() {
		if !strings.HasPrefix(request, "GET ") {
			t.Errorf("a no-op sent %s", request)
		}
	}
}

func TestApplyIsIdempotent(t *testing.T) {
	t.Parallel()
	x := open(t)
	text := header + "tools: [{name: get_me, effect: write}]\nclients: [{id: " + other + ", name: Claude}]\n"
	if got := x.run(t, text, "apply", "--org", "contoso", "-f", "-"); got.code != 0 || !strings.Contains(got.out, "2 to add, 0 to change, 0 to remove") {
		t.Errorf("first: exit code %d, %s%s", got.code, got.out, got.err)
	}
	if got := x.run(t, text, "apply", "--org", "contoso", "-f", "-", "--dry-run"); got.code != 0 || !strings.HasPrefix(got.out, "= tools[search]") && !strings.HasPrefix(got.out, "no changes") {
		t.Errorf("second: exit code %d, %s%s", got.code, got.out, got.err)
	}
}

func TestURLCanBeAFlag(t *testing.T) {
	t.Parallel()
	x := open(t)
	delete(x.env, "GATEHOUSE_URL")
	if got := x.run(t, "", "export", "--org", "contoso", "--url", x.URL); got.code != 0 {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

func TestWrongTokenIsAReadableLine(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.env["GATEHOUSE_TOKEN"] = "another"
	got := x.run(t, "", "export", "--org", "contoso")
	if got.code != 1 || !strings.Contains(got.err, "401 Unauthorized: the token is not one of this organization's automation\nrequest urn:uuid:1234") || strings.Contains(got.err, "another") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

// TestGuidesUseFlagsThatExist runs the commands of guides up to where they would talk
// to a deployment.
func TestGuidesUseFlagsThatExist(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"as-code.md", "audit.md"} {
		testFlagsOf(t, page)
	}
}

func testFlagsOf(t *testing.T, page string) {
	t.Helper()
	guide, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(guide)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "gatehouse" {
			continue
		}
		count++
		for i, word := range words {
			if word == ">" || word == "||" {
				words = words[:i]
				break
			}
		}
		x := &terminal{}
		if got := x.run(t, "", words[1:]...); strings.Contains(got.err, "not defined") || strings.Contains(got.err, "no command") || strings.Contains(got.err, "understood") {
			t.Errorf("%q: %s", strings.TrimSpace(line), got.err)
		}
	}
	if count < 5 {
		t.Errorf("%s has %d commands", page, count)
	}
}

func TestDoctorsReportIsPrintedAndDecidesTheExitCode(t *testing.T) {
	t.Parallel()
	const finding = `{"id":"token.version","severity":"%s","title":"Tokens are of version 1","detail":"D","setting":"S","link":"https://entra.microsoft.com","fix":["az rest"]}`
	for name, c := range map[string]struct {
		report   string
		code     int
		out, err string
	}{
		"healthy":  {`{"at":"2026-11-21T12:00:00Z","findings":[],"notChecked":[]}`, 0, "Everything is as it should be.", ""},
		"warnings": {`{"at":"2026-11-21T12:00:00Z","findings":[` + strings.ReplaceAll(finding, "%s", "warning") + `],"notChecked":[]}`, 0, "WARNING token.version: Tokens are of version 1", ""},
		"errors":   {`{"at":"2026-11-21T12:00:00Z","findings":[` + strings.ReplaceAll(finding, "%s", "error") + `],"notChecked":[]}`, 2, "Fix:   az rest", ""},
		"unseen": {
			`{"at":"2026-11-21T12:00:00Z","findings":[],"notChecked":[{"id":"x","title":"T","reason":"Nobody is signed in.","remedy":"Sign in."}]}`,
			0, "Nobody is signed in. Sign in.", "",
		},
		"no report": {`{}`, 1, "", "no report that this version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			x.Report(c.report)
			x.env["GATEHOUSE_GRAPH_TOKEN"] = "a-graph-token"
			got := x.run(t, "", "doctor", "--org", "contoso")
			if got.code != c.code || !strings.Contains(got.out, c.out) || !strings.Contains(got.err, c.err) || c.err == "" && got.err != "" {
				t.Errorf("exit code %d, output\n%s\nerrors\n%s", got.code, got.out, got.err)
			}
			if x.GraphToken() != "a-graph-token" {
				t.Errorf("the deployment was given %q", x.GraphToken())
			}
		})
	}
}

func TestDoctorOfAnotherOrganizationFails(t *testing.T) {
	t.Parallel()
	if got := open(t).run(t, "", "doctor", "--org", "fabrikam"); got.code != 1 || !strings.Contains(got.err, "404") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

// TestExampleOfTheGuideIsApplied on a machine that has the secrets where the
// example says they are, to an organization with the owners that it names.
func TestExampleOfTheGuideIsApplied(t *testing.T) {
	guide, err := os.ReadFile("../../docs/as-code.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(guide), "```yaml\n")
	text, _, ended := strings.Cut(rest, "```")
	if !ended {
		t.Fatal("the guide has no example")
	}
	file, err := orgfile.Read("org.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	administered, err := orgfile.Apply(contoso(), orgfile.Document{Gatehouse: orgfile.Version, RoleGrants: file.Document.RoleGrants}, orgfile.Options{Mode: orgfile.Prune, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	s := managetest.New(t, administered, "payroll_read", "payroll_run", "search")
	x := &terminal{s, map[string]string{"GATEHOUSE_URL": s.URL, "GATEHOUSE_TOKEN": managetest.Token, "NOTES_KEY": "open sesame", "CONTOSO_ARCHIVE_KEY": "open barley"}}
	t.Chdir(t.TempDir())
	for _, name := range []string{"erp.secret", "collector.secret"} {
		if err := os.WriteFile(name, []byte("close sesame\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := x.run(t, text, "apply", "--org", "contoso", "-f", "-"); got.code != 0 || got.err != "" {
		t.Fatalf("exit code %d, output\n%s\nerrors\n%s", got.code, got.out, got.err)
	}
	for _, sink := range s.State().Access.Sinks {
		if sink.TakesSecret() == sink.Secret.IsZero() {
			t.Errorf("sink %s has secret %v", sink.Name, sink.Secret)
		}
	}
	if got := x.run(t, text, "apply", "--org", "contoso", "-f", "-", "--prune"); got.code != 0 || strings.ContainsAny(got.out, "+~") {
		t.Errorf("again: exit code %d, output\n%s\nerrors\n%s", got.code, got.out, got.err)
	}
}
