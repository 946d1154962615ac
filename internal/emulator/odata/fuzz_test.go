package odata_test

import (
	"testing"

	"gatehouse/internal/emulator/odata"
)

// FuzzFilter: nothing makes the parser panic, and what parses prints as a filter
// that parses and prints the same, and can be held against an entry.
func FuzzFilter(f *testing.F) {
	for _, filter := range []string{
		"displayName eq 'x'", "not (a eq 1 or b ne null) and c in ('x',true,184efa21-98c3-4e5d-95ab-d07053a96e67)", "startswith(mail,'o''hara')",
		"groupTypes/any(c:c eq 'Unified')", "identities/any(c:c/issuer eq 'x' and not c/signInType eq 'y')", "a/any()", "((((a eq 1))))",
		"a eq 'x' or (b eq 'y' or c eq 'z') and d eq -7", "NOT NOT a EQ NULL", "endswith(a/b,'')", "'", "(", "a eq", "in in (1)", "é eq 1",
		"receivedDateTime ge 2026-11-23T12:00:00Z and b lt 2026-11-23", "a gt 2026-11-23T1:+01:00", "contains(a,true)",
	} {
		f.Add(filter)
	}
	parse := func(text string) (odata.Node, error) {
		return odata.ParseFilter(text, "startswith", "endswith", "contains")
	}
	f.Fuzz(func(t *testing.T, filter string) {
		n := again(t, filter, parse)
		for _, value := range []any{nil, "x", true, 7, []string{"Unified"}, []map[string]any{{"issuer": "x"}}} {
			if n != nil {
				odata.Match(n, func(string) any { return value })
			}
		}
	})
}

// FuzzSearch is FuzzFilter for $search.
func FuzzSearch(f *testing.F) {
	for _, search := range []string{
		`"displayName:eng"`, `"a:b" AND ("c:d" OR "e:f")`, `"a:\"b\" \\"`, `("a:b") OR "c:d" AND "e:f"`, `a:b`, `"a"`, `"`, `(`, `"a:b" AND`, `"é:ü"`, `"a:b:c"`,
	} {
		f.Add(search)
	}
	f.Fuzz(func(t *testing.T, search string) { again(t, search, odata.ParseSearch) })
}

func again(t *testing.T, text string, parse func(string) (odata.Node, error)) odata.Node {
	t.Helper()
	first, err := parse(text)
	if err != nil {
		return nil
	}
	printed := first.String()
	second, err := parse(printed)
	if err != nil {
		t.Fatalf("%q prints as %q, which does not parse: %v", text, printed, err)
	}
	if second.String() != printed {
		t.Fatalf("%q prints as %q, then as %q", text, printed, second.String())
	}
	return first
}
