package gatehouse_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pasted finds what a guide has its reader paste into a shell.
var pasted = regexp.MustCompile("(?s)```sh\n(.*?)```")

// helpers are the functions of guides by which a terminal asks the management API.
var helpers = regexp.MustCompile(`(?m)^(api|etag)\(\) .*$`)

// TestGuidesShareOneAPI: whoever goes from one guide to another in the same terminal
// has the functions that the other one means. A guide that uses one has it itself.
func TestGuidesShareOneAPI(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	meant, users := map[string]string{}, 0
	for _, page := range append([]string{"README.md"}, pages...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for _, b := range pasted.FindAllStringSubmatch(string(text), -1) {
			lines.WriteString(b[1])
		}
		has := map[string]bool{}
		for _, h := range helpers.FindAllStringSubmatch(lines.String(), -1) {
			if has[h[1]] = true; meant[h[1]] == "" {
				meant[h[1]] = h[0]
			}
			if h[0] != meant[h[1]] {
				t.Errorf("%s has\n%s\nand another guide\n%s", page, h[0], meant[h[1]])
			}
		}
		for name, used := range map[string]*regexp.Regexp{"api": regexp.MustCompile(`(?m)(^|[ (])api (GET|POST|PUT|DELETE) `), "etag": regexp.MustCompile(`\$\(etag `)} {
			if used.MatchString(lines.String()) {
				if users++; !has[name] {
					t.Errorf("%s uses %s and does not have it", page, name)
				}
			}
		}
	}
	if users < 8 {
		t.Errorf("%d uses are found", users)
	}
}
