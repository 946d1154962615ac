package organizations_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
)

// limited is an organization whose people call tools, and its admin.
type limited struct {
	*stack
	t     *testing.T
	carol *client
}

func startLimited(t *testing.T) limited {
	t.Helper()
	k := start(t, setup{companies: true})
	return limited{k, t, k.as(t, "contoso", "carol")}
}

// token is somebody's, of a client that their organization lists.
func (l limited) token(slug, name, client string) string {
	l.t.Helper()
	c := company(slug)
	return l.passwordOf(l.t, c.TID, person(slug, name), client, c.Organization(l.places).Connection.QualifiedScope())
}

// until calls a tool until the answer has a status.
func (l limited) until(token, tool string, status int) (a answer) {
	l.t.Helper()
	eventually(l.t, tool+" is answered "+strconv.Itoa(status), inForce, func() bool {
		a = l.call(l.t, l.replica, "contoso", token, tool)
		return a.status == status
	})
	return a
}

// wantLimited ends the test unless an answer is a refusal by a limit that says
// which it is and how long it lasts.
func (l limited) wantLimited(a answer, says string) {
	l.t.Helper()
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != http.StatusTooManyRequests || !strings.Contains(a.body, says) || err != nil || wait < 1 {
		l.t.Fatalf("answers %d, Retry-After %q: %s", a.status, a.header.Get("Retry-After"), a.body)
	}
}

// TestOrganizationLimitsOneClient sets a limit, reaches it, and removes it.
func TestOrganizationLimitsOneClient(t *testing.T) {
	t.Parallel()
	l := startLimited(t)
	code, cli := l.token("contoso", "alice", demo.VisualStudioCode), l.token("contoso", "alice", demo.AzureCLI)
	l.carol.post(at("contoso", "limits"), console.NewCallLimit{Name: "editor", CallLimitSettings: console.CallLimitSettings{
		Per: tenants.PerClient, Client: demo.VisualStudioCode, Rate: &console.CallRate{Calls: 3, Every: tenants.EveryMinute},
	}}, &console.CallLimit{})
	l.wantLimited(l.until(code, "whoami", http.StatusTooManyRequests), `limit \"editor\" is reached: 3 calls every minute`)
	for who, token := range map[string]string{"another client": cli, "another organization": l.token("fabrikam", "alice", demo.VisualStudioCode)} {
		slug := map[bool]string{true: "fabrikam", false: "contoso"}[who == "another organization"]
		for range 5 {
			if a := l.call(t, l.replica, slug, token, "whoami"); !a.worked() {
				t.Fatalf("%s: %d %s", who, a.status, a.body)
			}
		}
	}
	path := at("contoso", "limits", "editor")
	l.carol.change(http.MethodDelete, path, path, nil).want(http.StatusNoContent)
	l.until(code, "whoami", http.StatusOK)
	if a := l.carol.send(http.MethodGet, path, ""); a.status != http.StatusNotFound {
		t.Errorf("the removed limit is answered %d", a.status)
	}
}

// TestLimitPerToolTellsOfItOnlyWhoSeesIt: whoever does not see the tool is told
// what everybody is told about one that does not exist.
func TestLimitPerToolTellsOfItOnlyWhoSeesIt(t *testing.T) {
	t.Parallel()
	l := startLimited(t)
	alice, dan, bob := l.token("contoso", "alice", demo.VisualStudioCode), l.token("contoso", "dan", demo.VisualStudioCode), l.token("contoso", "bob", demo.VisualStudioCode)
	before := l.call(t, l.replica, "contoso", bob, "roll_dice")
	l.carol.post(at("contoso", "limits"), console.NewCallLimit{Name: "dice", CallLimitSettings: console.CallLimitSettings{
		Per: tenants.PerTool, Tool: "roll_*", CallsPerDay: 2, WhenUncounted: tenants.Refuse,
	}}, &console.CallLimit{})
	l.wantLimited(l.until(alice, "roll_dice", http.StatusTooManyRequests), `limit \"dice\" is used up: 2 calls per day of one tool`)
	l.wantLimited(l.call(t, l.replica, "contoso", dan, "roll_dice"), `limit \"dice\"`)
	if a := l.call(t, l.replica, "contoso", alice, "whoami"); !a.worked() {
		t.Errorf("another tool: %d %s", a.status, a.body)
	}
	if hidden := withoutRecord(l.call(t, l.replica, "contoso", bob, "roll_dice")); hidden != withoutRecord(before) || strings.Contains(hidden, "limit") {
		t.Errorf("who does not see the tool is told %s, and was told %s", hidden, withoutRecord(before))
	}
}

// withoutRecord is what an answer says, without the id of its own record.
func withoutRecord(a answer) string {
	text := strconv.Itoa(a.status) + a.body
	if id := a.header.Get("Gatehouse-Record"); id != "" {
		text = strings.ReplaceAll(text, id, "")
	}
	return text
}

// TestLimitThatTheDeploymentDoesNotLetBeReachedIsWarnedOf by the API and by apply.
func TestLimitThatTheDeploymentDoesNotLetBeReachedIsWarnedOf(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations, environ: func(*stack) map[string]string {
		return map[string]string{"GATEHOUSE_CALLER_RATE": "40", "GATEHOUSE_ORGANIZATION_QUOTA": "30000/day"}
	}})
	k.managing(t, "contoso")
	p := k.pipeline(t)
	p.write("gatehouse: 1\nlimits:\n  - {name: people, per: caller, rate: {calls: 80, every: second}, callsPerDay: 30000}\n  - {name: fewer, per: caller, rate: {calls: 39, every: second}, callsPerDay: 29999}\n")
	out := p.does(0, "apply", "--org", "contoso", "-f", "org.yaml")
	var page console.Page[console.ConfigurationWarning]
	k.as(t, "contoso", "carol").get(at("contoso", "warnings"), &page)
	var listed string
	for _, w := range page.Items {
		listed += "! " + w.Path + ": " + w.Message + "\n"
	}
	for from, text := range map[string]string{"apply": out, "the API": listed} {
		for _, says := range []string{"! limits[people].rate: 80 calls every second", "each caller (40 calls every second, 80 at once)", "! limits[people].callsPerDay: 30000 calls", "the quota"} {
			if !strings.Contains(text, says) || strings.Contains(text, "! limits[fewer]") {
				t.Errorf("%s does not say %q of the right limit:\n%s", from, says, text)
			}
		}
	}
}

// TestLimitsAreAppliedExportedAndRecorded by an automation from a file.
func TestLimitsAreAppliedExportedAndRecorded(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	l := limited{k, t, k.as(t, "contoso", "carol")}
	k.managing(t, "contoso")
	alice, dan := l.token("contoso", "alice", demo.VisualStudioCode), l.token("contoso", "dan", demo.VisualStudioCode)
	p := k.pipeline(t)
	p.write("gatehouse: 1\nlimits:\n  - {name: people, per: caller, rate: {calls: 2, every: minute}}\n")
	if out := p.does(2, "apply", "--org", "contoso", "-f", "org.yaml", "--prune", "--dry-run"); !strings.Contains(out, "+ limits[people]") || !strings.Contains(out, "- limits[contoso-limit]") {
		t.Errorf("a dry run says\n%s", out)
	}
	if a := k.call(t, k.replica, "contoso", alice, "whoami"); !a.worked() {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	p.does(0, "apply", "--org", "contoso", "-f", "org.yaml", "--prune")
	l.wantLimited(l.until(alice, "whoami", http.StatusTooManyRequests), `limit \"people\" is reached: 2 calls every minute by one caller`)
	if a := k.call(t, k.replica, "contoso", dan, "whoami"); !a.worked() {
		t.Errorf("somebody else: %d %s", a.status, a.body)
	}
	exported := p.does(0, "export", "--org", "contoso")
	if !strings.Contains(exported, "- name: people\n    per: caller\n    rate:\n      calls: 2\n      every: minute\n      burst: 2\n    whenUncounted: admit\n") {
		t.Errorf("exported is\n%s", exported)
	}
	p.write(exported)
	p.does(0, "apply", "--org", "contoso", "-f", "org.yaml", "--prune", "--dry-run")
	p.write("gatehouse: 1\nlimits: []\n")
	p.does(0, "apply", "--org", "contoso", "-f", "org.yaml", "--prune")
	l.until(alice, "whoami", http.StatusOK)
	added := slices.ContainsFunc(k.records(t, "contoso"), func(r audit.Record) bool {
		return r.Kind == audit.ConfigChange && strings.Contains(r.After, `limit people`) && strings.Contains(r.After, `"every":"minute"`) && strings.Contains(r.Before, "limit contoso-limit")
	})
	removed := slices.ContainsFunc(k.records(t, "contoso"), func(r audit.Record) bool {
		return r.Kind == audit.ConfigChange && strings.Contains(r.Before, "limit people") && !strings.Contains(r.After, "people")
	})
	if !added || !removed {
		t.Errorf("a record says what was added: %t; one what was removed: %t", added, removed)
	}
}
