package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// twoPages is a report of two people: of one it is known that they could use payroll,
// of the other it is not.
var twoPages = []string{
	`{"at":"2026-03-31T23:59:59.999999Z","configuration":{"since":"2026-03-02T08:00:00Z","version":12,"record":"019aa3f2-7b10-7abc-8def-0123456789ab","digest":"ab"},
	 "remarks":["1 assignments give roles to app roles."],"nextCursor":"1","items":[
	 {"person":"` + owner + `","name":"=Alice","kind":"user","unknownGroups":[],"tools":[{"tool":"payroll_run","effect":"write","verdict":"allowed","rules":[
	  {"role":"Finance","assignment":"` + other + `","subjectKind":"group","subject":"` + appID + `","subjectName":"Finance people","evidence":{"answer":"member","source":"graph","since":"2026-03-01T00:00:00Z","until":"2026-03-31T23:50:00Z"}},
	  {"role":"Staff","assignment":"` + other + `","subjectKind":"every_guest","conditions":["args.amount < 5","c1"]}]}]}]}`,
	`{"at":"2026-03-31T23:59:59.999999Z","configuration":{"since":"2026-03-02T08:00:00Z","version":12,"record":"019aa3f2-7b10-7abc-8def-0123456789ab","digest":"ab"},"remarks":["1 assignments give roles to app roles."],"items":[
	 {"person":"` + other + `","name":"","kind":"unknown","unknownGroups":["` + appID + `"],"tools":[{"tool":"payroll_run","effect":"write","verdict":"unknown","rules":[
	  {"role":"Finance","assignment":"` + other + `","subjectKind":"group","subject":"` + appID + `","evidence":{"answer":"unknown","source":"token","until":"2026-03-01T00:00:00Z","lastAnswer":"not_member"}},
	  {"role":"Finance","assignment":"` + other + `","subjectKind":"group","subject":"` + appID + `","evidence":{"answer":"unknown"}}]}]},
	 {"person":"` + appID + `","name":"Bob","kind":"user","unknownGroups":[],"tools":[]}]}`,
}

func TestAccessIsToldInEachForm(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.Access(twoPages...)
	args := []string{"audit", "access", "--org", "contoso", "--at", "2026-03-31", "--tool", "payroll_*", "--person", owner, "--person", other, "--client", "editor"}
	got := x.run(t, "", args...)
	for _, want := range []string{
		"access as of 2026-03-31T23:59:59Z, decided by configuration 12 of 2026-03-02T08:00:00Z (record 019aa3f2-7b10-7abc-8def-0123456789ab)\n\nPERSON",
		"allowed (write)  Finance  group Finance people", "member by graph, 2026-03-01T00:00:00Z to 2026-03-31T23:50:00Z\n",
		"every guest", "the rule itself; if args.amount < 5 or c1\n",
		"unknown (write)", "not known; last not member by token, 2026-03-01T00:00:00Z\n", "  not known\n",
		"\n3 people, of whom 1 could use nothing that was asked about\n1 assignments give roles to app roles.\n",
	} {
		if got.code != exitDone || !strings.Contains(got.out, want) {
			t.Errorf("%d: there is no %q:\n%s%s", got.code, want, got.out, got.err)
		}
	}
	asked := "GET /api/organizations/contoso/access?at=2026-03-31T23%3A59%3A59.999999Z&client=editor&limit=200&person=" + owner + "%2C" + other + "&tool=payroll_%2A"
	if log := x.Log(); len(log) != 2 || log[0] != asked || log[1] != strings.Replace(asked, "&limit", "&cursor=1&limit", 1) {
		t.Errorf("asked is %q", log)
	}
	table := x.run(t, "", slices.Concat(args, []string{"--format", "csv"})...)
	lines := strings.Split(table.out, "\r\n")
	if table.code != exitDone || len(lines) != 6 || !strings.HasPrefix(lines[0], `"at","person","name",`) || !strings.HasPrefix(lines[1], `"2026-03-31T23:59:59Z","`+owner+`","'=Alice","user","payroll_run","write","allowed","Finance",`) {
		t.Errorf("%d: the table is\n%s%s", table.code, table.out, table.err)
	}
	object := x.run(t, "", slices.Concat(args, []string{"--format", "json"})...)
	var told struct {
		People []struct{ Tools []struct{ Verdict string } }
	}
	if err := json.Unmarshal([]byte(object.out), &told); err != nil || len(told.People) != 3 || told.People[1].Tools[0].Verdict != "unknown" {
		t.Errorf("the object is %+v: %v", told, err)
	}
}

func TestAccessSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		"audit access":                                         "no organization is named",
		"audit access --org contoso":                           "404 Not Found: what the organization had decided then is not on record",
		"audit access --org contoso --at yesterday":            "--at: give a day such as 2026-03-31",
		"audit access --org contoso --at 2999-01-01":           "--at: the day is in the future",
		"audit access --org contoso --person alice":            "--person: ",
		"audit access --org contoso --format xml":              `--format: "xml" is none`,
		"audit access payroll":                                 `"payroll" is not understood`,
		"audit reconcile":                                      "two files are needed",
		"audit reconcile a":                                    "two files are needed",
		"audit reconcile /nonexistent/a b":                     "no such file",
		"audit reconcile --format xml a b":                     `--format: "xml" is none`,
		"audit reconcile --from today a b":                     `--from: "today" is no time`,
		"audit reconcile --to today a b":                       `--to: "today" is no time`,
		"audit reconcile ../../internal/text/text.go /nowhere": "../../internal/text/text.go: ",
	} {
		x := open(t)
		got := x.run(t, "", strings.Fields(line)...)
		if got.code != exitFailed || got.out != "" || !strings.Contains(got.err, says) {
			t.Errorf("%s ends with %d\n%s\n%s", line, got.code, got.out, got.err)
		}
	}
}

// TestReconcileComparesTwoFiles: of two tokens in the evidence one has its sign-in,
// and the export ends before the other was shown.
func TestReconcileComparesTwoFiles(t *testing.T) {
	t.Parallel()
	const files = "../../internal/audit/reconcile/testdata/"
	x := open(t)
	got := x.run(t, "", "audit", "reconcile", files+"evidence.ndjson", files+"interactive.csv", "--from", "2026-03-12", "--to", "2026-03-14T11:30:00Z", "--app", "5f0c0f3e-2b1d-4f0a-9f0e-6d6f1c1b7a10")
	for _, want := range []string{
		"log:      gatehouse.example/", ", 2 tokens from 2026-03-14T11:00:00Z to 2026-03-14T12:00:00Z\n", "entra:    2 sign-ins", "both:     1 tokens of the log have their sign-in\n",
		"covered:  from 2026-03-12T00:00:00Z to 2026-03-14T11:30:00Z", "       1  it was first used at --to or later", "       1  the sign-in failed", "\n2 differences, 0 of them unexplained\n",
	} {
		if got.code != exitDone || !strings.Contains(got.out, want) {
			t.Errorf("%d: there is no %q:\n%s%s", got.code, want, got.out, got.err)
		}
	}
	got = x.run(t, "", "audit", "reconcile", files+"evidence.ndjson", files+"interactive.csv", "--app", "5f0c0f3e-2b1d-4f0a-9f0e-6d6f1c1b7a10")
	if got.code != exitPending || !strings.Contains(got.out, "Say with --from and --to") {
		t.Errorf("%d: what the export covers is not asked for:\n%s%s", got.code, got.out, got.err)
	}
	if got := x.run(t, "", "audit", "reconcile", files+"evidence.ndjson", files+"interactive.csv", files+"unexplained.json"); !strings.Contains(got.out, "entra:    4 sign-ins") {
		t.Errorf("%d: of two exports both are compared:\n%s%s", got.code, got.out, got.err)
	}
	if got := x.run(t, "", "audit", "reconcile", "--format", "csv", files+"evidence.ndjson", files+"unexplained.json"); got.code != exitPending || !strings.Contains(got.out, `,"no_sign_in",`) {
		t.Errorf("%d: the table is\n%s%s", got.code, got.out, got.err)
	}
}

func TestADayStandsForItsEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "2026-03-13": time.Date(2026, 3, 13, 23, 59, 59, 999_999_000, time.UTC), "2026-03-14": {},
		"2026-03-31T17:00:00+02:00": time.Date(2026, 3, 31, 15, 0, 0, 0, time.UTC),
	} {
		if got, err := instantOf(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %s %v, want %s", text, got, err, want)
		}
	}
}
