package usage_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/usage"
)

var noon = time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)

// call is the fields of a call that are nobody's, in their order.
func call(tool string, more ...audit.Field) []audit.Field {
	all := append([]audit.Field{{Name: "client", Value: []byte(`"editor"`)}, {Name: "tool", Value: []byte(`"` + tool + `"`)}, {Name: "phase", Value: []byte(`"outcome"`)}}, more...)
	slices.SortFunc(all, func(a, b audit.Field) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) })
	return all
}

func field(name, value string) audit.Field { return audit.Field{Name: name, Value: []byte(value)} }

var (
	ok        = field("outcome", `"ok"`)
	refused   = field("outcome", `"refused"`)
	effect    = field("effect", `"read"`)
	delegated = field("actor_delegated", "true")
)

// took returns what is counted of calls that took so long.
func took(micros ...int64) usage.Histogram {
	var t usage.Tally
	for _, n := range micros {
		t.Add(audit.ToolCall, noon, call("a", ok, effect, field("duration_us", fmt.Sprint(n))), 1)
	}
	return t.Counts().Hours[0].Took
}

func TestQuantilesAreAsGoodAsPromised(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() int64{
		"even":  func() int64 { return 200 + random.Int64N(500_000) },
		"log":   func() int64 { return int64(math.Pow(10, 2.2+6*random.Float64())) },
		"two":   func() int64 { return []int64{1_000, 30_000_000}[random.IntN(2)] },
		"alike": func() int64 { return 41_234 },
	} {
		all := make([]int64, 3000)
		for i := range all {
			all[i] = draw()
		}
		var h usage.Histogram
		for part := range slices.Chunk(all, 700) { // as if kept at different times
			h.Merge(took(part...))
		}
		slices.Sort(all)
		for _, part := range []float64{0.01, 0.5, 0.95, 1} {
			exact := float64(all[max(int(math.Ceil(part*3000)), 1)-1])
			got, known := h.Quantile(part)
			if off := math.Abs(float64(got.Microseconds())/exact - 1); !known || off > usage.MaxError+0.001 {
				t.Errorf("%s: of %v %v is said, it is %v µs: off by %.3f", name, part, got, exact, off)
			}
		}
	}
	if usage.MaxError > 0.091 {
		t.Errorf("quantiles may be off by %.3f", usage.MaxError)
	}
}

func TestDurationsBeyondAllBucketsAreCounted(t *testing.T) {
	t.Parallel()
	if _, known := usage.Histogram(nil).Quantile(0.5); known {
		t.Error("nothing takes time")
	}
	h := took(0, 1, 127, 1<<52)
	if len(h) > 100 || h[0] != 3 {
		t.Errorf("%v", h)
	}
	if got, _ := h.Quantile(0.5); got > 128*time.Microsecond {
		t.Errorf("the shortest take %s", got)
	}
	if got, _ := h.Quantile(1); got < 17*time.Minute || got > 18*time.Minute {
		t.Errorf("the longest take %s", got)
	}
}

func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		kind   audit.Kind
		fields []audit.Field
		want   string // tool, calls, failures, refusals, timed
	}{
		"a call":                  {audit.ToolCall, call("a", ok, effect), "a 1 0 0 1"},
		"an intent":               {audit.ToolCall, append(call("a", effect)[:2:2], field("phase", `"intent"`)), ""},
		"an error":                {audit.ToolCall, call("a", field("outcome", `"tool_error"`), effect), "a 1 1 0 1"},
		"no answer":               {audit.ToolCall, call("a", field("outcome", `"unknown"`), effect), "a 1 1 0 1"},
		"too many":                {audit.ToolCall, call("a", field("outcome", `"fault"`), field("reason", `"limited"`)), "a 1 1 0 0"},
		"a fault before it ran":   {audit.ToolCall, call("a", field("outcome", `"fault"`), field("reason", `"internal"`)), " 1 1 0 0"},
		"refused by a condition":  {audit.ToolCall, call("a", refused, field("reason", `"condition"`)), "a 0 0 1 0"},
		"unknown":                 {audit.ToolCall, call("a", refused, field("reason", `"unknown_tool"`)), " 0 0 1 0"},
		"no reason":               {audit.ToolCall, call("a", refused), " 0 0 1 0"},
		"a name with escapes":     {audit.ToolCall, call(`a\u0000`, ok, effect), " 1 0 0 1"},
		"a resource":              {audit.ResourceRead, call("", ok, effect), ""},
		"a resource refused":      {audit.ResourceRead, call("", refused), " 0 0 1 0"},
		"a prompt refused":        {audit.PromptGet, call("", refused), " 0 0 1 0"},
		"not let in":              {audit.RefusedRequest, []audit.Field{refused}, " 0 0 1 0"},
		"strangers":               {audit.RefusalSummary, []audit.Field{refused}, ""},
		"not let in to a console": {audit.ConsoleSignIn, []audit.Field{refused}, ""},
	} {
		var tally usage.Tally
		tally.Add(row.kind, noon, row.fields, 1)
		got := ""
		for _, h := range tally.Counts().Hours {
			timed := int64(0)
			for _, n := range h.Took {
				timed += n
			}
			got += fmt.Sprintf("%s %d %d %d %d", h.Tool, h.Calls, h.Failures, h.Refusals, timed)
		}
		if got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestInventedNamesAreCountedAsOne(t *testing.T) {
	t.Parallel()
	var tally usage.Tally
	for i := range 1000 {
		tally.Add(audit.ToolCall, noon, call(fmt.Sprint("invented", i), refused, field("reason", `"unknown_tool"`)), 1)
	}
	if c := tally.Counts(); len(c.Hours) != 1 || c.Hours[0].Tool != "" || c.Hours[0].Refusals != 1000 {
		t.Errorf("%+v", c.Hours)
	}
}

func TestWhoIsActive(t *testing.T) {
	t.Parallel()
	var tally usage.Tally
	add := func(at time.Time, number int32, fields ...audit.Field) {
		tally.Add(audit.ToolCall, at, call("a", fields...), number)
	}
	add(noon, 1, ok, effect, delegated)
	add(noon.Add(20*time.Minute), 1, ok, effect, delegated)
	add(noon.Add(time.Hour), 1, refused, delegated) // who is turned away is there
	add(noon.Add(12*time.Hour), 1, ok, effect, delegated)
	add(noon, 2, ok, effect)            // an app by itself
	add(noon, 0, ok, effect, delegated) // without an id
	tally.Add(audit.RefusedRequest, noon, []audit.Field{delegated, refused}, 3)
	c := tally.Counts()
	today, tomorrow := noon.Truncate(24*time.Hour), noon.Add(12*time.Hour).Truncate(24*time.Hour)
	if want := []usage.Person{{Day: today, Number: 1, Hours: 3 << 12}, {Day: tomorrow, Number: 1, Hours: 1}}; !slices.Equal(c.People, want) {
		t.Errorf("%+v", c.People)
	}
	if want := []usage.Client{{Day: today, ID: "editor", Hours: 3 << 12}, {Day: tomorrow, ID: "editor", Hours: 1}}; !slices.Equal(c.Clients, want) {
		t.Errorf("%+v", c.Clients)
	}
}

func TestAWindowEndsWithNow(t *testing.T) {
	t.Parallel()
	w := usage.Before(noon, 24*time.Hour, 7)
	if !w.From.Equal(time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC)) || !w.To().Equal(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("from %s to %s", w.From, w.To())
	}
	r := usage.NewReport(w)
	for _, at := range []time.Time{w.From, w.To().Add(-time.Hour), w.From.Add(-time.Hour), w.To()} {
		r.Add(usage.Hour{At: at, Tool: "a", Calls: 2, Took: usage.Histogram{1}})
	}
	r.Add(usage.Hour{At: w.From, Refusals: 1})
	for range 2 {
		r.Add(usage.Hour{At: w.From, Tool: "b", Calls: 3, Took: usage.Histogram{0, 3}})
	}
	if r.Stretches[0].Calls != 8 || r.Stretches[0].Refusals != 1 || r.Stretches[6].Calls != 2 || r.Total.Calls != 10 || r.At(w.To()) != nil {
		t.Errorf("%+v, all: %+v", r.Stretches, r.Total)
	}
	if top := r.Top(5); len(top) != 2 || top[0].Tool != "b" || top[0].Calls != 6 || top[0].Took[1] != 6 || top[1].Tool != "a" || len(r.Top(1)) != 1 {
		t.Errorf("%+v", top)
	}
}
