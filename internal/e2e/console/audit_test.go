package console_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
)

// TestAuditorFindsExportsAndVerifies walks as Dan, who audits Contoso. What the page
// says of the file that it has exported is what Go's verifier says of it.
func TestAuditorFindsExportsAndVerifies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := walk(t, "audit", map[string]string{"slug": "contoso", "dan": user(t, "dan").OID, "dir": dir})
	w.holds(t, 9)
	key, err := proof.ParseKey(strings.TrimSpace(string(read(t, dir, "key.txt"))))
	if err != nil {
		t.Fatal(err)
	}
	held := read(t, dir, "checkpoint.txt")
	origin, _, _ := strings.Cut(string(held), "\n")
	report, err := evidence.Verify(bytes.NewReader(read(t, dir, "evidence.ndjson")), evidence.Trust{Origin: origin, Keys: []proof.Key{key}, Checkpoint: held})
	if err != nil {
		t.Fatal(err)
	}
	if said := string(read(t, dir, "said.txt")) + "\n"; said != report.String() || report.Verdict() != 0 {
		t.Errorf("the page says\n%s\nand Go\n%s", said, report.String())
	}
}

// TestOwnerHoldsAndAuditorHasExportsBrought walks as Carol, who owns Contoso, as Dan, who
// audits it, and as somebody who does neither; and, where the log goes, how long it is kept
// and who is erased from it, as Alice, too, whom Carol makes an owner for that.
func TestOwnerHoldsAndAuditorHasExportsBrought(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := walk(t, "evidence", map[string]string{"slug": "contoso", "carol": user(t, "carol").OID, "dan": user(t, "dan").OID, "dir": dir})
	w.holds(t, 7)
	t.Logf("with 10,000 rows: %s", read(t, dir, "measured.json"))
	walkWell(t, "keeping", map[string]string{"slug": "contoso", "name": "Contoso", "carol": user(t, "carol").OID, "dan": user(t, "dan").OID}, 9)
	// Only now: nobody is erased while there is a hold.
	walkWell(t, "erasing", map[string]string{"slug": "contoso", "carol": user(t, "carol").OID, "dan": user(t, "dan").OID, "alice": user(t, "alice").OID, "gone": "grace@contoso.example"}, 7)
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
