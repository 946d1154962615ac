package emulator_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What docs/emulator.md says holds it, is there.
func TestTheDocumentNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	files, tests := sources(t, ".", "../e2e/clients")
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)(…?)`|`(\\w+_test\\.go)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 60 {
		t.Fatalf("only %d tests are named", len(named))
	}
	for _, name := range named {
		switch {
		case name[3] != "" && !files[name[3]]:
			t.Errorf("there is no %s", name[3])
		case name[1] != "" && !strings.Contains(tests, "func "+name[1]+map[bool]string{true: "", false: "("}[name[2] != ""]):
			t.Errorf("there is no %s", name[1])
		}
	}
}

// Every control route is in docs/emulator.md, and no other.
func TestTheDocumentListsTheControlRoutes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("control.go")
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, route := range regexp.MustCompile(`HandleFunc\("(\w+) /_control(/[^"]+)"`).FindAllStringSubmatch(string(code), -1) {
		served[route[1]+" "+route[2]] = true
	}
	if len(served) < 10 {
		t.Fatalf("only %d routes are found", len(served))
	}
	_, section, _ := strings.Cut(string(page), "\n## Steer it\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+ /[^`]+)`").FindAllStringSubmatch(section, -1) {
		if !served[row[1]] {
			t.Errorf("the document has %s, which nobody serves", row[1])
		}
		delete(served, row[1])
	}
	for route := range served {
		t.Errorf("the document does not mention %s", route)
	}
}

// The codes that a fault may have are in docs/emulator.md, and no others: those whose
// sentence has nothing to fill in.
func TestTheDocumentListsTheCodesOfFaults(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("refusal.go")
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(page), "any that this emulator knows: ")
	said, _, _ = strings.Cut(said, ". ")
	listed := map[string]bool{}
	for _, number := range regexp.MustCompile("`(\\d+)`").FindAllStringSubmatch(said, -1) {
		listed[number[1]] = true
	}
	had := 0
	g := newRig(t)
	for _, row := range regexp.MustCompile(`(?m)^\t(\d+):\s+\{`).FindAllStringSubmatch(string(code), -1) {
		a := g.control(http.MethodPost, "/faults", `{"endpoint":"token","code":`+row[1]+`}`)
		if a.status == http.StatusNoContent != listed[row[1]] {
			t.Errorf("%s can be had: %d; the document lists it: %t", row[1], a.status, listed[row[1]])
		}
		if had++; listed[row[1]] {
			delete(listed, row[1])
		}
	}
	for number := range listed {
		t.Errorf("the document lists %s, which there is not", number)
	}
	if had < 80 {
		t.Errorf("only %d codes are found", had)
	}
}

// sources are the names of the test files below some folders, and all their text.
func sources(t *testing.T, folders ...string) (map[string]bool, string) {
	t.Helper()
	files, text := map[string]bool{}, strings.Builder{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			body, err := os.ReadFile(path)
			files[filepath.Base(path)] = true
			text.Write(body)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files, text.String()
}
