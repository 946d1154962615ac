package laptop_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the table of docs/clients.md anew")

// clientTable is what the clients of a run could do, as docs/clients.md shows it.
type clientTable struct {
	mu       sync.Mutex
	rows     map[string]string
	versions map[string]string
}

// newTable knows the versions of all clients.
func newTable(t *testing.T) *clientTable {
	t.Helper()
	raw, err := os.ReadFile("clients/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var npm struct{ Dependencies map[string]string }
	if err := json.Unmarshal(raw, &npm); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?m)^\t(\S+) v(\S+)`).FindAllStringSubmatch(string(mod), -1) {
		npm.Dependencies[found[1]] = found[2]
	}
	return &clientTable{rows: map[string]string{}, versions: npm.Dependencies}
}

// note keeps the row of a client that has got through.
func (tb *clientTable) note(t *testing.T, client, mode, revision, result string) {
	t.Helper()
	if t.Failed() {
		return
	}
	name := "`" + client + "`"
	if mode != "" {
		name += " (" + mode + ")"
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.rows[name] = "| " + strings.Join([]string{name, tb.versions[client], cmp.Or(revision, "both eras"), "dynamic", result}, " | ") + " |\n"
}

// hold holds the page to the table, or writes it there.
func (tb *clientTable) hold(t *testing.T) {
	t.Helper()
	if t.Failed() || strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		return // the table is not whole
	}
	const begin, end = "| client | version | revision | registration | what the run did |\n|---|---|---|---|---|\n", "\n## "
	path := filepath.Join(root(t), "docs", "clients.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	old, after, more := strings.Cut(rest, end)
	if !found || !more {
		t.Fatalf("%s has no table of clients", path)
	}
	var now strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tb.rows)) {
		now.WriteString(tb.rows[name])
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+now.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != now.String() {
		t.Errorf("docs/clients.md is old; run: go test ./internal/e2e/laptop -run TestClientsSignIn -update\n%s\nwant\n%s", old, now.String())
	}
}
