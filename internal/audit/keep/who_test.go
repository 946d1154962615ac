package keep_test

import (
	"strings"
	"testing"

	"gatehouse/internal/audit/keep"
	"gatehouse/internal/tenants"
)

var alice = tenants.MustGUID("0a0a0a0a-0000-4000-8000-000000000002")

func TestAPersonIsFoundAsAWholeWord(t *testing.T) {
	t.Parallel()
	who := keep.Who{OID: alice, Names: []string{"Anne Ärlig", "anne@contoso.example", `Anne "A" Smith`}}
	for _, row := range []struct {
		field, value string
		want         bool
	}{
		{"target", `"person 0a0a0a0a-0000-4000-8000-000000000002"`, true},
		{"after", `"{\"person 0A0A0A0A-0000-4000-8000-000000000002\":{\"name\":\"x\"}}"`, true},
		{"detail", `"ANNE ÄRLIG left"`, true},
		{"detail", `"for anne@contoso.example: laptop stolen"`, true},
		{"before", `"{\"name\":\"Anne \\\"A\\\" Smith\"}"`, true},
		{"roles", `["staff","anne ärlig"]`, true},
		{"detail", `"Anne Ärligson left"`, false},
		{"detail", `"joanne@contoso.example"`, false},
		{"detail", `"Joanne Ärlig, then Anne Ärlig"`, true},
		{"kind", `"anne ärlig"`, false},
		{"count", `4`, false},
		{"target", `"person 0a0a0a0a-0000-4000-8000-000000000003"`, false},
	} {
		if got := who.NamedIn(row.field, []byte(row.value)); got != row.want {
			t.Errorf("%s %s: %t", row.field, row.value, got)
		}
	}
}

func TestNamesThatWouldBeFoundEverywhereAreRefused(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]keep.Who{
		"nobody":    {Names: []string{"Anne Ärlig"}},
		"short":     {OID: alice, Names: []string{"Ann"}},
		"blank":     {OID: alice, Names: []string{"An      "}},
		"long":      {OID: alice, Names: []string{strings.Repeat("a", 257)}},
		"many":      {OID: alice, Names: make([]string, 21)},
		"digits":    {OID: alice, Names: []string{"2026"}},
		"an id":     {OID: alice, Names: []string{"0A0A0A0A-0000-4000-8000-000000000003"}},
		"no letter": {OID: alice, Names: []string{"....."}},
	} {
		if w.Validate() == nil {
			t.Errorf("%s: %+v", name, w)
		}
	}
	w := keep.Who{OID: alice, Names: []string{"Anne Ärlig"}}
	if err := w.Validate(); err != nil {
		t.Error(err)
	}
	w.Add("Al", "Anne Ärlig", " Anne A. ")
	if len(w.Names) != 2 || w.Names[1] != "Anne A." {
		t.Errorf("%q", w.Names)
	}
}
