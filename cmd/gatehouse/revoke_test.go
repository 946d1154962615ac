package main

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/manage/managetest"
)

func TestRevokeCutsOffWhatIsNamed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args []string
		cut  managetest.Cut
		says []string
	}{
		{[]string{"person", owner}, managetest.Cut{Kind: "person", Subject: owner}, []string{"person " + owner + " is cut off", "before 2026-11-22 06:00:10 UTC", "Microsoft Entra ID"}},
		{[]string{"client", "Agent <http://127.0.0.1/cb>"}, managetest.Cut{Kind: "client", Subject: "Agent <http://127.0.0.1/cb>"}, []string{"list of clients"}},
		{[]string{"connection", other}, managetest.Cut{Kind: "connection", Subject: other}, []string{"may ask the person again"}},
		{[]string{"session", other}, managetest.Cut{Kind: "session", Subject: other}, []string{"session " + other}},
		{[]string{"organization", "--yes"}, managetest.Cut{Kind: "organization"}, []string{"organization contoso is cut off", "suspend"}},
	} {
		x := open(t)
		flags := []string{"--org", "contoso", "--reason", " laptop stolen "}
		for _, args := range [][]string{slices.Concat([]string{"revoke"}, row.args, flags), slices.Concat([]string{"revoke"}, flags, row.args)} {
			got := x.run(t, "", args...)
			if got.code != exitDone || got.err != "" {
				t.Errorf("%q ends with %d: %s", args, got.code, got.err)
			}
			for _, part := range row.says {
				if !strings.Contains(got.out, part) {
					t.Errorf("%q does not say %q:\n%s", args, part, got.out)
				}
			}
		}
		cuts := x.Cuts()
		if len(cuts) != 2 || cuts[0].Key == "" || cuts[0].Key == cuts[1].Key {
			t.Fatalf("asked for is %+v", cuts)
		}
		row.cut.Reason, row.cut.Key = "laptop stolen", cuts[0].Key
		if cuts[0] != row.cut {
			t.Errorf("asked for is %+v, want %+v", cuts[0], row.cut)
		}
	}
}

func TestRevokeSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		"revoke":                                                           "say what to cut off\n\nusage: gatehouse revoke person <object id>",
		"revoke --org contoso":                                             "say what to cut off",
		"revoke group x --org contoso":                                     "say what to cut off",
		"revoke connections --org contoso":                                 "say what to cut off",
		"revoke person --org contoso":                                      "say which person: gatehouse revoke person <id>",
		"revoke client My Agent --org contoso":                             `"Agent" is one too many`,
		"revoke organization --org contoso --reason x":                     "give --yes",
		"revoke organization contoso --yes --org contoso --reason x":       `"contoso" is one too many: --org says which`,
		"revoke person " + owner + " --org contoso":                        "give --reason",
		"revoke person " + owner + " --reason x":                           "no organization is named",
		"revoke person " + owner + " --reason x --org contoso --now":       "flag provided but not defined",
		"revoke person alice@contoso.example --reason x --org contoso":     "subject: must be the object ID",
		"revoke person " + owner + " --reason x --org fabrikam --url nope": "--url",
	} {
		x := open(t)
		got := x.run(t, "", strings.Fields(line)...)
		if got.code != exitFailed || got.out != "" || !strings.Contains(got.err, says) {
			t.Errorf("%s ends with %d\n%s\n%s", line, got.code, got.out, got.err)
		}
		if cuts := x.Cuts(); len(cuts) != 0 {
			t.Errorf("%s has asked for %+v", line, cuts)
		}
	}
	if got := open(t).run(t, "", "revoke", "--help"); got.code != exitDone || !strings.Contains(got.err, "gatehouse revoke organization --yes") {
		t.Errorf("the help is\n%s", got.err)
	}
}

// TestARevocationIsAskedForAgainWhenItsAnswerIsLost, as the same.
func TestARevocationIsAskedForAgainWhenItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	line := []string{"revoke", "person", owner, "--org", "contoso", "--reason", "x"}
	x := open(t)
	x.Lose(1)
	got, cuts := x.run(t, "", line...), x.Cuts()
	if got.code != exitDone || len(cuts) != 2 || cuts[0] != cuts[1] {
		t.Errorf("%d %s; asked for is %+v", got.code, got.err, cuts)
	}
	x.Lose(2)
	if got, cuts := x.run(t, "", line...), x.Cuts(); got.code != exitFailed || len(cuts) != 4 {
		t.Errorf("%d %s; asked for is %+v", got.code, got.out, cuts)
	}
}
