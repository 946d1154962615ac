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
		{"roles", `["staff","anne ärlig"]`, false},
		{"tool", `"anne ärlig"`, false},
		{"client", `"anne ärlig"`, false},
		{"endpoint", `"/t/anne@contoso.example/mcp"`, false},
		{"own_name", `"notes of anne ärlig"`, true},
		{"arguments_kept", `"{\"/to\":\"anne@contoso.example\"}"`, true},
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

// words are those of an organization that has a tool and a role.
var words = keep.NewVocabulary("payroll_run_payment", "Finance")

func TestNamesOfPeopleAreNoWordsOfTheLog(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Grant Smith", "Role Smith", "Finance Minister", "a1234567@contoso.example", "admin.anne@contoso.example", "Li Na", "Zoë Person"} {
		if err := (keep.Who{OID: alice, Names: []string{name}}).Validate(words); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamesThatWouldBeFoundEverywhereAreRefused(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]keep.Who{
		"nobody":         {Names: []string{"Anne Ärlig"}},
		"short":          {OID: alice, Names: []string{"Ann"}},
		"blank":          {OID: alice, Names: []string{"An      "}},
		"long":           {OID: alice, Names: []string{strings.Repeat("a", 257)}},
		"many":           {OID: alice, Names: make([]string, 21)},
		"digits":         {OID: alice, Names: []string{"2026"}},
		"an id":          {OID: alice, Names: []string{"0A0A0A0A-0000-4000-8000-000000000003"}},
		"no letter":      {OID: alice, Names: []string{"....."}},
		"a tool":         {OID: alice, Names: []string{"Anne Ärlig", "payroll_run_payment"}},
		"part of a tool": {OID: alice, Names: []string{"payroll"}},
		"a role":         {OID: alice, Names: []string{"FINANCE"}},
		"a kind":         {OID: alice, Names: []string{"config change"}},
		"a field":        {OID: alice, Names: []string{"outcome"}},
		"a change":       {OID: alice, Names: []string{"sink created"}},
		"in quotes":      {OID: alice, Names: []string{`"kind":"webhook"`}},
		"part of an id":  {OID: alice, Names: []string{"sink 4f3a9c11-ab12"}},
		"part of a date": {OID: alice, Names: []string{"22T15:04"}},
		"an office":      {OID: alice, Names: []string{"admin@contoso.example"}},
	} {
		if w.Validate(words) == nil {
			t.Errorf("%s: %+v", name, w)
		}
	}
	w := keep.Who{OID: alice, Names: []string{"Anne Ärlig"}}
	if err := w.Validate(words); err != nil {
		t.Error(err)
	}
	w.Add(words, "Al", "Anne Ärlig", " Anne A. ", "payroll_run_payment", "Finance", "client")
	if len(w.Names) != 2 || w.Names[1] != "Anne A." {
		t.Errorf("%q", w.Names)
	}
}
