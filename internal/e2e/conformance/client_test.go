package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// scoredOfClients is how many scenarios each revision scores for clients.
var scoredOfClients = map[string]int{"2026-07-28": 32, "2025-11-25": 18}

// TestOurClientConforms has the suite play the servers behind us, and their
// authorization servers. The client is this program, told by its environment to be
// it.
func TestOurClientConforms(t *testing.T) {
	program, err := os.Executable()
	must(t, err)
	for revision, n := range scoredOfClients {
		t.Run(revision, func(t *testing.T) {
			out := t.TempDir()
			cmd := exec.CommandContext(t.Context(), nodeJS(), filepath.Join(suite, "dist", "index.js"), "client", "--command", program, "--requirements", revision, "--output-dir", out)
			said, err := cmd.CombinedOutput()
			got := read(t, out)
			if len(got) == 0 {
				t.Fatalf("the suite has written nothing: %v\n%s", err, said)
			}
			if err != nil {
				t.Errorf("the suite says that our client does not conform: %v\n%s", err, said)
			}
			passes(t, revision, got, required(t, revision).Client, n)
		})
	}
}
