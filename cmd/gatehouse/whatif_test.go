package main

import (
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/internal/manage"
	"gatehouse/internal/manage/managetest"
)

// foreseen is a replay that took two answers, and a comparison that took two.
var foreseen = managetest.Foresight{
	Calls: []string{
		`{"since":"2026-03-01T00:00:00Z","from":100,"to":300,"end":400,"sealedAt":"2026-03-31T00:00:00Z","records":200,"calls":10,"unchanged":6,"loses":2,"gains":0,"cannotTell":2,"erased":1,"omitted":1,
		 "reasons":[{"reason":"arguments","calls":1},{"reason":"erased","calls":1}],"remarks":[],"nextCursor":"1","items":[
		 {"person":"` + owner + `","name":"Alice","tool":"payroll_run","change":"loses","rule":{"kind":"deny","role":"Finance","permission":2,"subject":"group Finance people"},"calls":2,"already":1,"last":"2026-03-02T08:00:00Z"},
		 {"person":"` + other + `","name":"","tool":"search","change":"cannot_tell","reasons":["arguments"],"calls":1,"already":0,"last":"2026-03-02T08:00:00Z"}]}`,
		`{"since":"2026-03-01T00:00:00Z","from":300,"to":400,"end":400,"records":100,"calls":5,"unchanged":1,"loses":3,"gains":1,"cannotTell":0,"erased":0,"omitted":0,"reasons":[{"reason":"arguments","calls":0}],"remarks":[],"items":[
		 {"person":"` + owner + `","name":"Alice B.","tool":"payroll_run","change":"loses","rule":{"kind":"deny","role":"Finance","permission":2,"subject":"group Finance people"},"calls":2,"already":0,"last":"2026-03-09T08:00:00Z"},
		 {"person":"` + owner + `","name":"Alice B.","tool":"payroll_run","change":"loses","rule":{"kind":"guests"},"calls":1,"already":0,"last":"2026-03-09T08:00:00Z"},
		 {"person":"` + other + `","name":"=Bob","tool":"whoami","change":"gains","rule":{"kind":"allow","role":"Staff","permission":1,"subject":"everybody"},"calls":1,"already":0,"last":"2026-03-10T08:00:00Z"}]}`,
	},
	Access: []string{
		`{"at":"2026-03-31T00:00:00Z","remarks":["1 assignments give roles to app roles."],"items":[],"nextCursor":"1"}`,
		`{"at":"2026-03-31T00:00:00Z","remarks":["1 assignments give roles to app roles."],"items":[{"person":"` + other + `","name":"Bob","kind":"user","tools":[
		 {"tool":"greet","effect":"read","before":"none","after":"allowed","rules":[{"role":"Staff","assignment":"` + other + `","subjectKind":"everybody"}]}]}]}`,
	},
}

func TestWhatIfIsAddedUpAndTold(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.Foresee(foreseen)
	args := []string{"what-if", "--org", "contoso", "-f", "-", "--days", "31", "--prune"}
	got := x.run(t, header, args...)
	for _, want := range []string{
		"300 records since 2026-03-01T00:00:00Z were read, 100 to 399: 15 calls\n  7 decided alike, 5 would have been refused, 1 let through, 2 cannot be told\n",
		"Alice B. " + owner + "  payroll_run  4      2026-03-09 08:00:00  deny of role Finance, permission 2, given to group Finance people (1 so already now)\n",
		"payroll_run  1      2026-03-09 08:00:00  guests are refused\n",
		"allow of role Staff, permission 1, given to everybody\n",
		"\n  1  a condition looks at an argument that the log does not keep in clear\n  1  who called has been erased\n",
		"\n1 calls are in the sums and have no line\n",
		"Bob " + other + "  greet  none  allowed  Staff to everybody\n1 assignments give roles to app roles.\n",
	} {
		if got.code != exitPending || !strings.Contains(got.out, want) {
			t.Errorf("%d: there is no %q:\n%s%s", got.code, want, got.out, got.err)
		}
	}
	asked := strings.Join(x.Log(), "\n")
	for _, want := range []string{"/calls?days=31&prune=true\n", "calls?cursor=1&days=31&prune=true", "access?limit=200&prune=true\n", "access?cursor=1&limit=200&prune=true\n"} {
		if !strings.Contains(asked, want) {
			t.Errorf("asked is\n%s\nwithout %q", asked, want)
		}
	}
	object := x.run(t, header, append(args, "--json")...)
	var f manage.Foresight
	if err := json.Unmarshal([]byte(object.out), &f); err != nil || object.code != exitPending || len(f.Calls.Items) != 4 || f.Calls.Items[0].Calls != 4 || f.Calls.To != 400 || len(f.Access) != 1 || f.Calls.Erased != 1 {
		t.Errorf("%d: the object is %+v: %v", object.code, f, err)
	}
}

func TestWhatIfOfNothingAndOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	const nothing = `{"since":"2026-03-01T00:00:00Z","from":1,"to":9,"end":9,"sealedAt":"2026-03-31T00:00:00Z","records":8,"calls":2,"unchanged":2,"reasons":[],"items":[],"remarks":[]}`
	x := open(t)
	x.Foresee(managetest.Foresight{Calls: []string{nothing}, Access: []string{`{"at":"2026-03-31T00:00:00Z","remarks":[],"items":[]}`}})
	if got := x.run(t, header, "what-if", "--org", "contoso", "-f", "-"); got.code != exitDone || !strings.Contains(got.out, "nobody who is known could use more or less\n") {
		t.Errorf("of nothing: %d\n%s%s", got.code, got.out, got.err)
	}
	x.Foresee(managetest.Foresight{Access: []string{`{"at":"2026-03-31T00:00:00Z","remarks":[],"items":[]}`}})
	for want, args := range map[string][]string{
		"the organization was changed meanwhile": {"what-if", "--org", "contoso", "-f", "-"},
		"--days: at least one":                   {"what-if", "--org", "contoso", "-f", "-", "--days", "0"},
		"-f org.yaml":                            {"what-if", "--org", "contoso"},
		"no organization is named":               {"what-if", "-f", "-"},
		`"contoso" is not understood`:            {"what-if", "contoso"},
	} {
		if got := x.run(t, header, args...); got.code != exitFailed || !strings.Contains(got.err, want) {
			t.Errorf("%q: %d, and there is no %q in\n%s", args, got.code, want, got.err)
		}
	}
}
