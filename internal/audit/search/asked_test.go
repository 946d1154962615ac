package search_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/tenants"
)

// asked counts what a store is asked.
type asked struct {
	search.Store
	times map[string]int
}

func (a asked) LogReach(ctx context.Context, org tenants.ID) (seal.Head, error) {
	a.times["head"]++
	return a.Store.LogReach(ctx, org)
}

func (a asked) SealedBackwards(ctx context.Context, org tenants.ID, q seal.Query, each func(seal.Row, proof.Hash) error) error {
	a.times["rows"]++
	return a.Store.SealedBackwards(ctx, org, q, func(row seal.Row, leaf proof.Hash) error {
		a.times["row"]++
		return each(row, leaf)
	})
}

func (a asked) SeqAt(ctx context.Context, org tenants.ID, t time.Time) (int64, error) {
	a.times["instant"]++
	return a.Store.SeqAt(ctx, org, t)
}

func (a asked) LogPeople(ctx context.Context, org tenants.ID, oids ...tenants.GUID) ([]seal.Person, error) {
	a.times["people"]++
	return a.Store.LogPeople(ctx, org, oids...)
}

func (a asked) LogPerson(ctx context.Context, org tenants.ID, number int32) (seal.Person, error) {
	a.times["person"]++
	return a.Store.LogPerson(ctx, org, number)
}

func (a asked) LogPeopleNumbered(ctx context.Context, org tenants.ID, numbers ...int32) ([]seal.Person, error) {
	a.times["keys"]++
	return a.Store.LogPeopleNumbered(ctx, org, numbers...)
}

func (a asked) CountSealed(ctx context.Context, org tenants.ID, q seal.Query, during [2]time.Time, unit string) (map[time.Time]int64, error) {
	a.times["count"]++
	return a.Store.CountSealed(ctx, org, q, during, unit)
}

// TestAPageIsFewQuestions however many people its rows are of: nobody is looked up
// alone, and what cannot be counted without opening is all that is opened.
func TestAPageIsFewQuestions(t *testing.T) {
	t.Parallel()
	r := newRig(t).write(400)
	parts, times := r.Parts, map[string]int{}
	parts.Store = asked{r.db, times}
	reader := search.NewReader(parts)
	day := filter.Filter{From: begin, To: begin.AddDate(0, 0, 1)}
	persons, text := day, day
	persons.People = r.journal.People[:1]
	text.Text = "nobody says this"
	found := func(f filter.Filter) func() error {
		return func() error {
			_, err := reader.Search(t.Context(), r.org, search.Query{Filter: f, Limit: 50})
			return err
		}
	}
	for name, c := range map[string]struct {
		ask  func() error
		want map[string]int // at most
	}{
		"the newest":     {found(filter.Filter{}), map[string]int{"head": 1, "rows": 1, "row": 50, "keys": 1}},
		"a person's day": {found(persons), map[string]int{"head": 1, "instant": 2, "people": 1, "rows": 1, "row": 200, "keys": 4}},
		"text of a day":  {found(text), map[string]int{"head": 1, "instant": 2, "rows": 1, "row": 401, "keys": 3}},
		"counts": {func() error {
			_, err := reader.Count(t.Context(), r.org, countOf(persons))
			return err
		}, map[string]int{"head": 1, "instant": 2, "people": 1, "count": 1}},
	} {
		clear(times)
		if err := c.ask(); err != nil {
			t.Fatal(err)
		}
		for what, n := range times {
			if n > c.want[what] {
				t.Errorf("%s: asked %v, want at most %v", name, maps.Clone(times), c.want)
				break
			}
		}
	}
}

func countOf(f filter.Filter) search.Census { return search.Census{Filter: f, Interval: search.Daily} }

// TestCountsAreThoseOfTheRecords by stretches of every length, with people and without,
// in as many parts as it takes.
func TestCountsAreThoseOfTheRecords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.journal.Pace = 10 * time.Minute
	r.write(300)
	from, to := r.all[60].At, r.all[250].At
	for _, f := range []filter.Filter{{From: begin}, {From: from, To: to}, {From: begin, People: r.journal.People[:2]}, {From: from, To: to, People: r.journal.People[3:4]}} {
		for interval, layout := range map[search.Interval]string{search.Minutely: "2006-01-02T15:04", search.Hourly: "2006-01-02T15", search.Daily: time.DateOnly, search.Monthly: "2006-01"} {
			want, got := map[string]int64{}, map[string]int64{}
			for _, record := range r.all {
				if f.Matches(valuesOf(t, record)) {
					want[record.At.Format(layout)]++
				}
			}
			for c := (search.Census{Filter: f, Interval: interval}); ; {
				counts, err := r.Count(t.Context(), r.org, c)
				must(t, err)
				for stretch, n := range counts.In {
					got[stretch.Format(layout)] += n
				}
				if c.Below = counts.Next; c.Below == 0 {
					break
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%+v by %s: %v, want %v", f, interval, got, want)
			}
		}
	}
}

func valuesOf(t *testing.T, record audit.Record) func(name string) []byte {
	t.Helper()
	payload, err := audit.Encode(record)
	must(t, err)
	fields, err := audit.Fields(payload)
	must(t, err)
	return func(name string) []byte {
		for _, f := range fields {
			if f.Name == name {
				return f.Value
			}
		}
		return nil
	}
}
