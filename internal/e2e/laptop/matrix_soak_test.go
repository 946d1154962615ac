//go:build soak

package laptop_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSoakClientsInEveryCombination of mode and revision do what the table says of
// them.
func TestSoakClientsInEveryCombination(t *testing.T) {
	t.Parallel()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	w, said := newWorld(t), written(t)
	for _, c := range combinations() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			got := c.kind.drive(t, w, c)
			got.hold(t, c)
			if want := said[c.row()]; got.sentence() != want {
				t.Errorf("it is %q, and the table says %q", got.sentence(), want)
			}
		})
	}
}

// written is what the table says, by row.
func written(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root(t), "docs", "clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | "); len(cells) == 6 {
			said[cells[0]+" | "+cells[1]] = cells[5]
		}
	}
	return said
}
