package access_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func perMinute(calls int) tenants.LimitRate {
	return tenants.LimitRate{Calls: calls, Every: tenants.EveryMinute, Burst: calls}
}

// editor is a limit of the one client that small lists.
func editor() tenants.Limit {
	return tenants.Limit{Name: "editor", Per: tenants.PerClient, Client: client, Rate: perMinute(60), PerDay: 1000, Uncounted: tenants.Admit}
}

// bounded is small with a limit of each sort.
func bounded() access.Configuration {
	c := small()
	c.Limits = []tenants.Limit{
		editor(),
		{Name: "people", Per: tenants.PerCaller, PerDay: 100, Uncounted: tenants.Refuse},
		{Name: "search", Per: tenants.PerTool, Tool: "sea*", Rate: perMinute(1), Uncounted: tenants.Admit},
	}
	return c
}

// limiting changes the limit editor of bounded.
func limiting(change func(*tenants.Limit)) edit {
	return func(c *access.Configuration) error {
		l := editor()
		change(&l)
		return c.PutLimit(l)
	}
}

func TestLimitsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		edit       edit
		kind       fault.Kind
		path, word string
	}{
		"without a name":         {limiting(func(l *tenants.Limit) { l.Name = "" }), fault.Invalid, "name", "lowercase"},
		"name in capitals":       {limiting(func(l *tenants.Limit) { l.Name = "Editor" }), fault.Invalid, "name", "lowercase"},
		"long name":              {limiting(func(l *tenants.Limit) { l.Name = strings.Repeat("a", 33) }), fault.Invalid, "name", "1 to 32"},
		"per organization":       {limiting(func(l *tenants.Limit) { l.Per = "organization" }), fault.Invalid, "per", "caller, client or tool"},
		"client that is none":    {limiting(func(l *tenants.Limit) { l.Client = "editor" }), fault.Invalid, "client", "no client id"},
		"client per caller":      {limiting(func(l *tenants.Limit) { l.Per = tenants.PerCaller }), fault.Invalid, "client", "per caller; remove it"},
		"tool per client":        {limiting(func(l *tenants.Limit) { l.Tool = "search" }), fault.Invalid, "tool", "per client; remove it"},
		"per tool without one":   {limiting(func(l *tenants.Limit) { l.Per, l.Client = tenants.PerTool, "" }), fault.Invalid, "tool", "payroll_*"},
		"pattern of none":        {limiting(func(l *tenants.Limit) { l.Per, l.Client, l.Tool = tenants.PerTool, "", "a b" }), fault.Invalid, "tool", "letters"},
		"neither rate nor day":   {limiting(func(l *tenants.Limit) { l.Rate, l.PerDay = tenants.LimitRate{}, 0 }), fault.Invalid, "rate", "callsPerDay"},
		"fewer than none a day":  {limiting(func(l *tenants.Limit) { l.PerDay = -1 }), fault.Invalid, "callsPerDay", "between 1 and"},
		"too many a day":         {limiting(func(l *tenants.Limit) { l.PerDay = access.MaxLimitDay + 1 }), fault.Invalid, "callsPerDay", "1000000000"},
		"rate of none":           {limiting(func(l *tenants.Limit) { l.Rate.Calls = 0 }), fault.Invalid, "rate.calls", "between 1 and"},
		"rate of too many":       {limiting(func(l *tenants.Limit) { l.Rate.Calls = access.MaxLimitCalls + 1 }), fault.Invalid, "rate.calls", "1000000"},
		"burst of fewer":         {limiting(func(l *tenants.Limit) { l.Rate.Burst = -1 }), fault.Invalid, "rate.burst", "between 1 and"},
		"burst of too many":      {limiting(func(l *tenants.Limit) { l.Rate.Burst = access.MaxLimitCalls + 1 }), fault.Invalid, "rate.burst", "1000000"},
		"rate every hour":        {limiting(func(l *tenants.Limit) { l.Rate.Every = "hour" }), fault.Invalid, "rate.every", "second or minute"},
		"uncounted and ignored":  {limiting(func(l *tenants.Limit) { l.Uncounted = "ignore" }), fault.Invalid, "whenUncounted", "admit or refuse"},
		"removing what is not":   {func(c *access.Configuration) error { return c.RemoveLimit("none") }, fault.NotFound, "", "list the limits"},
		"removing without names": {func(c *access.Configuration) error { return c.RemoveLimit("") }, fault.NotFound, "", "list the limits"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			config := bounded()
			err := c.edit(&config)
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(fault.Public(err), c.word) {
				t.Fatalf("error is %v", err)
			}
			problems := access.ProblemsOf(err)
			if c.path == "" && problems != nil || c.path != "" && (len(problems) != 1 || problems[0].Path != c.path) {
				t.Errorf("problems are %q, want one at %s", problems, c.path)
			}
			if !reflect.DeepEqual(config, bounded()) {
				t.Errorf("the refused edit left %+v", config)
			}
		})
	}
}

func TestEditsOfLimitsAreMadeOnTheSide(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]edit{
		"change":          limiting(func(l *tenants.Limit) { l.PerDay = 5 }),
		"every client":    limiting(func(l *tenants.Limit) { l.Client = "" }),
		"only a rate":     limiting(func(l *tenants.Limit) { l.PerDay = 0 }),
		"only a day":      limiting(func(l *tenants.Limit) { l.Rate = tenants.LimitRate{} }),
		"of prompts":      limiting(func(l *tenants.Limit) { l.Per, l.Client, l.Tool = tenants.PerTool, "", "prompt:*" }),
		"add":             limiting(func(l *tenants.Limit) { l.Name = "another" }),
		"add the largest": limiting(func(l *tenants.Limit) { l.Name, l.Rate.Calls, l.Rate.Burst, l.PerDay = "l", 1e6, 1e6, 1e9 }),
		"remove":          func(c *access.Configuration) error { return c.RemoveLimit("people") },
	} {
		before := bounded()
		after := before
		if err := edit(&after); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(before, bounded()) {
			t.Errorf("%s changed a copy: %+v", name, before)
		}
		if reflect.DeepEqual(after, bounded()) {
			t.Errorf("%s did nothing", name)
		}
		if found := access.Validate(after, here); len(found.Problems) > 0 {
			t.Errorf("%s left %q", name, found.Problems)
		}
	}
}

func TestLimitIsStoredInOneForm(t *testing.T) {
	t.Parallel()
	c := small()
	err := c.PutLimit(tenants.Limit{Name: "editor", Per: tenants.PerClient, Client: strings.ToUpper(client), Rate: tenants.LimitRate{Calls: 60, Every: tenants.EveryMinute}, PerDay: 1000})
	if err != nil || !reflect.DeepEqual(c.Limits, []tenants.Limit{editor()}) {
		t.Errorf("%v: %+v", err, c.Limits)
	}
}

func TestLimitsAreBounded(t *testing.T) {
	t.Parallel()
	c := bounded()
	for i := len(c.Limits); i < access.MaxLimits; i++ {
		c.Limits = append(c.Limits, tenants.Limit{Name: fmt.Sprint("l", i)})
	}
	if err := limiting(func(l *tenants.Limit) { l.Name = "one-more" })(&c); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "the most") {
		t.Errorf("error is %v", err)
	}
	if err := limiting(func(l *tenants.Limit) { l.PerDay = 5 })(&c); err != nil {
		t.Errorf("a change of one that is there: %v", err)
	}
	c.Limits = append(c.Limits, editor())
	var paths []string
	for _, p := range access.Validate(c, here).Problems {
		paths = append(paths, p.Path)
	}
	if !slices.Contains(paths, "limits") || !slices.Contains(paths, "limits[50].name") {
		t.Errorf("problems are at %q", paths)
	}
}

func TestWarningsKnowLimitsThatNothingFallsUnder(t *testing.T) {
	t.Parallel()
	c := bounded()
	if found := access.Validate(c, here); len(found.Problems)+len(found.Warnings) > 0 {
		t.Fatalf("a good configuration has %+v", found)
	}
	c.Limits[0].Client, c.Limits[2].Tool = group, "serch"
	want := []string{
		"limits[0].client: is a client that is not listed, so it cannot connect; list it under clients",
		`limits[2].tool: "serch" matches no tool of this deployment, and none that is approved of a source; check its spelling`,
	}
	var got []string
	for _, w := range access.Validate(c, here).Warnings {
		got = append(got, w.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings are\n%s", strings.Join(got, "\n"))
	}
}

// TestLimitThatLiesNotBelowTheDeploymentsIsAWarning: whoever sets it believes that
// it holds.
func TestLimitThatLiesNotBelowTheDeploymentsIsAWarning(t *testing.T) {
	t.Parallel()
	d := here
	d.Allowed = access.Allowance{
		Organization: access.Pace{PerSecond: 500, Burst: 1000}, Caller: access.Pace{PerSecond: 50, Burst: 100}, Client: access.Pace{PerSecond: 200, Burst: 400},
		Tool: access.Pace{PerSecond: 10, Burst: 20}, Quota: 40_000_000,
	}
	second := func(calls, burst int) tenants.LimitRate {
		return tenants.LimitRate{Calls: calls, Every: tenants.EverySecond, Burst: burst}
	}
	caller := tenants.Limit{Per: tenants.PerCaller}
	with := func(l tenants.Limit, rate tenants.LimitRate, perDay int64) tenants.Limit {
		l.Rate, l.PerDay = rate, perDay
		return l
	}
	each, of, tool := tenants.Limit{Per: tenants.PerClient}, tenants.Limit{Per: tenants.PerClient, Client: client}, tenants.Limit{Per: tenants.PerTool, Tool: "sea*"}
	every, prompts := tenants.Limit{Per: tenants.PerTool, Tool: "*"}, tenants.Limit{Per: tenants.PerTool, Tool: "prompt:*"}
	for title, c := range map[string]struct {
		limit tenants.Limit
		want  []string // path and a part of the message, by turns
	}{
		"as often":                    {with(caller, second(50, 100), 0), []string{"limits[0].rate", "50 calls every second, 100 at once, is not below what the deployment allows each caller (50 calls every second, 100 at once), so no call reaches it; lower it"}},
		"by the minute":               {with(caller, perMinute(3000), 0), []string{"limits[0].rate", "3000 calls every minute"}},
		"less often":                  {with(caller, second(49, 1000), 0), nil},
		"less often by the minute":    {with(caller, perMinute(2999), 0), nil},
		"fewer at once":               {with(caller, second(1000, 99), 0), nil},
		"of a client":                 {with(of, second(200, 400), 0), []string{"limits[0].rate", "each client (200"}},
		"of each client":              {with(each, second(199, 400), 0), nil},
		"of tools":                    {with(tool, second(10, 20), 0), []string{"limits[0].rate", "each tool (10"}},
		"of everything, as a tool":    {with(every, second(10, 20), 0), nil},
		"of prompts, as a tool":       {with(prompts, second(10, 20), 0), nil},
		"of prompts":                  {with(prompts, second(500, 1000), 0), []string{"limits[0].rate", "the organization (500"}},
		"once, if above both":         {with(caller, second(500, 1000), 0), []string{"limits[0].rate", "each caller"}},
		"more in a day":               {with(caller, tenants.LimitRate{}, 50*86400+100), []string{"limits[0].callsPerDay", "4320100 calls are not fewer than the deployment allows each caller in a day"}},
		"fewer in a day":              {with(caller, tenants.LimitRate{}, 50*86400+99), nil},
		"more in a day than a quota":  {with(prompts, tenants.LimitRate{}, 40_000_000), []string{"limits[0].callsPerDay", "the quota that the deployment gives the organization (40000000)"}},
		"fewer in a day than a quota": {with(prompts, tenants.LimitRate{}, 39_999_999), nil},
		"both":                        {with(caller, second(60, 120), 1e9), []string{"limits[0].rate", "60 calls", "limits[0].callsPerDay", "1000000000 calls"}},
	} {
		config := small()
		c.limit.Name, c.limit.Uncounted = "l", tenants.Admit
		config.Limits = []tenants.Limit{c.limit}
		var got []access.Warning
		for _, w := range access.Validate(config, d).Warnings {
			if strings.HasPrefix(w.Path, "limits[0].rate") || strings.HasPrefix(w.Path, "limits[0].calls") {
				got = append(got, w)
			}
		}
		if len(got) != len(c.want)/2 {
			t.Errorf("%s: warnings are %q", title, got)
			continue
		}
		for i, w := range got {
			if w.Path != c.want[2*i] || !strings.Contains(w.Message, c.want[2*i+1]) {
				t.Errorf("%s: %s", title, w)
			}
		}
		if found := access.Validate(config, here).Warnings; len(found) > 0 && !strings.HasSuffix(found[0].Path, ".tool") {
			t.Errorf("%s: where nothing is known of the deployment: %q", title, found)
		}
	}
}

func TestSortedLimitsHaveOneOrder(t *testing.T) {
	t.Parallel()
	c := bounded()
	slices.Reverse(c.Limits)
	if !reflect.DeepEqual(c.Sorted(), bounded().Sorted()) || c.Limits[0].Name != "search" {
		t.Errorf("%+v of %+v", c.Sorted().Limits, c.Limits)
	}
}
