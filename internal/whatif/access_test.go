package whatif_test

import (
	"fmt"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/whatif"
)

// TestRightsThatNobodyUsedDifferToo: who could use more, less, or under other conditions.
func TestRightsThatNobodyUsedDifferToo(t *testing.T) {
	t.Parallel()
	under := func(condition string) authz.Permission {
		return authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}, Condition: condition}
	}
	for name, x := range map[string]struct {
		before, after func(*access.Whole)
		want          string
	}{
		"nothing":            {func(w *access.Whole) { grant(w, "a", everybody(), allow("pay")) }, func(w *access.Whole) { grant(w, "b", everybody(), allow("pay")) }, ""},
		"more":               {func(*access.Whole) {}, func(w *access.Whole) { grant(w, "a", everybody(), allow("pay", "roll")) }, "pay none allowed 1;roll none allowed 1;"},
		"less":               {func(w *access.Whole) { grant(w, "a", everybody(), allow("r*")) }, func(w *access.Whole) { grant(w, "a", everybody(), allow("read")) }, "roll allowed none 1;"},
		"a condition":        {func(w *access.Whole) { grant(w, "a", everybody(), allow("pay")) }, func(w *access.Whole) { grant(w, "a", everybody(), under("args.a < 5")) }, "pay allowed conditional 1;"},
		"another condition":  {func(w *access.Whole) { grant(w, "a", everybody(), under("args.a < 9")) }, func(w *access.Whole) { grant(w, "a", everybody(), under("args.a < 5")) }, "pay conditional conditional 1;"},
		"the same condition": {func(w *access.Whole) { grant(w, "a", everybody(), under("args.a < 5")) }, func(w *access.Whole) { grant(w, "b", everybody(), under("args.a < 5")) }, ""},
		"who knows":          {func(w *access.Whole) { grant(w, "a", group(0), allow("pay")) }, func(w *access.Whole) { grant(w, "a", group(1), allow("pay")) }, "pay unknown unknown 1;"},
		"who knew":           {func(w *access.Whole) { grant(w, "a", group(0), allow("pay")) }, func(w *access.Whole) { grant(w, "a", group(0), allow("pay")) }, ""},
	} {
		var findings [2]asof.Finding
		for i, change := range []func(*access.Whole){x.before, x.after} {
			w := whole()
			change(&w)
			r, err := asof.NewReport(asof.Kept{Configuration: asof.Of(w, nil)}, asof.Question{At: noon})
			if err != nil {
				t.Fatal(err)
			}
			findings[i] = r.Of(asof.Person{OID: alice, Kind: authz.User})
		}
		got := ""
		for _, d := range whatif.Compare(findings[0], findings[1]) {
			got += fmt.Sprintf("%s %s %s %d;", d.Tool, d.Before, d.After, len(d.Rules))
		}
		if got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}
