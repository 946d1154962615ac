package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// AccessStore keeps what organizations had decided, and what was known of people.
type AccessStore interface {
	ConfigurationAt(ctx context.Context, org tenants.ID, at time.Time) (asof.Kept, error)
	PeopleAt(ctx context.Context, org tenants.ID, q asof.PeopleQuery) ([]asof.Person, error)
	Erasures(ctx context.Context, org tenants.ID) ([]tenants.Erasure, error)
}

// RecordEvent has a log say that something has happened, and returns when that is
// durable.
type RecordEvent func(ctx context.Context, by authz.Caller, e audit.Event) error

type accessReports struct {
	store  AccessStore
	record RecordEvent
}

// NewAccessReports tells who could use what, from what is on record.
func NewAccessReports(s AccessStore, record RecordEvent) console.AccessReports {
	return accessReports{s, record}
}

// HandOut records that a report is handed out.
func (a accessReports) HandOut(ctx context.Context, by authz.Caller, e audit.Event) error {
	return a.record(ctx, by, e)
}

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
	people, more, err := a.people(ctx, org, report.Named(), q)
	if err != nil {
		return console.AccessFound{}, err
	}
	remarks, err := a.absent(ctx, org, q.At)
	if err != nil {
		return console.AccessFound{}, err
	}
	found := console.AccessFound{Kept: kept, Remarks: append(report.Remarks(), remarks...), More: more}
	for _, p := range people {
		found.Findings = append(found.Findings, report.Of(p))
	}
	return found, nil
}

// absent says who cannot be in a report about an instant.
func (a accessReports) absent(ctx context.Context, org tenants.ID, at time.Time) (remarks []string, err error) {
	all, err := a.store.Erasures(ctx, org)
	erased := 0
	for _, e := range all {
		if e.DoneAt.After(at) {
			erased++
		}
	}
	if erased > 0 {
		remarks = append(remarks, fmt.Sprintf("%d people have been erased from the log since then: what they could use is not in this report.", erased))
	}
	return append(remarks, "Whoever had shown no token by then is not in this report, unless an assignment names them."), err
}

// people returns those of a page, whom rules name among them, and whether there are
// more behind it.
func (a accessReports) people(ctx context.Context, org tenants.ID, named []asof.Person, q console.AccessQuestion) ([]asof.Person, bool, error) {
	seen, err := a.store.PeopleAt(ctx, org, asof.PeopleQuery{At: q.At, After: q.After, Most: q.Most + 1, People: q.People})
	if err != nil {
		return nil, false, err
	}
	page := seen
	for _, n := range append(named, asked(q.People)...) {
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
