package odata_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/odata"
)

func TestErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]odata.Error{
		"":                           {Reason: odata.Syntax, At: 0},
		"a":                          {Reason: odata.Syntax, At: 1},
		"a eq x":                     {Reason: odata.Syntax, At: 5, Near: "x"},
		"a eq 'x":                    {Reason: odata.Unterminated, At: 7},
		"a eq 1 \"":                  {Reason: odata.BadCharacter, At: 7, Near: "\""},
		"a eq 'é' é":                 {Reason: odata.BadCharacter, At: 10, Near: "é"},
		"(a eq 1":                    {Reason: odata.Syntax, At: 7},
		"length(a) eq 1":             {Reason: odata.UnknownFunction, At: 0, Near: "length"},
		"endswith(a,'b')":            {Reason: odata.UnknownFunction, At: 0, Near: "endswith"},
		"a/all(b:b eq 1)":            {Reason: odata.UnknownLambda, At: 2, Near: "all"},
		"a in (1":                    {Reason: odata.Syntax, At: 7},
		"a eq 2026-11-23x":           {Reason: odata.Syntax, At: 15, Near: "x"},
		strings.Repeat("not ", 101):  {Reason: odata.TooDeep, At: 400},
		strings.Repeat("(", 101):     {Reason: odata.TooDeep, At: 100, Near: "("},
		"startswith(a,'b') and c/d/": {Reason: odata.Syntax, At: 26},
	} {
		_, err := odata.ParseFilter(text, "startswith")
		want.Text = text
		if got := (*odata.Error)(nil); !errors.As(err, &got) || got.Reason != want.Reason || got.Text != text || want.Near != "" && got.Near != want.Near {
			t.Errorf("%q: %v, want %v", text, err, &want)
		} else if got.At != want.At {
			t.Errorf("%q: at %d, want %d", text, got.At, want.At)
		}
	}
	for text, want := range map[string]odata.Reason{
		`a:b`: odata.BadCharacter, `a`: odata.Syntax, `"a:b`: odata.UnclosedClause, `"a"`: odata.BadClause, `":a"`: odata.BadClause, `"a:b" and "c:d"`: odata.BadCharacter,
		strings.Repeat("(", 101): odata.TooDeep,
	} {
		_, err := odata.ParseSearch(text)
		if got := (*odata.Error)(nil); !errors.As(err, &got) || got.Reason != want {
			t.Errorf("%q: %v, want reason %d", text, err, want)
		}
	}
}

func TestFiltersHoldOrNot(t *testing.T) {
	t.Parallel()
	entry := map[string]any{
		"name": "Alice", "on": true, "size": 7, "at": time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), "none": nil,
		"tags": []string{"Red", "blue"}, "ids": []map[string]any{{"issuer": "x", "type": "name"}, {"issuer": "y"}},
	}
	for filter, want := range map[string]bool{
		"name eq 'ALICE'": true, "name ne 'alice'": false, "name eq null": false, "none eq null": true, "none ne 'x'": true, "none gt 'x'": false,
		"name eq true": false, "name ne true": true, "on eq true": true, "on ne false": true, "on eq 'true'": false,
		"size gt 6 and size lt 8": true, "size ge 8": false, "size le 7": true, "size eq '7'": false,
		"at ge 2026-11-23": true, "at lt 2026-11-23T12:00:00Z": false, "at le '2026-11-23T13:00:00+01:00'": true, "at eq 1": false,
		"name in ('bob','alice')": true, "name in ('bob')": false, "startswith(name,'al')": true, "contains(name,'LIC')": true, "contains(size,'7')": false,
		"not startswith(name,'al')": false, "not (on eq true) or size eq 7": true, "not (on eq true or size eq 7)": false,
		"on eq false and on eq false or on eq true": true, "on eq false and (on eq false or on eq true)": false,
		"tags/any(t:t eq 'red')": true, "tags/any(t:t eq 'green')": false, "tags/any()": true, "none/any()": false,
		"ids/any(i:i/issuer eq 'x' and i/type eq 'name')": true, "ids/any(i:i/issuer eq 'y' and i/type eq 'name')": false,
		"ids/any(i:i/issuer eq 'y' and name eq 'alice')": true, "tags/any(t:name eq 'red')": false,
	} {
		n, err := odata.ParseFilter(filter, "startswith", "contains")
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := odata.Match(n, func(path string) any { return entry[path] }); got != want {
			t.Errorf("%s: %t", filter, got)
		}
	}
}

func TestNodesComeFromLeftToRight(t *testing.T) {
	t.Parallel()
	n, err := odata.ParseFilter("a eq 1 and (not b eq 2) or c/any(d:d eq 3)")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for part := range odata.Nodes(n) {
		got = append(got, part.String())
	}
	want := []string{n.String(), "a eq 1 and (not b eq 2)", "a eq 1", "(not b eq 2)", "not b eq 2", "b eq 2", "c/any(d:d eq 3)"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for range odata.Nodes(n) {
		break
	}
}

func TestOrderByTakesPathsAndDirections(t *testing.T) {
	t.Parallel()
	got, err := odata.ParseOrderBy("a, b/c DESC ,d asc")
	if want := []odata.Order{{Path: "a"}, {Path: "b/c", Descending: true}, {Path: "d"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v %v", got, err)
	}
	for _, text := range []string{"", ",", "a down", "a desc desc", "a,"} {
		if got, err := odata.ParseOrderBy(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestOptionsAreGivenOnce(t *testing.T) {
	t.Parallel()
	o, err := odata.ReadOptions("$Top=3&$expand=manager($select=id;$levels=2)&other=")
	if err != nil {
		t.Fatal(err)
	}
	if o.Get("$top") != "3" || o.Get("$expand") != "manager($select=id;$levels=2)" || !o.Has("other") || o.Has("$skip") || o.Get("$skip") != "" {
		t.Errorf("options are %v", o)
	}
	if !slices.Equal(o.Names(), []string{"$expand", "$top", "other"}) {
		t.Errorf("names are %v", o.Names())
	}
	if rest := o.Without("$top", "other"); len(rest) != 1 || rest.Get("$expand") == "" || !o.Has("$top") {
		t.Errorf("without $top there is %v", rest)
	}
	for query, want := range map[string]odata.Reason{"$top=1&$top=1": odata.Repeated, "$top=1&$Top=1": odata.Repeated, "%zz": odata.Malformed} {
		_, err := odata.ReadOptions(query)
		if got := (*odata.Error)(nil); !errors.As(err, &got) || got.Reason != want {
			t.Errorf("%q: %v", query, err)
		}
	}
}
