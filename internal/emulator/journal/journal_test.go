package journal_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator/journal"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// visited records one GET and returns its entry.
func visited(t *testing.T, j *journal.Journal, target string) journal.Entry {
	t.Helper()
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	j.Record("entra", func() time.Time { return noon }, answer).ServeHTTP(httptest.NewRecorder(), r)
	all := j.List()
	return all[len(all)-1]
}

func TestAQueryIsRememberedByItsNames(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
	for query, want := range map[string][]string{
		"":                            nil,
		"scope=a&client_id=b&scope=c": {"client_id", "scope"},
		"$top=1&$select=id&ConsistencyLevel=eventual":    {"$select", "$top", "ConsistencyLevel"},
		"api-version=1.1&" + token + "=&" + token + "x=": {"?", "api-version"},
		"s3cr3t-in-the-wrong-place&code=x":               {"?", "code"},
	} {
		got := visited(t, &journal.Journal{}, "/x?"+query)
		if !slices.Equal(got.Query, want) || got.Path != "/x" || got.Status != http.StatusTeapot || !got.Time.Equal(noon) {
			t.Errorf("%s: %+v, want %v", query, got, want)
		}
	}
}

func TestAQueryOfManyNamesIsCut(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 100 {
		names = append(names, strings.Repeat("a", i/26+1)+string(rune('a'+i%26)))
	}
	if got := visited(t, &journal.Journal{}, "/?"+strings.Join(names, "&")); len(got.Query) != 32 {
		t.Errorf("%d names are kept", len(got.Query))
	}
}

func TestEntriesComeInOrderAndTheOldestGo(t *testing.T) {
	t.Parallel()
	const kept, sent = 10_000, 10_005
	var j journal.Journal
	for i := range sent {
		passed(t, &j, i)
	}
	all := j.List()
	if len(all) != kept {
		t.Fatalf("%d entries are kept", len(all))
	}
	for i, entry := range all {
		if want := "/" + strconv.Itoa(i+sent-kept); entry.Path != want {
			t.Fatalf("entry %d is %s, want %s", i, entry.Path, want)
		}
	}
}

// passed records a request without copying the journal.
func passed(t *testing.T, j *journal.Journal, n int) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+strconv.Itoa(n), nil)
	j.Record("entra", func() time.Time { return noon }, http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
}

func TestTheJournalIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var j journal.Journal
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range 50 {
				passed(t, &j, n)
			}
		})
	}
	all.Go(func() {
		for range 20 {
			j.List()
		}
	})
	all.Wait()
	if got := len(j.List()); got != 200 {
		t.Errorf("%d entries of 200", got)
	}
	j.Reset()
	if got := len(j.List()); got != 0 {
		t.Errorf("%d entries after a reset", got)
	}
}
