package admin

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// AccessStore keeps what organizations had decided, and what was known of people.
type AccessStore interface {
	ConfigurationAt(ctx context.Context, org tenants.ID, at time.Time) (asof.Kept, error)
	PeopleAt(ctx context.Context, org tenants.ID, q asof.PeopleQuery) ([]asof.Person, error)
}

type accessReports struct{ store AccessStore }

// NewAccessReports tells who could use what, from what is on record.
func NewAccessReports(s AccessStore) console.AccessReports { return accessReports{s} }

// AccessAt answers for a page of people.
func (a accessReports) AccessAt(ctx context.Context, org tenants.ID, q console.AccessQuestion) (console.AccessFound, error) {
	kept, err := a.store.ConfigurationAt(ctx, org, q.At)
	if err != nil {
		return console.AccessFound{}, err
	}
	report, err := asof.NewReport(kept, q.Question)
	if err != nil {
		return console.AccessFound{}, err
	}
	people, more, err := a.people(ctx, org, report, q)
	if err != nil {
		return console.AccessFound{}, err
	}
	found := console.AccessFound{Kept: kept, Remarks: report.Remarks(), More: more}
	for _, p := range people {
		found.Findings = append(found.Findings, report.Of(p))
	}
	return found, nil
}

// people returns those of a page, whom rules name among them, and whether there are
// more behind it.
func (a accessReports) people(ctx context.Context, org tenants.ID, report *asof.Report, q console.AccessQuestion) ([]asof.Person, bool, error) {
	seen, err := a.store.PeopleAt(ctx, org, asof.PeopleQuery{At: q.At, After: q.After, Most: q.Most + 1, People: q.People})
	if err != nil {
		return nil, false, err
	}
	page := seen
	for _, n := range append(report.Named(), asked(q.People)...) {
		if asof.Compare(n.OID, q.After) <= 0 || q.People != nil && !slices.Contains(q.People, n.OID) {
			continue
		}
		if !slices.ContainsFunc(page, func(p asof.Person) bool { return p.OID == n.OID }) {
			page = append(page, n)
		}
	}
	slices.SortFunc(page, func(a, b asof.Person) int { return asof.Compare(a.OID, b.OID) })
	if len(page) > q.Most {
		return page[:q.Most], true, nil
	}
	return page, false, nil
}

// asked are the people of a question, of whom nothing else may be known.
func asked(ids []tenants.GUID) []asof.Person {
	people := make([]asof.Person, len(ids))
	for i, id := range ids {
		people[i] = asof.Person{OID: id}
	}
	return people
}
