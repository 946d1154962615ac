package msgraph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

var permissionName = regexp.MustCompile(`^[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)+$`)

// TestPermissionsAreOffered reads every permission's name in the package's own
// source: whoever is refused for want of one has to be able to get it.
func TestPermissionsAreOffered(t *testing.T) {
	t.Parallel()
	graph := seed.FirstParty("http://localhost:8082")[0]
	offered := slices.Clone(graph.Scopes)
	for _, role := range graph.AppRoles {
		offered = append(offered, role.Value)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			name, err := strconv.Unquote(literal.Value)
			if err != nil || !permissionName.MatchString(name) || strings.HasPrefix(name, "Edm.") {
				return true
			}
			if asked++; !slices.Contains(offered, name) {
				t.Errorf("%s asks for %s, which seed.FirstParty's Microsoft Graph does not offer", file, name)
			}
			return true
		})
	}
	if asked < 50 {
		t.Errorf("only %d names of permissions are in the source", asked)
	}
}
