//go:build soak

package chaos_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// soakReport is where the figures of runs without a fault are kept, a section
// each.
const soakReport = "../../../docs/soak.md"

const soakHead = `# Soak

The long forms of the tests, as ` + "`make soak`" + ` last ran them without a fault. Each section is written by its own run.
`

// section is one run's part of the report.
type section struct {
	title string
	about string
	rows  [][2]string
}

// write puts the section in the place of its predecessor, or at the end.
func (s section) write(t *testing.T) {
	t.Helper()
	old, err := os.ReadFile(soakReport)
	must(t, err)
	head, rest, found := strings.Cut(string(old), "\n## ")
	if !strings.HasPrefix(head, "# Soak") {
		t.Fatalf("%s does not begin with its title", soakReport)
	}
	parts := []string{}
	if found {
		parts = strings.Split(rest, "\n## ")
	}
	mine, replaced := s.text(), false
	for i, part := range parts {
		if strings.HasPrefix(part, s.title+"\n") {
			parts[i], replaced = mine, true
		}
	}
	if !replaced {
		parts = append(parts, mine)
	}
	whole := soakHead
	for _, part := range parts {
		whole += "\n## " + strings.TrimRight(part, "\n") + "\n"
	}
	must(t, os.WriteFile(soakReport, []byte(whole), 0o600))
	must(t, os.Chmod(soakReport, 0o644))
}

// text is the section without the marks before its title.
func (s section) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n| | |\n|---|---:|\n", s.title, s.about)
	for _, row := range s.rows {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	return b.String()
}

// circumstances are the first rows of every section.
func circumstances(t *testing.T, took time.Duration) [][2]string {
	t.Helper()
	return [][2]string{
		{"commit of the binary", commitOf(t)},
		{"machine", fmt.Sprintf("%d shared cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())},
		{"day", time.Now().UTC().Format(time.DateOnly)},
		{"whole run", took.Round(time.Second).String()},
	}
}
