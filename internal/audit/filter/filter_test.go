package filter_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/tenants"
)

const alice = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

// call is a record, as the outcome of a call is recorded.
var call = map[string]string{
	"at": `"2026-11-21T05:04:03.000021Z"`, "sealed_at": `"2026-11-21T05:04:04.000000Z"`, "actor_oid": `"` + alice + `"`,
	"actor_name": `"Alice \"Al\" ÅNGSTRÖM \\ 李"`, "client": `"vscode"`, "tool": `"payroll_run"`, "kind": `"tool_call"`, "effect": `"write"`,
	"outcome": `"ok"`, "roles": `["finance","a \"b\", c"]`, "detail": `"Zażółć ΑΒΓ Ж"`, "count": "17",
}

func value(closed ...string) func(string) ([]byte, bool) {
	return func(name string) ([]byte, bool) {
		if slices.Contains(closed, name) {
			return nil, false
		}
		if v, there := call[name]; there {
			return []byte(v), true
		}
		return nil, true
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(filter.Layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestEachConditionDecides(t *testing.T) {
	t.Parallel()
	made := at(t, "2026-11-21T05:04:03.000021Z")
	people := func(ids ...string) (f filter.Filter) {
		for _, id := range ids {
			f.People = append(f.People, tenants.MustGUID(id))
		}
		return f
	}
	const bob = "bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	for name, c := range map[string]struct {
		f    filter.Filter
		want bool
	}{
		"nothing asked":            {filter.Filter{}, true},
		"made at its beginning":    {filter.Filter{From: made}, true},
		"made before":              {filter.Filter{From: made.Add(time.Microsecond)}, false},
		"made at its end":          {filter.Filter{To: made}, false},
		"made just before":         {filter.Filter{To: made.Add(time.Microsecond)}, true},
		"in another zone":          {filter.Filter{From: made.In(time.FixedZone("", 3600))}, true},
		"who acted":                {people(bob, alice), true},
		"somebody else":            {people(bob), false},
		"client":                   {filter.Filter{Clients: []string{"cursor", "vscode"}}, true},
		"another client":           {filter.Filter{Clients: []string{"cursor", "vs", "vscode2"}}, false},
		"tool":                     {filter.Filter{Tools: []string{"payroll_run"}}, true},
		"another tool":             {filter.Filter{Tools: []string{"payroll_ru"}}, false},
		"kind":                     {filter.Filter{Kinds: []string{"tool_call"}}, true},
		"another kind":             {filter.Filter{Kinds: []string{"consent"}}, false},
		"effect":                   {filter.Filter{Effects: []string{"write", "read"}}, true},
		"another effect":           {filter.Filter{Effects: []string{"read"}}, false},
		"outcome":                  {filter.Filter{Outcomes: []string{"ok"}}, true},
		"another outcome":          {filter.Filter{Outcomes: []string{"fault"}}, false},
		"role":                     {filter.Filter{Roles: []string{"finance"}}, true},
		"role with quotes":         {filter.Filter{Roles: []string{`a "b", c`}}, true},
		"another role":             {filter.Filter{Roles: []string{"a", "finance\",\"a"}}, false},
		"text":                     {filter.Filter{Text: "AYROLL"}, true},
		"text with quotes":         {filter.Filter{Text: `"al" ångström \`}, true},
		"text of other letters":    {filter.Filter{Text: "ZAŻÓŁĆ αβγ ж"}, true},
		"text across fields":       {filter.Filter{Text: "vscodepayroll"}, false},
		"text of no such field":    {filter.Filter{Text: "finance"}, false},
		"all of them":              {filter.Filter{From: made, Tools: []string{"payroll_run"}, Roles: []string{"finance"}, Text: "alice"}, true},
		"all but one":              {filter.Filter{From: made, Tools: []string{"payroll_run"}, Roles: []string{"staff"}, Text: "alice"}, false},
		"text, and another role":   {filter.Filter{Roles: []string{"staff"}, Text: "alice"}, false},
		"another text, and a role": {filter.Filter{Roles: []string{"finance"}, Text: "bob"}, false},
	} {
		if err := c.f.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := c.f.Matches(func(n string) []byte { v, _ := value()(n); return v })
		if got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSubjectIsAPersonOfTheRecord(t *testing.T) {
	t.Parallel()
	f := filter.Filter{People: []tenants.GUID{tenants.MustGUID(alice)}}
	if !f.Matches(func(n string) []byte { return map[string][]byte{"subject_oid": []byte(`"` + alice + `"`)}[n] }) {
		t.Error("whom a record is about does not count")
	}
	if f.Matches(func(n string) []byte { return map[string][]byte{"actor_tid": []byte(`"` + alice + `"`)}[n] }) {
		t.Error("a tenant counts as a person")
	}
}

func TestClosedFieldsLeaveOnlyWhatTheyDecide(t *testing.T) {
	t.Parallel()
	who := []tenants.GUID{tenants.MustGUID(alice)}
	for name, c := range map[string]struct {
		f      filter.Filter
		closed string
		want   filter.Answer
	}{
		"another field":              {filter.Filter{Tools: []string{"payroll_run"}}, "actor_oid", filter.Yes},
		"the field":                  {filter.Filter{Tools: []string{"x"}}, "tool", filter.Unknown},
		"another condition says no":  {filter.Filter{People: who, Effects: []string{"read"}}, "actor_oid", filter.No},
		"another condition says yes": {filter.Filter{People: who, Effects: []string{"write"}}, "actor_oid", filter.Unknown},
		"the other person":           {filter.Filter{People: who}, "subject_oid", filter.Yes},
		"who acted":                  {filter.Filter{People: who}, "actor_oid", filter.Unknown},
		"text found elsewhere":       {filter.Filter{Text: "payroll"}, "detail", filter.Yes},
		"text found nowhere":         {filter.Filter{Text: "nowhere"}, "detail", filter.Unknown},
		"time":                       {filter.Filter{From: time.Unix(1, 0)}, "at", filter.Unknown},
	} {
		if got := c.f.Decide(value(c.closed)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestFieldsAreWhatDecides(t *testing.T) {
	t.Parallel()
	f := filter.Filter{From: time.Unix(1, 0), People: []tenants.GUID{{}}, Clients: []string{"a"}, Roles: []string{"a"}, Text: "a"}
	want := "actor_name actor_oid at client detail reason roles sealed_at subject_oid target tool"
	if got := strings.Join(f.Fields(), " "); got != want {
		t.Errorf("%s", got)
	}
	if !(filter.Filter{}).IsZero() || f.IsZero() {
		t.Error("a filter with conditions is zero, or one without is not")
	}
	// What is in no field of Fields is asked for by no condition.
	f.Decide(func(name string) ([]byte, bool) {
		if !slices.Contains(f.Fields(), name) {
			t.Errorf("%s is asked for", name)
		}
		return []byte(`""`), true
	})
}

func TestFilterHasOneSpelling(t *testing.T) {
	t.Parallel()
	made := at(t, "2026-11-21T05:04:03.000021Z")
	f := filter.Filter{
		From: made, To: made.Add(time.Hour), People: []tenants.GUID{tenants.MustGUID(alice)}, Clients: []string{`a"b\c`}, Tools: []string{"t", "u"},
		Kinds: []string{"k"}, Effects: []string{"e"}, Outcomes: []string{"o"}, Roles: []string{"Ångström <3"}, Text: "é",
	}
	want := `{"clients":["a\"b\\c"],"effects":["e"],"from":"2026-11-21T05:04:03.000021Z","kinds":["k"],"outcomes":["o"],"people":["` + alice +
		`"],"roles":["Ångström <3"],"text":"é","to":"2026-11-21T06:04:03.000021Z","tools":["t","u"]}`
	if got := string(f.AppendJSON(nil)); got != want || f.String() != want {
		t.Fatalf("%s", got)
	}
	back, err := filter.Parse([]byte(want))
	if err != nil || string(back.AppendJSON(nil)) != want || !back.From.Equal(f.From) {
		t.Errorf("%+v, %v", back, err)
	}
	if none, err := filter.Parse([]byte("{}")); err != nil || !none.IsZero() || !strings.HasPrefix(none.String(), "none") {
		t.Errorf("%+v, %v", none, err)
	}
	for _, bad := range []string{
		``, `null`, `[]`, `{} `, ` {}`, `{"tools":[]}`, `{"tools":null}`, `{"Tools":["t"]}`, `{"tools":["t"],"tools":["u"]}`, `{"tool":["t"]}`,
		`{"tools":["t"],"kinds":["k"]}`, `{"tools":[""]}`, `{"tools":[1]}`, `{"text":""}`, `{"text":"\u0061"}`, `{"text":"\n"}`, `{"text":"\ud800"}`,
		`{"from":"2026-11-21T05:04:03Z"}`, `{"from":"2026-11-21T06:04:03.000021+01:00"}`, `{"from":"2026-11-21T05:04:03.000021Z","to":"2026-11-21T05:04:03.000021Z"}`,
		`{"people":["` + strings.ToUpper(alice) + `"]}`, `{"people":["alice"]}`, `{"text":"` + strings.Repeat("x", filter.MaxEntry+1) + `"}`,
	} {
		if got, err := filter.Parse([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", bad, got)
		}
	}
}

func TestWhatNobodyCanHaveMeantIsRefused(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	for name, bad := range map[string]filter.Filter{
		"ends before it begins": {From: now, To: now.Add(-1)}, "ends as it begins": {From: now, To: now}, "nanoseconds": {From: now.Add(1)},
		"long ago": {To: now.AddDate(-100, 0, 0)}, "many": {Kinds: make([]string, filter.MaxEntries+1)}, "nothing": {Kinds: []string{""}},
		"many people": {People: make([]tenants.GUID, filter.MaxEntries+1)}, "control": {Tools: []string{"a\x7fb"}}, "no text": {Text: "\xff"},
	} {
		if bad.Validate() == nil {
			t.Errorf("%s is valid", name)
		}
	}
}

func TestFoldKnowsPairsOfLetters(t *testing.T) {
	t.Parallel()
	capital := "AZ ÀÖØÞ ĀĐĲĴĶ ĹĽŇ ŊŒŶ Ÿ ŹŽ ΑΡΣΩ АЯ ЀЏ"
	small := "az àöøþ āđĳĵķ ĺľň ŋœŷ ÿ źž αρσω ая ѐџ"
	if got := filter.Fold(capital); got != small {
		t.Errorf("%s", got)
	}
	for _, same := range []string{small, "×÷ßŉıİſ", "ΐάϘ", "Ѡ", "[`{@", "\u212a", "\u212b"} {
		if got := filter.Fold(same); got != same {
			t.Errorf("%s becomes %s", same, got)
		}
	}
}
