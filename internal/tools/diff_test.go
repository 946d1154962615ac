package tools_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/tools"
)

// told writes changes as lines.
func told(changes []tools.Change, more int) []string {
	lines := []string{}
	for _, c := range changes {
		switch {
		case c.Old == nil:
			lines = append(lines, fmt.Sprintf("+ %s %s", c.Path, c.New))
		case c.New == nil:
			lines = append(lines, fmt.Sprintf("- %s %s", c.Path, c.Old))
		default:
			lines = append(lines, fmt.Sprintf("~ %s %s → %s", c.Path, c.Old, c.New))
		}
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("… %d more", more))
	}
	return lines
}

func TestDifferencesAreReadable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, after string
		want          []string
	}{
		{`{"a":1,"b":[true]}`, "{ \"b\":[true],\n\"\\u0061\":1.0 }", []string{}},
		{`{"a":1,"b":2,"c":3}`, `{"c":4,"a":1,"d":{"e":5}}`, []string{"- /b 2", "~ /c 3 → 4", `+ /d {"e":5}`}},
		{`{"a":{"b":{"c":"x"}}}`, `{"a":{"b":{"c":"y"}}}`, []string{`~ /a/b/c "x" → "y"`}},
		{`{"a/b~c":1}`, `{"a/b~c":2}`, []string{"~ /a~1b~0c 1 → 2"}},
		{`{"a":[1]}`, `{"a":{"0":1}}`, []string{`~ /a [1] → {"0":1}`}},
		{`{"n":9007199254740992}`, `{"n":9007199254740993}`, []string{"~ /n 9007199254740992 → 9007199254740993"}},
		{`["a","b","c"]`, `["a","c"]`, []string{`- /1 "b"`}},
		{`["a","c"]`, `["a","b","c","d"]`, []string{`+ /1 "b"`, `+ /3 "d"`}},
		{`["a","b","c","d"]`, `["b","x","d"]`, []string{`- /0 "a"`, `~ /1 "c" → "x"`}},
		{`[{"n":1,"k":1},{"n":2,"k":1}]`, `[{"n":1,"k":2},{"n":2,"k":1}]`, []string{"~ /0/k 1 → 2"}},
		{`[{"n":2,"k":1}]`, `[{"n":1},{"n":2,"k":1}]`, []string{`+ /0 {"n":1}`}},
		{`{"a":"x"}`, `{"a":"x` + "\u202e\U000e0041\u200d" + `"}`, []string{`~ /a "x" → "x\u202e\udb40\udc41\u200d"`}},
		{`[]`, `[[]]`, []string{"+ /0 []"}},
		{`1`, `null`, []string{"~  1 → null"}},
		{`{`, `{`, []string{}},
		{`{`, "{}\u202e", []string{`~  "{" → "{}\u202e"`}},
	} {
		if got := told(tools.Diff([]byte(c.before), []byte(c.after))); !slices.Equal(got, c.want) {
			t.Errorf("%s → %s:\n got %q\nwant %q", c.before, c.after, got, c.want)
		}
	}
}

func TestWhatDiffersHasAnotherHash(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		v := randomThing(r, 4)
		one, other, changed := v.write(r), v.write(r), v.change(r).write(r)
		if got := told(tools.Diff([]byte(one), []byte(other))); len(got) > 0 {
			t.Fatalf("%s and %s differ: %q", one, other, got)
		}
		if got := told(tools.Diff([]byte(one), []byte(changed))); len(got) == 0 {
			t.Fatalf("%s and %s do not differ", one, changed)
		}
	}
}

func TestDifferencesAreBounded(t *testing.T) {
	t.Parallel()
	list := func(n int, format string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(format, i)
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	got, more := tools.Diff([]byte(list(250, `"a%d"`)), []byte(list(250, `"b%d"`)))
	if len(got) != 100 || more != 150 {
		t.Errorf("%d changes and %d more", len(got), more)
	}
	got, _ = tools.Diff([]byte(`{"a":1}`), []byte(`{"a":"`+strings.Repeat("\u202e", 10000)+`"}`))
	if len(got) != 1 || len(got[0].New) > 4000 || !strings.HasSuffix(string(got[0].New), "…") {
		t.Errorf("%d changes of %d bytes", len(got), len(got[0].New))
	}
	start := time.Now()
	long, turned := list(30000, "%d"), list(30000, "-%d")
	tools.Diff([]byte(long), []byte(turned))
	deep := func(s string) []byte {
		return []byte(strings.Repeat("[1,", 60) + list(5000, s) + strings.Repeat("]", 60))
	}
	tools.Diff(deep("%d"), deep("1%d"))
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}

func TestOneItemMoreInALongListIsOneChange(t *testing.T) {
	t.Parallel()
	all := strings.Repeat(`"x",`, 5000)
	got := told(tools.Diff([]byte(`["a",`+all+`"z"]`), []byte(`["a",`+all+`"y","z"]`)))
	if !slices.Equal(got, []string{`+ /5001 "y"`}) {
		t.Errorf("%q", got)
	}
}
