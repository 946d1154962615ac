package authz_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"gatehouse/internal/authz"
)

// TestPatternsMatchAsInTheTable holds Matches to a table that the console's own
// matcher is held to, too.
func TestPatternsMatchAsInTheTable(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/patterns.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][3]any
	if err := json.Unmarshal(raw, &rows); err != nil || len(rows) == 0 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		pattern, name := fmt.Sprint(row[0]), fmt.Sprint(row[1])
		if got := authz.Matches(pattern, name); got != row[2] {
			t.Errorf("%q matches %q: %t, the table says %v", pattern, name, got, row[2])
		}
	}
}
