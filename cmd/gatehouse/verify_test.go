package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit/proof"
)

const examples = "../../docs/examples/"

func example(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(examples + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestVerifySaysWithItsCode: 0 proven, 1 wrong, 2 not everything checked, 3 no verdict.
func TestVerifySaysWithItsCode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name string, content []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file, key := string(example(t, "evidence.ndjson")), strings.TrimSpace(string(example(t, "evidence.key")))
	altered := put("altered", []byte(strings.Replace(file, ":59.000000Z", ":58.000000Z", 1)))
	keys := put("keys", []byte("\n"+key+"\n\n"))
	origin, _, _ := strings.Cut(string(example(t, "evidence.checkpoint")), "\n")
	const (
		proven = "\nPROVEN: of what matches the filter of records 1 to 6 of 12\n"
		asked  = `{"from":"2026-11-21T08:02:00.000000Z","to":"2026-11-21T08:06:00.000000Z","tools":["payroll_run"]}`
	)
	good, held := examples+"evidence.ndjson", examples+"evidence.checkpoint"
	for name, c := range map[string]struct {
		args     []string
		stdin    string
		code     int
		out, err string
	}{
		"proven":               {[]string{good, "--key", key, "--checkpoint", held}, "", 0, proven, ""},
		"flags first":          {[]string{"--key", key, "--checkpoint", held, good}, "", 0, proven, ""},
		"key in a file":        {[]string{good, "--key", keys, "--checkpoint", held, "--origin", origin}, "", 0, proven, ""},
		"standard input":       {[]string{"-", "--key", key, "--checkpoint", held}, file, 0, proven, ""},
		"asked for":            {[]string{good, "--key", key, "--checkpoint", held, "--from", "1", "--to", "7", "--filter", asked}, "", 0, proven, ""},
		"another range":        {[]string{good, "--key", key, "--from", "0", "--to", "7"}, "", 1, "WRONG: line 1: question: ", ""},
		"another filter":       {[]string{good, "--key", key, "--filter", "{}"}, "", 1, "WRONG: line 1: question: ", ""},
		"half a range":         {[]string{good, "--key", key, "--from", "0"}, "", 3, "", "are given together"},
		"no filter at all":     {[]string{good, "--key", key, "--filter", "x"}, "", 3, "", "--filter: "},
		"empty origin":         {[]string{good, "--key", key, "--origin", ""}, "", 3, "", "must not be empty"},
		"empty checkpoint":     {[]string{good, "--key", key, "--checkpoint", ""}, "", 3, "", "must not be empty"},
		"altered":              {[]string{altered, "--key", key, "--checkpoint", held}, "", 1, "WRONG: line 2, record 1: leaf: ", ""},
		"another log":          {[]string{good, "--key", key, "--origin", origin + "s"}, "", 1, "WRONG: line 1: origin: ", ""},
		"empty":                {[]string{"-", "--key", key}, "", 1, "WRONG: line 1: end: ", ""},
		"no checkpoint":        {[]string{good, "--key", key, "--origin", origin}, "", 2, "\nNOT ANCHORED: the operator could have rewritten this\n", ""},
		"no file":              {[]string{"--key", key}, "", 3, "", "no file is named"},
		"no such file":         {[]string{"nothing", "--key", key}, "", 3, "", "no such file"},
		"two files":            {[]string{good, good, "--key", key}, "", 3, "", "is not understood"},
		"no key":               {[]string{good}, "", 3, "", "no key is given; give --key"},
		"no key at all":        {[]string{good, "--key", "key"}, "", 3, "", "--key: \"key\" is no key"},
		"checkpoint not there": {[]string{good, "--key", key, "--checkpoint", "nothing"}, "", 3, "", "--checkpoint: "},
		"no checkpoint at all": {[]string{good, "--key", key, "--checkpoint", keys}, "", 3, "", "gatehouse: no verdict: your checkpoint cannot be read"},
		"help":                 {[]string{"--help"}, "", 0, "", "-checkpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := (&terminal{}).run(t, c.stdin, append([]string{"audit", "verify"}, c.args...)...)
			if r.code != c.code || !strings.Contains(r.out, c.out) || !strings.Contains(r.err, c.err) || c.out == "" && r.out != "" {
				t.Errorf("code %d\n%s\n%s", r.code, r.out, r.err)
			}
		})
	}
}

// TestFileNamedLikeTheKeyIsNotRead: whoever hands over evidence may hand over other
// files with it.
func TestFileNamedLikeTheKeyIsNotRead(t *testing.T) {
	t.Parallel()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	held, err := proof.NewSigner(filepath.Join(t.TempDir(), "key"), private)
	if err != nil {
		t.Fatal(err)
	}
	name := held.String() // base64 may hold slashes
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, example(t, "evidence.key"), 0o600)); err != nil {
		t.Fatal(err)
	}
	args := []string{examples + "evidence.ndjson", "--key", name}
	const want = "WRONG: line 1: checkpoint: no key that is trusted has signed it\n"
	if r := (&terminal{}).run(t, "", append([]string{"audit", "verify"}, args...)...); r.code != 1 || r.out != want {
		t.Errorf("%+v", r)
	}
	out, _ := exec.CommandContext(t.Context(), "node", append([]string{examples + "verify.mjs"}, args...)...).Output()
	if string(out) != want {
		t.Errorf("JavaScript: %s", out)
	}
}

// TestBothVerifiersTakeTheSameQuestion, and say the same.
func TestBothVerifiersTakeTheSameQuestion(t *testing.T) {
	t.Parallel()
	base := []string{examples + "evidence.ndjson", "--key", strings.TrimSpace(string(example(t, "evidence.key")))}
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"--from", "1", "--to", "7"}, 2},
		{[]string{"--from", "0", "--to", "7"}, 1},
		{[]string{"--filter", "{}"}, 1},
		{[]string{"--from", "1"}, 3},
		{[]string{"--to", "7"}, 3},
		{[]string{"--filter", "null"}, 3},
		{[]string{"--filter", ""}, 3},
		{[]string{"--origin", ""}, 3},
		{[]string{"--checkpoint", ""}, 3},
	} {
		args := append(slices.Clone(base), c.args...)
		ours := (&terminal{}).run(t, "", append([]string{"audit", "verify"}, args...)...)
		cmd := exec.CommandContext(t.Context(), "node", append([]string{examples + "verify.mjs"}, args...)...)
		theirs, _ := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); ours.code != c.code || code != c.code || ours.out != string(theirs) {
			t.Errorf("%q: %d and %d, want %d\n%s\n%s", c.args, ours.code, code, c.code, ours.out, theirs)
		}
	}
}

func TestAuditHasCommands(t *testing.T) {
	t.Parallel()
	if r := (&terminal{}).run(t, "", "audit", "help"); r.code != 0 || !strings.Contains(r.out, "\n  verify ") {
		t.Errorf("%+v", r)
	}
	if r := (&terminal{}).run(t, "", "audit", "verfy"); r.code != 1 || !strings.Contains(r.err, "is no command of audit") {
		t.Errorf("%+v", r)
	}
}

// TestLinesOfTheFormatPageRun: what the page has its reader type says the same.
func TestLinesOfTheFormatPageRun(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/audit-format.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^(gatehouse|node) (.*evidence\.ndjson.*)$`).FindAllStringSubmatch(string(page), -1)
	if len(lines) != 2 || lines[1][1] != "node" {
		t.Fatalf("the lines are %q", lines)
	}
	ours := (&terminal{}).run(t, "", strings.Fields(strings.ReplaceAll(lines[0][2], "docs/examples/", examples))...)
	cmd := exec.CommandContext(t.Context(), "node", strings.Fields(lines[1][2])...)
	cmd.Dir = "../.."
	theirs, err := cmd.CombinedOutput()
	if err != nil || ours.code != 0 || !bytes.Equal(theirs, []byte(ours.out)) {
		t.Errorf("%+v\n%v\n%s", ours, err, theirs)
	}
	cmd = exec.CommandContext(t.Context(), "node", "docs/examples/verify.mjs", "docs/examples/evidence.ndjson")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != 3 || !bytes.HasPrefix(out, []byte("no verdict: ")) {
		t.Errorf("without a key: %v\n%s", err, out)
	}
}
