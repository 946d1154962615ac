package gatehouse_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// sources calls each with every source file that can hold the pattern, tests
// and this file left out.
func sources(t *testing.T, each func(name, text string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != ".") {
			return fs.SkipDir
		}
		if ext := path.Ext(name); ext != ".go" && ext != ".sql" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		each(name, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// advisory finds advisory locks that outlive their transaction: on a pooled
// connection they would outlive their owner.
var advisory = regexp.MustCompile(`pg_(try_)?advisory_(lock|unlock)`)

func TestAdvisoryLocksEndWithTheirTransaction(t *testing.T) {
	t.Parallel()
	if !advisory.MatchString("SELECT pg_advisory_lock(1)") || advisory.MatchString("SELECT pg_advisory_xact_lock(1)") {
		t.Fatal("the pattern finds the wrong locks")
	}
	sources(t, func(name, text string) {
		if found := advisory.FindString(text); found != "" {
			t.Errorf("%s uses %s; use pg_advisory_xact_lock", name, found)
		}
	})
}

// TestOnlyUnitTestsForgetTheDisk looks for servers that confirm what they may
// lose: what is measured or shown on one would mean nothing.
func TestOnlyUnitTestsForgetTheDisk(t *testing.T) {
	t.Parallel()
	users := map[string]bool{}
	sources(t, func(name, text string) {
		if strings.Contains(text, "devstack.Volatile") {
			users[path.Dir(name)] = true
		}
	})
	if !users["internal/store/storetest"] {
		t.Error("the unit tests wait for the disk, or this test looks for the wrong word")
	}
	delete(users, "internal/store/storetest")
	for dir := range users {
		t.Errorf("%s runs PostgreSQL without waiting for the disk; only unit tests may", dir)
	}
}

// spelled finds log keys that telemetry has a name for.
var spelled = regexp.MustCompile(`slog\.[A-Z]\w*\("(error|org_id|tool|source|source_id|source_name|request_id|record_id)"`)

func TestLogKeysAreThoseOfTelemetry(t *testing.T) {
	t.Parallel()
	if !spelled.MatchString(`slog.Any("error", err)`) || spelled.MatchString(`slog.String("purpose", p)`) {
		t.Fatal("the pattern finds the wrong keys")
	}
	sources(t, func(name, text string) {
		if found := spelled.FindString(text); found != "" {
			t.Errorf("%s has %s; use the key of package telemetry, and its Err for errors", name, found)
		}
	})
}

// recorded finds what records of changes say became of a thing.
var recorded = regexp.MustCompile(`(?:Caller, |by, |what: |in\.Match, |Change\{)"[a-z ]+ ([a-z]+)"`)

// TestRecordsOfChangesHaveOneVerbForOneThing: what the management API creates,
// updates and deletes is created, changed and deleted in the log, whatever it is.
func TestRecordsOfChangesHaveOneVerbForOneThing(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"added": "created", "granted": "created", "listed": "created", "put": "changed", "replaced": "changed", "set": "changed", "updated": "changed",
		"dropped": "deleted", "lifted": "deleted", "removed": "deleted",
	}
	said := map[string]bool{}
	sources(t, func(name, text string) {
		for _, found := range recorded.FindAllStringSubmatch(text, -1) {
			said[found[1]] = true
			if verb := others[found[1]]; verb != "" {
				t.Errorf("%s records %s; say %s", name, found[0], verb)
			}
		}
	})
	if !said["created"] || !said["changed"] || !said["deleted"] {
		t.Fatal("the pattern finds no records")
	}
}
