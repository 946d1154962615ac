package laptop_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// assertNothingRuns looks for processes that still use the data directory, or
// the place that its pointer names.
func assertNothingRuns(t *testing.T, d *dev) {
	t.Helper()
	places := [][]byte{[]byte(d.data())}
	if pointer, err := os.ReadFile(filepath.Join(d.data(), "postgres.location")); err == nil {
		places = append(places, bytes.TrimSpace(pointer))
	}
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		t.Fatalf("no processes at all? %v", err)
	}
	for _, path := range lines {
		line, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		for _, place := range places {
			if bytes.Contains(line, place) {
				t.Errorf("still running: %q", line)
			}
		}
	}
}
