package laptop_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLinesBeforeAChangeWorkAsPrinted types the blocks of docs/what-if.md.
func TestLinesBeforeAChangeWorkAsPrinted(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "what-if.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := blocksOf(string(text))
	blocks[1] += "\nsleep 5" // the log is sealed seconds behind
	holds(t, shared.typeAll(t, blocks), [][]string{
		{},
		{`"result":`},
		{"records since 20", "WOULD HAVE BEEN REFUSED", "alice@contoso.example", "roll_dice", "no role of theirs allows it", "WHO COULD, CALLED OR NOT", "something would change"},
	})
}
