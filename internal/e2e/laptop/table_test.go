package laptop_test

import (
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
	rows     map[string]string   // by client and mode
	said     map[string]string   // of them: what was done
	eras     map[string][]string // of them
	broken   bool                // the table is not whole
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
	return &clientTable{rows: map[string]string{}, said: map[string]string{}, eras: map[string][]string{}, versions: npm.Dependencies}
}

// row names a row of the table: a client in a mode.
func (c combination) row() string {
	name := "`" + c.kind.name + "`"
	if c.kind.note != "" {
		name += " (" + c.kind.note + ")"
	}
	return name + " | " + c.mode
}

// sentence is what a client has done, and why it has not done the rest.
func (o outcome) sentence() string {
	var did, failed []string
	for _, s := range steps {
		why, not := o.Failed[s]
		switch {
		case not:
			failed = append(failed, "not: "+string(s)+" ("+reason(why)+")")
		case slices.Contains(o.Did, s):
			did = append(did, string(s))
		}
	}
	text := strings.Join(append([]string{strings.Join(did, ", ")}, failed...), "; ")
	return strings.TrimPrefix(text, "; ")
}

// note keeps the row of a client that has got through as far as it does.
func (tb *clientTable) note(t *testing.T, c combination, o outcome) {
	t.Helper()
	registration := "dynamic"
	if c.mode != brokered {
		registration = "client ID"
	}
	if o.flags != "" {
		registration += ", " + o.flags
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if t.Failed() {
		tb.broken = true
		return
	}
	if first, again := tb.said[c.row()]; again && first != o.sentence() {
		t.Errorf("in one revision it is %q, in another %q", first, o.sentence())
	}
	tb.said[c.row()] = o.sentence()
	tb.eras[c.row()] = append(tb.eras[c.row()], c.era)
	slices.Sort(tb.eras[c.row()])
	tb.rows[c.row()] = "| " + strings.Join([]string{c.row(), tb.versions[c.kind.name], strings.Join(tb.eras[c.row()], ", "), registration, o.sentence()}, " | ") + " |\n"
}

// hold holds the page to the table, or writes it there.
func (tb *clientTable) hold(t *testing.T) {
	t.Helper()
	if tb.broken {
		return
	}
	var now strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tb.rows)) {
		now.WriteString(tb.rows[name])
	}
	holdPage(t, "| client | mode | version | revision | registration | what the run did |\n|---|---|---|---|---|---|\n", now.String())
}

// pages lets one at a time write the page.
var pages sync.Mutex

// holdPage holds the rows below a head in docs/clients.md to those of now, or writes
// them there.
func holdPage(t *testing.T, head, now string) {
	t.Helper()
	if strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		return // the table is not whole
	}
	pages.Lock()
	defer pages.Unlock()
	path := filepath.Join(root(t), "docs", "clients.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), head)
	old, after, more := strings.Cut(rest, "\n\n")
	if !found || !more {
		t.Fatalf("%s has no table with the head %s", path, head)
	}
	old += "\n"
	if *update {
		if err := os.WriteFile(path, []byte(before+head+now+"\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != now {
		t.Errorf("docs/clients.md is old; run: go test ./internal/e2e/laptop -run 'TestClientsSignIn|TestSequences' -update\n%s\nwant\n%s", old, now)
	}
}
