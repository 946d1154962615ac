package spelling_test

import (
	"strings"
	"testing"

	"gatehouse/internal/spelling"
)

func TestNearestIsTheNameThatWasMeant(t *testing.T) {
	t.Parallel()
	known := []string{"patterns", "effect", "condition", "name", "same"}
	for written, want := range map[string]string{
		"pattern": "patterns", "efect": "effect", "conditoin": "condition", "nam": "name",
		"tame":                          "name", // as far from "same": the first in the alphabet
		"xyz":                           "",
		"patty":                         "",
		"":                              "",
		"effects":                       "effect",
		strings.Repeat("condition", 30): "",
	} {
		if got := spelling.Nearest(written, known); got != want {
			t.Errorf("%.20q stands for %q, want %q", written, got, want)
		}
	}
}
