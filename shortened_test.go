package gatehouse_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWhatIsShortenedRunsInFullToo: nothing is left out for being long. A package
// that heeds -short is one of those that the Makefile runs once more without it.
func TestWhatIsShortenedRunsInFullToo(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(makefile), " simulations go test -vet=off -timeout 5m $(SIMULATIONS)\n") {
		t.Error("make test runs no simulations in full")
	}
	list := regexp.MustCompile(`(?m)^SIMULATIONS := (.+)$`).FindSubmatch(makefile)
	if list == nil {
		t.Fatal("the Makefile lists no simulations")
	}
	full := strings.Fields(string(list[1]))
	slices.Sort(full)
	if shortened := shortened(t); !slices.Equal(shortened, full) {
		t.Errorf("shortened are the tests of %v, and run in full those of %v", shortened, full)
	}
}

// shortened returns the packages whose tests heed -short, sorted.
func shortened(t *testing.T) (dirs []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && name != ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, "_test.go") || name == "shortened_test.go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if dir := "./" + path.Dir(name); err == nil && strings.Contains(string(text), "testing.Short()") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(dirs)
	return dirs
}
