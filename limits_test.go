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
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// contracts are the packages whose struct tags tell clients and editors what may
// be sent.
var contracts = []string{"internal/console", "internal/orgfile"}

// ruled gives the limits in tags that a rule of the domain has as well, by the
// member's name in the contract and the tag. A tag that is not in the table is
// the only place that has its limit.
var ruled = map[string]int{
	"name maxLength":              access.MaxName,
	"roles maxItems":              access.MaxRoles,
	"permissions maxItems":        access.MaxPermissions,
	"patterns maxItems":           access.MaxPatterns,
	"maximumPermissions maxItems": access.MaxPatterns,
	"condition maxLength":         authz.MaxCondition,
	"assignments maxItems":        access.MaxAssignments,
	"clients maxItems":            access.MaxClients,
	"id maxLength":                access.MaxClientID,
	"client maxLength":            access.MaxClientID,
	"value maxLength":             access.MaxClientID,
	"scopeCeilings maxItems":      access.MaxScopes,
	"scope maxLength":             access.MaxWord,
	"scope pattern":               access.MaxWord,
	"appRole maxLength":           access.MaxWord,
	"tool maxLength":              authz.MaxPattern,
	"retentionMonths minimum":     tenants.MinRetention,
	"retentionMonths maximum":     tenants.MaxRetention,
	"accessPackageUrl maxLength":  tenants.MaxAccessPackageURL,
	"bodyDays minimum":            tenants.MinBodyDays,
	"bodyDays maximum":            tenants.MaxBodyDays,
	"slug minLength":              tenants.MinSlug,
	"slug maxLength":              tenants.MaxSlug,
	"org maxLength":               tenants.MaxSlug,
	"name pattern":                authz.MaxPattern,
	"role maxLength":              access.MaxName,
	"maximumPermissions minItems": 1,
	"patterns minItems":           1,
	"permissions minItems":        1,
	"sources maxItems":            access.MaxSources,
	"approvals maxItems":          access.MaxApprovals,
	"toolsets maxItems":           access.MaxToolsets,
	"limits maxItems":             access.MaxLimits,
	"recordings maxItems":         access.MaxRecordings,
	"arguments maxItems":          access.MaxRecordedFields,
	"result maxItems":             access.MaxRecordedFields,
	"contacts maxItems":           access.MaxContacts,
	"sinks maxItems":              access.MaxSinks,
	"keyId maxLength":             access.MaxSinkKey,
	"region maxLength":            access.MaxSinkKey,
	"everySeconds minimum":        seconds(access.ShortestSinkEvery),
	"everySeconds maximum":        seconds(access.LongestSinkEvery),
	"email maxLength":             access.MaxContactAddress,
	"calls maximum":               access.MaxLimitCalls,
	"burst maximum":               access.MaxLimitCalls,
	"callsPerDay maximum":         access.MaxLimitDay,
	"url maxLength":               access.MaxSourceURL,
	"tokenUrl maxLength":          access.MaxSourceURL,
	"timeoutSeconds maximum":      seconds(access.MaxTimeout),
	"timeoutSeconds minimum":      seconds(access.MinTimeout),
	"concurrent maximum":          access.MaxConcurrent,
	"header maxLength":            tools.MaxHeaderName,
	"scopes maxItems":             access.MaxSourceScopes,
	"clientId maxLength":          access.MaxOAuthClient,
}

// ruledIn gives the limits of members that mean something else in some files.
var ruledIn = map[string]int{
	"source.go name maxLength":            access.MaxSourceName,
	"toolset.go name maxLength":           access.MaxSourceName,
	"calllimit.go name maxLength":         access.MaxSourceName,
	"contact.go name maxLength":           access.MaxContactName,
	"contact.go url maxLength":            access.MaxContactURL,
	"sink.go name maxLength":              access.MaxSinkName,
	"sink.go url maxLength":               access.MaxSinkURL,
	"sink.go secret maxLength":            12_000,                   // the plain text, which has room in access.MaxSinkSecret once it is encrypted
	"calllimit.go tool maxLength":         authz.MaxResourcePattern, // a pattern of anything
	"limit.go tool maxLength":             authz.MaxResourcePattern,
	"recording.go name maxLength":         access.MaxSourceName,
	"exportschedule.go name maxLength":    tenants.MaxExportScheduleName,
	"recording.go tool maxLength":         authz.MaxResourcePattern,
	"approval.go name maxLength":          access.MaxDefinitionName,
	"sourcecredential.go value maxLength": 8_000,                    // the plain text of a secret, which has room in access.MaxSourceSecret once it is encrypted
	"accessreport.go tool maxLength":      authz.MaxResourcePattern, // a pattern of anything
	"accesshandout.go tool maxLength":     authz.MaxResourcePattern,
	"question.go tool maxLength":          access.MaxDefinitionName + 100, // the permission name of anything: a URI and what stands before it
	"tool.go tool maxLength":              access.MaxDefinitionName + 100,
	"question.go scopes maxItems":         access.MaxScopes,
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// rule returns the limit of a rule that a tag has to be.
func rule(b bound) (int, bool) {
	if limit, own := ruledIn[path.Base(b.file)+" "+b.member]; own {
		return limit, true
	}
	limit, known := ruled[b.member]
	return limit, known
}

// totals are over several members, or belong to one of several forms of a value:
// no tag can say them.
var totals = []int{
	access.MaxTotalPatterns,
	authz.MaxResourcePattern,
	access.MaxBytes,
	access.MaxSourceScope,
	access.MaxSourceSecret,
	access.MaxSinkSecret,
}

// bound is a limit in a tag.
type bound struct {
	file   string
	member string // and the tag
	limit  int
}

// bounds reads the limits in the tags of a package's structs.
func bounds(t *testing.T, dir string) []bound {
	t.Helper()
	var found []bound
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && f.Tag != nil {
				text, _ := strconv.Unquote(f.Tag.Value)
				found = append(found, boundsOf(dir+"/"+name, reflect.StructTag(text))...)
			}
			return true
		})
	}
	return found
}

// upTo finds the limit in a pattern.
var upTo = regexp.MustCompile(`\{1,([0-9]+)\}`)

func boundsOf(file string, tag reflect.StructTag) []bound {
	member := ""
	for _, key := range []string{"json", "path", "query"} {
		if name, _, _ := strings.Cut(tag.Get(key), ","); name != "" {
			member = name
		}
	}
	var found []bound
	for _, key := range []string{"minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern"} {
		text := tag.Get(key)
		if m := upTo.FindStringSubmatch(text); m != nil {
			text = m[1]
		}
		if n, err := strconv.Atoi(text); err == nil {
			found = append(found, bound{file, member + " " + key, n})
		}
	}
	return found
}

func TestLimitsOfContractsAreThoseOfTheRules(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for _, dir := range contracts {
		for _, b := range bounds(t, dir) {
			want, known := rule(b)
			if known && b.limit != want {
				t.Errorf("%s: %s is %d; the rule's is %d", b.file, b.member, b.limit, want)
			}
			met[b.member], met[path.Base(b.file)+" "+b.member] = true, true
		}
	}
	for _, member := range slices.Concat(slices.Collect(maps.Keys(ruled)), slices.Collect(maps.Keys(ruledIn))) {
		if !met[member] {
			t.Errorf("no contract has a limit %q; drop it from the table", member)
		}
	}
}

// TestContractsAgreeWithEachOther compares limits that only tags have: what may
// be sent to one resource of its own may stand in the document.
func TestContractsAgreeWithEachOther(t *testing.T) {
	t.Parallel()
	limits := map[string]int{}
	for _, b := range bounds(t, "internal/console") {
		limits[b.member] = b.limit
	}
	compared := 0
	for _, b := range bounds(t, "internal/orgfile") {
		limit, shared := limits[b.member]
		if _, known := rule(b); known || !shared {
			continue
		}
		if compared++; limit != b.limit {
			t.Errorf("%s: %s is %d; the management API's is %d", b.file, b.member, b.limit, limit)
		}
	}
	if compared < 3 {
		t.Errorf("%d limits are in both contracts and no rule", compared)
	}
}

// TestEveryBoundOfARuleIsInTheTable looks for constants that no tag is held
// against.
func TestEveryBoundOfARuleIsInTheTable(t *testing.T) {
	t.Parallel()
	self, err := os.ReadFile("limits_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, pkg := range []string{"access", "authz", "tenants"} {
		known = append(known, constants(t, pkg)...)
	}
	if !slices.Contains(known, "access.MaxRoles") {
		t.Fatalf("the constants are %q", known)
	}
	if slices.Min(totals) <= access.MaxPatterns {
		t.Errorf("totals are %v, less than one list has", totals)
	}
	for _, name := range known {
		if !regexp.MustCompile(regexp.QuoteMeta(name) + "[,)]").Match(self) {
			t.Errorf("%s is in no row of the table", name)
		}
	}
}

// constants returns the bounds that a package exports.
func constants(t *testing.T, pkg string) []string {
	t.Helper()
	dir := "internal/" + pkg
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for _, id := range spec.Names {
					if strings.HasPrefix(id.Name, "Max") || strings.HasPrefix(id.Name, "Min") {
						found = append(found, fmt.Sprintf("%s.%s", pkg, id.Name))
					}
				}
			}
			return true
		})
	}
	return found
}
