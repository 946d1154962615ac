package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPackageSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		"audit package --org contoso":                                  "no file is named; give -o, such as -o march.zip",
		"audit package --org contoso -o -":                             "no file is named",
		"audit package -o /nonexistent/p.zip":                          "no organization is named",
		"audit package --org contoso -o /nonexistent/p.zip":            "no such file",
		"audit package --org contoso -o p.zip --at yesterday":          "--at: give a day",
		"audit package --org contoso -o p.zip --from yesterday":        "--from: ",
		"audit package --org contoso -o p.zip --checkpoint /nowhere/c": "--checkpoint: ",
		"audit package --org contoso -o p.zip contoso":                 `"contoso" is not understood`,
	} {
		got := open(t).run(t, "", strings.Fields(line)...)
		if got.code != exitFailed || got.out != "" || !strings.Contains(got.err, says) {
			t.Errorf("%s ends with %d\n%s\n%s", line, got.code, got.out, got.err)
		}
	}
}

// TestPackageThatFailsLeavesNothing: a file with the name is whole.
func TestPackageThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := open(t).run(t, "", "audit", "package", "--org", "contoso", "-o", filepath.Join(dir, "p.zip"))
	left, err := os.ReadDir(dir)
	if got.code != exitFailed || !strings.Contains(got.err, "404 Not Found") || err != nil || len(left) > 0 {
		t.Errorf("%+v leaves %v, %v", got, left, err)
	}
}

// TestVerifyKnowsAPackage by how it begins, or by its name.
func TestVerifyKnowsAPackage(t *testing.T) {
	t.Parallel()
	key := strings.TrimSpace(string(example(t, "evidence.key")))
	named := filepath.Join(t.TempDir(), "p.zip")
	if err := os.WriteFile(named, example(t, "evidence.ndjson"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, stdin, says string }{
		"named":         {named, "", "WRONG: README.txt: the file does not begin as a package does\n"},
		"begins so":     {"-", "PK\x03\x04", "WRONG: README.txt: the package ends where it belongs\n"},
		"neither of it": {"-", "PK", "WRONG: line 1: end: "},
	} {
		r := (&terminal{}).run(t, c.stdin, "audit", "verify", c.file, "--key", key)
		if r.code != exitFailed || !strings.HasPrefix(r.out, c.says) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestReportIsAsOfTheEndOfWhatIsAskedAbout(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	past := now.AddDate(0, 0, -2)
	for _, c := range []struct {
		given    string
		to, want time.Time
	}{
		{"", past, past.Add(-time.Microsecond)},
		{"", time.Time{}, time.Time{}},
		{"", now.Add(time.Hour), time.Time{}},
		{"2026-03-01T08:00:00Z", past, time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)},
	} {
		if got, err := asOf(c.given, c.to, now); err != nil || !got.Equal(c.want) {
			t.Errorf("%q until %s is %s %v", c.given, c.to, got, err)
		}
	}
}
