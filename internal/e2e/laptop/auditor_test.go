package laptop_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinesForAuditorsWorkAsPrinted types the blocks of docs/auditor-guide.md: the
// journey of an auditor, from a question to what they can prove, and what becomes of it
// when somebody changes the log.
func TestLinesForAuditorsWorkAsPrinted(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "auditor-guide.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks, dir := blocksOf(string(text)), t.TempDir()
	rename := []string{".dev/", shared.data() + "/", "gatehouse-dev tamper", "gatehouse-dev tamper --data " + shared.data()}
	for _, name := range []string{"access.csv", "contoso.zip", "evidence.ndjson", "edited.ndjson", "rewritten.ndjson"} {
		rename = append(rename, name, filepath.Join(dir, name))
	}
	for i := range blocks {
		blocks[i] = strings.NewReplacer(rename...).Replace(blocks[i])
	}
	said := shared.typeAll(t, blocks)
	holds(t, said, [][]string{
		{},
		{"/log\n", " demo ", "localhost:"},
		{
			"bob@contoso.example  tool_call  whoami  ok", "refused  unknown_tool", "assignment created", "assignment deleted",
			"hold withdrawn", "revoked person", "person erased", "agents refused", "sealed up to 20",
		},
		{"completeness: proven", "anchored since", "\nPROVEN: of what matches the filter of records "},
		{"access as of 20", "member by ", "bob@contoso.example", "allowed", "the rule itself"},
		{"UNEXPLAINED: Entra has no sign-in that issued this token", ", 1 of them unexplained", "the sign-in failed", "exit code 2"},
		{"contoso.zip: records ", "13 files", "exactly this report was handed out, made for Dan Contoso", "\nPROVEN: the export, of what matches the filter"},
		{"UPDATE audit_records", "WRONG: line ", ", record ", "exit code 1"},
		{"written anew", "\nNOT ANCHORED: the operator could have rewritten this\n", "exit code 2", "anchor: the log was rewritten: its first ", "exit code 1"},
	})
	if n := strings.Count(said[3], "\nPROVEN: of what"); n != 2 {
		t.Errorf("%d of two verifiers prove it:\n%s", n, said[3])
	}
	table, err := os.ReadFile(filepath.Join(dir, "access.csv"))
	if err != nil || !strings.Contains(string(table), `,"bob@contoso.example","user","whoami","read","allowed","staff",`) {
		t.Errorf("Bob could not use whoami two weeks ago: %v\n%s", err, table)
	}
}
