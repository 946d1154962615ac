package membership

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Record is what Graph said of one person's groups at one time. It answers the
// groups it was asked about and no others.
type Record struct {
	Person  tenants.GUID
	Answers map[tenants.GUID]authz.Answer // Member or NotMember, never Unknown
	AskedAt time.Time
}

// Store keeps records, so that replicas share them and a restart does not lose
// a removal.
type Store interface {
	// LoadMembership returns a person's record; NotFound if there is none.
	LoadMembership(ctx context.Context, org tenants.ID, person tenants.GUID) (Record, error)
	// SaveMembership replaces the person's record unless a newer one stands.
	SaveMembership(ctx context.Context, by authz.Caller, record Record) error
}

func (r Record) covers(groups []tenants.GUID) bool {
	for _, g := range groups {
		if r.Answers[g] == authz.Unknown {
			return false
		}
	}
	return true
}

// age is how long ago Graph was asked; a person never asked about has a record
// of unbounded age.
func (r Record) age(now time.Time) time.Duration { return now.Sub(r.AskedAt) }

// recheck bounds how long a record in memory hides a newer one that another
// replica stored.
const recheck = 30 * time.Second

type remembered struct {
	record   Record
	loadedAt time.Time
}

// record returns the newest record known of the person, from memory or from the
// store. Without any, the record is empty. If the store fails, what memory has
// still counts; without that the fault is Unavailable, because a removal might
// be on record.
func (r *Resolver) record(ctx context.Context, q Question, now time.Time) (Record, error) {
	known, ok := r.remembered(q.key())
	if ok && now.Sub(known.loadedAt) < recheck {
		return known.record, nil
	}
	stored, err := r.opts.Store.LoadMembership(ctx, q.Organization.ID, q.Identity.OID)
	switch {
	case err == nil:
		return r.remember(q.key(), stored, now), nil
	case fault.KindOf(err) == fault.NotFound:
		return r.remember(q.key(), Record{Person: q.Identity.OID}, now), nil
	case ok:
		r.opts.Logger.WarnContext(ctx, "membership record not loaded, using the one in memory",
			slog.String(telemetry.LogOrg, q.Organization.ID.String()), telemetry.Err(err))
		return known.record, nil
	default:
		return Record{}, fault.Wrap(fault.Unavailable, "what is known of group memberships cannot be read; try again shortly", err)
	}
}

func (r *Resolver) remembered(k key) (remembered, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.records[k]
	return known, ok
}

// remember keeps the newer of the record and the one in memory, and returns it.
func (r *Resolver) remember(k key, record Record, now time.Time) Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.records[k]; ok && known.record.AskedAt.After(record.AskedAt) {
		record = known.record
	}
	makeRoom(r.records, maxRecords)
	r.records[k] = remembered{record, now}
	return record
}

// The bounds of what a process remembers. What is forgotten is loaded again.
const (
	maxRecords  = 50_000
	maxFailures = 10_000
)

// makeRoom drops an arbitrary entry of a full map.
func makeRoom[V any](m map[key]V, most int) {
	for k := range m {
		if len(m) < most {
			return
		}
		delete(m, k)
	}
}
