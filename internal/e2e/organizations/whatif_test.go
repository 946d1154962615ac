package organizations_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/manage"
)

// TestWhatIsForeseenHappens replays calls of three people under a file, and makes the
// calls again when it is in force.
func TestWhatIsForeseenHappens(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	k.startWorker(t)
	k.managing(t, "contoso")
	p := k.pipeline(t)
	calls := []struct{ who, tool string }{{"alice", "whoami"}, {"alice", "roll_dice"}, {"bob", "whoami"}, {"bob", "roll_dice"}, {"bob", "payroll_run_payment"}, {"dan", "roll_dice"}, {"dan", "whoami"}}
	tokens, before := map[string]string{}, map[[2]string]bool{}
	for _, c := range calls {
		if tokens[c.who] == "" {
			tokens[c.who] = k.password(t, company("contoso").TID, person("contoso", c.who), company("contoso").Organization(k.places).Connection.QualifiedScope())
		}
		before[[2]string{c.who, c.tool}] = k.call(t, k.replica, "contoso", tokens[c.who], c.tool).worked()
	}
	dan := k.as(t, "contoso", "dan")
	eventually(t, "the calls are sealed", patience, func() bool {
		var page console.LogPage
		dan.get(at("contoso", "log", "records")+"?kind=tool_call&limit=100", &page)
		return len(page.Items) == len(calls)
	})
	p.write("gatehouse: 1\nroles:\n  - name: staff\n    permissions: [{effect: allow, patterns: [whoami, greeting_card]}]\n" +
		"assignments:\n  - {role: staff, subject: {kind: everybody}}\n")
	var f manage.Foresight
	if err := json.Unmarshal([]byte(p.does(2, "what-if", "--org", "contoso", "-f", "org.yaml", "--json")), &f); err != nil {
		t.Fatal(err)
	}
	foreseen := map[[2]string]string{}
	for _, row := range f.Calls.Items {
		for _, c := range calls {
			if row.Person == person("contoso", c.who).OID && row.Tool == c.tool && row.Calls == 1 {
				foreseen[[2]string{c.who, c.tool}] = row.Change
			}
		}
	}
	if f.Calls.Calls != int64(len(calls)) || f.Calls.CannotTell != 0 || f.Calls.Loses != 2 || f.Calls.Gains != 1 {
		t.Errorf("foreseen is %+v", f.Calls)
	}
	if !slices.ContainsFunc(f.Access, func(x manage.ForeseenPerson) bool {
		return x.Person == person("contoso", "bob").OID && slices.ContainsFunc(x.Tools, func(y manage.ForeseenTool) bool {
			return y.Tool == "greeting_card" && y.Before == "none" && y.After == "allowed"
		})
	}) {
		t.Errorf("what Bob could use without having called is not in %+v", f.Access)
	}
	said := p.does(2, "what-if", "--org", "contoso", "-f", "org.yaml")
	for _, part := range []string{"7 calls\n", "4 decided alike, 2 would have been refused, 1 let through, 0 cannot be told", "WOULD HAVE BEEN REFUSED", "no role of theirs allows it", "allow of role staff, permission 1, given to everybody"} {
		if !strings.Contains(said, part) {
			t.Errorf("there is no %q in\n%s", part, said)
		}
	}
	exported := p.does(0, "export", "--org", "contoso")
	p.does(0, "apply", "--org", "contoso", "-f", "org.yaml")
	eventually(t, "the file is in force", inForce, func() bool { return k.call(t, k.replica, "contoso", tokens["bob"], "whoami").worked() })
	for _, c := range calls {
		key := [2]string{c.who, c.tool}
		want := before[key]
		switch foreseen[key] {
		case "loses":
			want = false
		case "gains":
			want = true
		}
		if got := k.call(t, k.replica, "contoso", tokens[c.who], c.tool).worked(); got != want || foreseen[key] != "" && got == before[key] {
			t.Errorf("%s calls %s: worked is %t, was %t, and foreseen %q", c.who, c.tool, got, before[key], foreseen[key])
		}
	}
	p.write(exported)
	if code, _, errs := p.run("what-if", "--org", "contoso", "-f", "org.yaml", "--days", "0"); code != 1 || !strings.Contains(errs, "--days") {
		t.Errorf("no days end with %d: %s", code, errs)
	}
	k.notesReplays(t)
}

// notesReplays looks for the record of who asked: one for each question, however many
// answers it took.
func (k *stack) notesReplays(t *testing.T) {
	t.Helper()
	var page console.LogPage
	dan := k.as(t, "contoso", "dan")
	eventually(t, "the questions are sealed", patience, func() bool {
		dan.get(at("contoso", "log", "records")+"?kind=export&text=what_if", &page)
		return len(page.Items) == 2
	})
	for _, r := range page.Items {
		if string(r.Fields["detail"]) != `"what_if"` {
			t.Errorf("a question is recorded as %s", r.Fields)
		}
	}
}
