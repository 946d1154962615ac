// Package gatehouse_test holds the map of the module: which package may import
// which, and where a library that shapes code may live. A new package needs one
// line in the map.
package gatehouse_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// arrows lists, for each package, what it may import. What those import it may
// import as well. Packages without a prefix lie in internal.
var arrows = map[string]string{
	"fault":                     "",
	"spelling":                  "",
	"config":                    "secrets/vaultkey spelling",
	"telemetry":                 "",
	"text":                      "",
	"emulator/seed":             "emulator/loopback",
	"emulator/directory":        "emulator/seed",
	"emulator/keyring":          "",
	"emulator/journal":          "",
	"emulator/loopback":         "",
	"emulator/odata":            "",
	"emulator/reply":            "",
	"emulator/conditional":      "emulator/directory",
	"emulator/assertion":        "emulator/seed",
	"emulator/managed":          "emulator/directory emulator/journal emulator/keyring emulator/reply",
	"emulator/msgraph":          "emulator/directory emulator/journal emulator/keyring emulator/msgraph/throttle emulator/msgraph/webhook emulator/odata emulator/reply",
	"emulator/msgraph/throttle": "",
	"emulator/msgraph/webhook":  "emulator/loopback",
	"emulator":                  "emulator/assertion emulator/conditional emulator/managed emulator/msgraph",
	"devstack":                  "",
	"localca":                   "",
	"wire":                      "fault",
	"tenants":                   "fault",
	"authz":                     "tenants",
	"authz/authztest":           "authz",
	"limit":                     "authz telemetry",
	"secrets":                   "egress secrets/vaultkey tenants",
	"secrets/vaultkey":          "",
	"egress":                    "fault telemetry",
	"notify":                    "egress tenants text",
	"audit":                     "authz telemetry",
	"audit/evidence":            "audit/filter audit/proof",
	"audit/filter":              "tenants",
	"audit/reconcile":           "audit/evidence text",
	"audit/parcel":              "audit/evidence",
	"audit/proof":               "tenants",
	"audit/keep":                "audit/seal secrets",
	"audit/audittest":           "audit",
	"audit/seal":                "audit/proof audit/usage secrets",
	"audit/usage":               "audit",
	"audit/search":              "audit/evidence audit/seal text",
	"audit/seal/sealtest":       "audit/seal",
	"audit/witness":             "audit/proof",
	"audit/platform":            "audit/seal audit/witness",
	"tools":                     "authz wire",
	"tools/upstream":            "secrets text tools tools/upstream/oauth",
	"tools/upstream/oauth":      "egress text wire",
	"access":                    "connections notify spelling tools",
	"orgfile":                   "access",
	"asof":                      "orgfile",
	"whatif":                    "asof audit audit/proof",
	"connections":               "authz secrets text wire",
	"authorizations":            "authz secrets",
	"authorizations/wallet":     "authorizations snapshot tools/upstream",
	"authserver":                "audit authorizations/wallet connections entra keys membership snapshot text",
	"connect":                   "authserver onboarding/setup snapshot text",
	"console":                   "audit/platform asof audit/search authorizations connections limit onboarding onboarding/setup orgfile text watch whatif",
	"entra":                     "authz egress text",
	"sinks":                     "audit/proof authz egress notify text",
	"exports":                   "audit/search secrets sinks",
	"sinks/sinkstest":           "",
	"graph":                     "egress tenants",
	"graphhook":                 "authz graph",
	"keys":                      "secrets",
	"onboarding/setup":          "tenants",
	"onboarding/aztest":         "",
	"onboarding/aztest/az":      "onboarding/aztest",
	"admin":                     "audit/keep audit/seal console membership notify orgfile sinks snapshot watch",
	"manage":                    "audit/witness audit/parcel entra onboarding orgfile text",
	"manage/managetest":         "orgfile",
	"membership":                "entra graph",
	"watch":                     "entra notify",
	"onboarding":                "entra graph onboarding/setup",
	"snapshot":                  "entra limit secrets tools",
	"sources":                   "access snapshot text tools/upstream",
	"tools/builtin":             "graph tools",
	"jobs":                      "membership",
	"mcphost":                   "audit limit membership snapshot telemetry wire",
	"store":                     "audit/platform access asof audit/keep audit/seal authorizations connections exports graphhook membership sinks snapshot sources watch /migrations",
	"store/storetest":           "config devstack store",
	"app":                       "audit/platform admin audit/keep authorizations/wallet authserver config connect exports graphhook jobs keys mcphost notify sinks sources store tools/builtin watch /web",
	"demo":                      "app demo/browser demo/notes devstack emulator localca",
	"bench":                     "demo",
	"demo/browser":              "",
	"demo/tour":                 "demo manage",
	"demo/notes":                "",
	"e2e/clients":               "",
	"e2e/conformance":           "",
	"e2e/door":                  "",
	"e2e/federation":            "",
	"e2e/chaos":                 "",
	"e2e/laptop":                "",
	"e2e/organizations":         "",
	"e2e/replicas":              "",
	"e2e/console":               "",
	"/cmd/api":                  "app",
	"/cmd/worker":               "app",
	"/cmd/gatehouse":            "audit/witness app audit audit/evidence audit/parcel audit/reconcile manage /docs",
	"/cmd/gatehouse-dev":        "demo/tour",
	"/examples/go":              "",
	"/migrations":               "",
	"/docs":                     "",
	"/web":                      "",
}

// importers lists who may import a package that must not be reached by way of
// others. What no list names is for tests only.
var importers = map[string]string{
	"store":             "app demo bench store",
	"store/storetest":   "",
	"authz/authztest":   "",
	"demo/browser":      "demo bench",
	"demo/notes":        "demo",
	"manage/managetest": "",
	"emulator":          "demo bench",
	"emulator/seed":     "emulator demo bench /cmd/gatehouse-dev",
	"devstack":          "demo bench store/storetest",
	"onboarding/aztest": "onboarding/aztest/az",
}

// rooms lists the packages in which a library may be used, by the beginning of
// its import path. A room includes what lies below it.
var rooms = map[string]string{
	"gorm.io/":                                                 "store",
	"github.com/jackc/pgx/":                                    "bench devstack store",
	"github.com/pressly/goose/":                                "/migrations store",
	"github.com/coreos/go-oidc/":                               "entra",
	"github.com/go-jose/go-jose/":                              "entra keys",
	"github.com/modelcontextprotocol/go-sdk/":                  "/examples demo/notes demo/tour mcphost tools",
	"github.com/mark3labs/mcp-go":                              "mcphost tools",
	"github.com/alicebob/miniredis/":                           "devstack",
	"github.com/emersion/go-":                                  "devstack",
	"github.com/wneessen/go-mail":                              "notify",
	"go.opentelemetry.io/proto/":                               "sinks",
	"github.com/redis/go-redis/":                               "app devstack jobs limit",
	"github.com/hibiken/asynq":                                 "jobs",
	"cel.dev/cel-go/":                                          "authz",
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity":         "entra secrets",
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/": "secrets",
	"github.com/jmespath/go-jmespath":                          "onboarding/aztest",
	"github.com/alexedwards/scs/":                              "console",
	"github.com/danielgtaylor/huma/":                           "console",
	"github.com/gin-gonic/gin":                                 "console",
}

// dialers may use http.Client. Everything else asks egress for one.
const dialers = "egress emulator devstack bench demo onboarding/aztest /examples"

// outsiders import nothing of the module but what lies below them, so that they
// cannot share a mistake with what is tested against them.
const outsiders = "emulator devstack"

func TestImportsFollowTheMap(t *testing.T) {
	t.Parallel()
	for _, complaint := range inspect(t, os.DirFS("."), arrows) {
		t.Error(complaint)
	}
}

func TestMapHasNoCircle(t *testing.T) {
	t.Parallel()
	for name := range arrows {
		if reach(arrows, name)[name] {
			t.Errorf("%s may import itself by way of others", name)
		}
	}
	for name := range strings.FieldsSeq(outsiders) {
		for other := range reach(arrows, name) {
			if !strings.HasPrefix(other, name+"/") {
				t.Errorf("%s stands alone and may import %q", name, other)
			}
		}
	}
}

func TestMapCatchesViolations(t *testing.T) {
	t.Parallel()
	small := map[string]string{"fault": "", "tenants": "fault", "authz": "tenants", "store": "authz", "store/storetest": "store", "app": "store", "/cmd/api": "app"}
	for name, c := range map[string]struct{ file, source, want string }{
		"allowed":                   {"internal/tenants/a.go", `import "gatehouse/internal/fault"`, ""},
		"allowed through":           {"internal/authz/a.go", `import "gatehouse/internal/fault"`, ""},
		"test may look around":      {"internal/fault/a_test.go", `import "gatehouse/internal/store/storetest"`, ""},
		"upwards":                   {"internal/fault/a.go", `import "gatehouse/internal/tenants"`, "internal/fault/a.go: fault may not import tenants"},
		"behind a build tag":        {"internal/fault/a.go", "//go:build soak\nimport \"gatehouse/internal/tenants\"", "internal/fault/a.go: fault may not import tenants"},
		"command":                   {"cmd/api/a.go", `import "gatehouse/internal/store/storetest"`, "cmd/api/a.go: /cmd/api may not import store/storetest"},
		"past the composition root": {"cmd/api/a.go", `import "gatehouse/internal/store"`, "cmd/api/a.go: /cmd/api may not import store"},
		"composition root":          {"internal/app/a.go", `import "gatehouse/internal/store"`, ""},
		"without a row":             {"internal/new/a.go", ``, "new has no row in the map"},
		"outside internal":          {"extra/a.go", ``, "/extra has no row in the map"},
		"test support":              {"internal/store/a.go", `import "gatehouse/internal/store/storetest"`, "internal/store/a.go: store may not import store/storetest"},
		"library":                   {"internal/authz/a.go", `import "gorm.io/gorm"`, "internal/authz/a.go: gorm.io/gorm belongs in store"},
		"library below":             {"internal/store/storetest/a.go", `import "github.com/jackc/pgx/v5"`, ""},
		"library in a test":         {"internal/authz/a_test.go", `import "github.com/jackc/pgx/v5"`, ""},
		"library next door":         {"internal/storefront/a.go", `import "gorm.io/gorm"`, "internal/storefront/a.go: gorm.io/gorm belongs in store"},
		"own client":                {"internal/authz/a.go", "import web \"net/http\"\nvar c web.Client", "internal/authz/a.go: http.Client belongs in egress"},
		"client in a test":          {"internal/authz/a_test.go", "import \"net/http\"\nvar c http.Client", ""},
		"somebody's Client":         {"internal/authz/a.go", "import http \"other\"\nvar c http.Client", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := fstest.MapFS{}
			for row := range small {
				tree[dirOf(row)+"/doc.go"] = source("")
			}
			tree[c.file] = source(c.source)
			got := inspect(t, tree, small)
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
				t.Errorf("complaints are %q, want %q", got, c.want)
			}
		})
	}
}

func TestRowOfAMissingPackageIsCaught(t *testing.T) {
	t.Parallel()
	got := inspect(t, fstest.MapFS{"internal/fault/a.go": source("")}, map[string]string{"fault": "", "gone": "", "old": "lost"})
	want := []string{"gone has a row in the map and no package", "old has a row in the map and no package", "old may import lost, which has no row"}
	if !slices.Equal(got, want) {
		t.Errorf("complaints are %q, want %q", got, want)
	}
}

func TestArchitectureTellsTheMap(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	told := tableOf(string(text))
	if len(told) < 30 {
		t.Fatalf("the table has %d rows", len(told))
	}
	for _, complaint := range contradict(told, arrows) {
		t.Error(complaint)
	}
}

func TestTableThatIsNotTrueIsCaught(t *testing.T) {
	t.Parallel()
	small := map[string]string{"fault": "", "spelling": "", "tenants": "fault", "graph": "tenants", "secrets": "secrets/url", "secrets/url": "", "config": "secrets/url", "e2e/door": "", "/cmd/api": "config"}
	const good = "| `fault` | a | |\n| `spelling` | a | |\n| `tenants` | how `fault` is used | `fault` |\n| `graph` | a | `tenants`, `fault` |\n" +
		"| `secrets` | a | `secrets/url` |\n| `secrets/url` | a | |\n| `config` | a | `secrets/url` |\n| `e2e` | a | |\n"
	for name, c := range map[string]struct{ was, is, want string }{
		"true":              {"", "", ""},
		"import left out":   {"| `fault` |\n", "| |\n", "tenants may import fault, and the table does not tell"},
		"import too many":   {"| `spelling` | a | |", "| `spelling` | a | `fault` |", "spelling may not import fault, and the table tells so"},
		"row left out":      {"| `graph` | a | `tenants`, `fault` |\n", "", "graph has no row in the table"},
		"row of a part":     {"| `secrets/url` | a | |\n", "", "secrets/url is imported by config and has no row in the table"},
		"row of nothing":    {"| `fault` | a", "| `gone` | a", "gone has a row in the table and no package"},
		"reached by others": {"`tenants`, `fault`", "`tenants`", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := contradict(tableOf(strings.Replace(good, c.was, c.is, 1)), small)
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
				t.Errorf("complaints are %q, want %q", got, c.want)
			}
		})
	}
}

// row finds the rows of the table: package, what it owns, imports.
var row = regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\|.*\\|([^|]*)\\|$")

// tableOf returns the table of packages of a text in the form of the map.
func tableOf(text string) map[string]string {
	told := map[string]string{}
	for _, r := range row.FindAllStringSubmatch(text, -1) {
		told[r[1]] = strings.NewReplacer("`", "", ",", "").Replace(r[2])
	}
	return told
}

// contradict returns where a table differs from the map. What a package reaches
// by way of others may be told or not.
func contradict(told, table map[string]string) []string {
	var complaints []string
	rows := slices.Sorted(maps.Keys(told))
	for _, name := range rows {
		may, tells := below(table, name), reach(told, name)
		if may == nil {
			complaints = append(complaints, name+" has a row in the table and no package")
			continue
		}
		for _, other := range rows {
			switch {
			case may[other] && !tells[other]:
				complaints = append(complaints, fmt.Sprintf("%s may import %s, and the table does not tell", name, other))
			case tells[other] && !may[other]:
				complaints = append(complaints, fmt.Sprintf("%s may not import %s, and the table tells so", name, other))
			}
		}
	}
	return append(complaints, untold(told, table)...)
}

// below returns what a package or, where there is none, those below it may
// import; nil where there are none either.
func below(table map[string]string, name string) map[string]bool {
	if _, there := table[name]; there {
		return reach(table, name)
	}
	var may map[string]bool
	for other := range table {
		if strings.HasPrefix(other, name+"/") {
			if may == nil {
				may = map[string]bool{}
			}
			maps.Copy(may, reach(table, other))
		}
	}
	return may
}

// untold returns the packages that lack a row: those of the first level, and
// those below it that another tree imports.
func untold(told, table map[string]string) []string {
	var complaints []string
	for name, targets := range table {
		top := topOf(name)
		if _, has := told[top]; !has && top != "" {
			complaints = append(complaints, top+" has no row in the table")
		}
		for target := range strings.FieldsSeq(targets) {
			if _, has := told[target]; !has && topOf(target) != "" && topOf(target) != top {
				complaints = append(complaints, fmt.Sprintf("%s is imported by %s and has no row in the table", target, name))
			}
		}
	}
	return complaints
}

// topOf returns the first part of a package's name; of one outside internal
// nothing.
func topOf(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}

func source(body string) *fstest.MapFile {
	tag, rest, tagged := strings.Cut(body, "\n")
	if !tagged || !strings.HasPrefix(tag, "//") {
		tag, rest = "", body
	}
	return &fstest.MapFile{Data: []byte(tag + "\n\npackage p\n" + rest + "\n")}
}

// inspect returns what in the tree does not follow the map, sorted.
func inspect(t *testing.T, tree fs.FS, table map[string]string) []string {
	t.Helper()
	seen := map[string]bool{}
	var complaints []string
	err := fs.WalkDir(tree, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && skipped(d.Name()):
			return fs.SkipDir
		case path.Ext(file) != ".go" || path.Dir(file) == ".":
			return nil
		}
		name := nameOf(path.Dir(file))
		seen[name] = true
		if strings.HasSuffix(file, "_test.go") {
			return nil
		}
		found, err := complain(tree, file, reach(table, name))
		complaints = append(complaints, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	complaints = append(complaints, compare(seen, table)...)
	slices.Sort(complaints)
	return complaints
}

// compare returns the packages without a row and the rows without a package.
func compare(seen map[string]bool, table map[string]string) []string {
	var complaints []string
	for name := range seen {
		if _, ok := table[name]; !ok {
			complaints = append(complaints, name+" has no row in the map")
		}
	}
	for name, row := range table {
		if !seen[name] {
			complaints = append(complaints, name+" has a row in the map and no package")
		}
		for target := range strings.FieldsSeq(row) {
			if _, ok := table[target]; !ok {
				complaints = append(complaints, fmt.Sprintf("%s may import %s, which has no row", name, target))
			}
		}
	}
	return complaints
}

// complain returns what one file does that its package may not.
func complain(tree fs.FS, file string, allowed map[string]bool) ([]string, error) {
	text, err := fs.ReadFile(tree, file)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	name := nameOf(path.Dir(file))
	var complaints []string
	for _, spec := range parsed.Imports {
		target := strings.Trim(spec.Path.Value, `"`)
		if rest, own := strings.CutPrefix(target, "gatehouse/"); own && (!allowed[nameOf(rest)] || closed(nameOf(rest), name)) {
			complaints = append(complaints, fmt.Sprintf("%s: %s may not import %s", file, name, nameOf(rest)))
		}
		for _, library := range slices.Sorted(maps.Keys(rooms)) {
			if strings.HasPrefix(target, library) && !inRoom(name, rooms[library]) {
				complaints = append(complaints, fmt.Sprintf("%s: %s belongs in %s", file, target, rooms[library]))
			}
		}
	}
	if usesClient(parsed) && !inRoom(name, dialers) {
		complaints = append(complaints, file+": http.Client belongs in egress")
	}
	return complaints, nil
}

// closed reports whether a package names its importers and by is none of them.
func closed(name, by string) bool {
	list, named := importers[name]
	return named && !inRoom(by, list)
}

// usesClient reports whether the file names net/http's Client.
func usesClient(file *ast.File) bool {
	local := ""
	for _, spec := range file.Imports {
		if spec.Path.Value == `"net/http"` {
			local = "http"
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	used := false
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Client" {
			x, ok := s.X.(*ast.Ident)
			used = used || ok && local != "" && x.Name == local
		}
		return !used
	})
	return used
}

// reach returns everything a package may import, directly or through others.
func reach(table map[string]string, name string) map[string]bool {
	found := map[string]bool{}
	next := strings.Fields(table[name])
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if !found[at] {
			found[at] = true
			next = append(next, strings.Fields(table[at])...)
		}
	}
	return found
}

// inRoom reports whether a package is one of the listed, or lies below one.
func inRoom(name, list string) bool {
	for room := range strings.FieldsSeq(list) {
		if name == room || strings.HasPrefix(name, room+"/") {
			return true
		}
	}
	return false
}

// skipped reports whether a directory holds no packages of ours.
func skipped(dir string) bool {
	return dir == "testdata" || dir == "node_modules" || strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_")
}

// nameOf returns a directory's name in the map; dirOf is its inverse.
func nameOf(dir string) string {
	if rest, ok := strings.CutPrefix(dir, "internal/"); ok {
		return rest
	}
	return "/" + dir
}

func dirOf(name string) string {
	if rest, ok := strings.CutPrefix(name, "/"); ok {
		return rest
	}
	return "internal/" + name
}
