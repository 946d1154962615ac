package search_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestSearchFindsWhatTheFilterAsksForAndNothingElse(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(700)
	who := r.journal.People[2]
	from, to := r.all[200].At, r.all[500].At
	is := map[string]struct {
		filter filter.Filter
		is     func(audit.Record) bool
	}{
		"time": {filter.Filter{From: from, To: to}, func(a audit.Record) bool { return !a.At.Before(from) && a.At.Before(to) }},
		"person": {filter.Filter{People: []tenants.GUID{who}, From: from}, func(a audit.Record) bool {
			return !a.At.Before(from) && (a.Actor.OID == who || a.Subject.OID == who)
		}},
		"tool":    {filter.Filter{Tools: []string{"whoami", "notes_create"}}, func(a audit.Record) bool { return a.Tool == "whoami" || a.Tool == "notes_create" }},
		"refused": {filter.Filter{Outcomes: []string{"refused"}, Kinds: []string{"tool_call"}}, func(a audit.Record) bool { return a.Outcome == audit.Refused }},
		"effect":  {filter.Filter{Effects: []string{"destructive"}, From: from}, func(a audit.Record) bool { return a.Effect == audit.Destructive && !a.At.Before(from) }},
		"text": {filter.Filter{Text: "PAYROLL", From: from}, func(a audit.Record) bool {
			return strings.Contains(a.Tool, "payroll") && !a.At.Before(from)
		}},
		"nobody": {filter.Filter{People: []tenants.GUID{tenants.NewGUID()}}, func(audit.Record) bool { return false }},
	}
	for name, c := range is {
		want := r.expected(c.is)
		if got := r.found(c.filter, 37); !slices.Equal(got, want) {
			t.Errorf("%s: %d records, want %d", name, len(got), len(want))
		}
		if len(want) == 0 && name != "nobody" {
			t.Errorf("%s asks for nothing", name)
		}
		counted := int64(0)
		counts, err := r.Count(t.Context(), r.org, search.Census{Filter: c.filter, Interval: search.Minutely})
		must(t, err)
		for _, n := range counts.In {
			counted += n
		}
		if counted != int64(len(want)) || counts.Next != 0 {
			t.Errorf("%s: counts %d, want %d", name, counted, len(want))
		}
	}
}

func TestPlaceInAListStaysWhileRecordsCome(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(120)
	f := filter.Filter{From: begin}
	want := r.expected(func(audit.Record) bool { return true })
	first, err := r.Search(t.Context(), r.org, search.Query{Filter: f, Limit: 50})
	must(t, err)
	r.write(30)
	second, err := r.Search(t.Context(), r.org, search.Query{Filter: f, Limit: 100, Below: first.Next})
	must(t, err)
	var got []string
	for _, found := range append(first.Records, second.Records...) {
		got = append(got, textOf(found.Field("id").Value))
	}
	if !slices.Equal(got, want) || second.Size <= first.Size {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
}

// TestOneRequestLooksThroughSoManyRecords and says where to go on.
func TestOneRequestLooksThroughSoManyRecords(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(300)
	passing := &search.Parts{}
	*passing = r.Parts
	looks := 0
	passing.Now = func() time.Time { looks++; return r.now().Add(time.Duration(looks) * 50 * time.Millisecond) }
	reader := search.NewReader(*passing)
	seen, pages := 0, 0
	for q := (search.Query{Filter: filter.Filter{Tools: []string{"whoami"}}, Limit: 200}); ; pages++ {
		looks = 0
		page, err := reader.Search(t.Context(), r.org, q)
		must(t, err)
		seen += len(page.Records)
		if q.Below = page.Next; q.Below == 0 {
			break
		}
	}
	if want := len(r.expected(func(a audit.Record) bool { return a.Tool == "whoami" })); seen != want || pages < 3 {
		t.Errorf("%d records on %d pages, want %d", seen, pages, want)
	}
}

func TestCountsAreByTheClockOfUTC(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.journal.Pace = 40 * time.Minute
	r.write(150)
	for interval, begins := range map[search.Interval]func(time.Time) time.Time{
		search.Hourly:  func(at time.Time) time.Time { return at.Truncate(time.Hour) },
		search.Daily:   func(at time.Time) time.Time { return at.Truncate(24 * time.Hour) },
		search.Monthly: func(at time.Time) time.Time { return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC) },
	} {
		want := map[time.Time]int64{}
		for _, record := range r.all {
			want[begins(record.At)]++
		}
		got, err := r.Count(t.Context(), r.org, search.Census{Filter: filter.Filter{From: begin, To: r.journal.Now.Add(time.Second).Truncate(time.Microsecond)}, Interval: interval})
		must(t, err)
		if len(got.In) != len(want) {
			t.Errorf("%s: %d stretches, want %d", interval, len(got.In), len(want))
		}
		for at, n := range want {
			if got.In[at] != n {
				t.Errorf("%s %s: %d, want %d", interval, at, got.In[at], n)
			}
		}
		if at := got.Stretches(); !slices.IsSortedFunc(at, func(a, b time.Time) int { return b.Compare(a) }) {
			t.Errorf("%s: the latest is not first", interval)
		}
	}
	_, err := r.Count(t.Context(), r.org, search.Census{Interval: "week"})
	wantKind(t, err, fault.Invalid)
}

func TestImpossibleFiltersAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(1)
	for name, f := range map[string]filter.Filter{
		"backwards": {From: begin.Add(time.Hour), To: begin}, "a kind that there is not": {Kinds: []string{"tool_cal"}},
	} {
		_, err := r.Search(t.Context(), r.org, search.Query{Filter: f, Limit: 1})
		wantKind(t, err, fault.Invalid)
		_, err = r.Count(t.Context(), r.org, search.Census{Filter: f, Interval: search.Daily})
		wantKind(t, err, fault.Invalid)
		_, _, err = r.Prepare(t.Context(), r.auditor, tenants.NewGUID(), search.Wanted{Filter: f, Format: search.CSV, Completeness: search.Unproven})
		wantKind(t, err, fault.Invalid)
		if len(r.noted) > 0 {
			t.Errorf("%s is on record", name)
		}
	}
}
