package membership

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

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
// still counts; without that, or after a change was heard of, the fault is
// Unavailable, because a removal might be on record.
func (r *Resolver) record(ctx context.Context, q Question, now time.Time) (Record, error) {
	known, ok := r.remembered(q.key())
	if ok && now.Sub(known.loadedAt) < recheck {
		return known.record, nil
	}
	heard := r.heard.Load()
	stored, err := r.opts.Store.LoadMembership(ctx, q.Organization.ID, q.Identity.OID)
	switch {
	case err == nil:
		return r.remember(q.key(), stored, now, heard), nil
	case fault.KindOf(err) == fault.NotFound:
		return r.remember(q.key(), Record{Person: q.Identity.OID}, now, heard), nil
	case ok && !known.loadedAt.IsZero():
		r.opts.Logger.WarnContext(ctx, "membership record not loaded, using the one in memory",
			slog.String(telemetry.LogOrg, q.Organization.ID.String()), telemetry.Err(err))
		return known.record, nil
	default:
		return Record{}, fault.Wrap(fault.Unavailable, "what is known of group memberships cannot be read; try again shortly", err)
	}
}

// Forget makes the next answer for a person rest on what is stored by then. Whoever
// hears that another replica, or the worker, has changed their record calls it.
func (r *Resolver) Forget(org tenants.ID, person tenants.GUID) {
	k := key{org, person}
	r.heard.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.records[k]; ok {
		r.records[k] = remembered{record: known.record} // it may be newer than what is stored
	}
	delete(r.failures, k)
}

// carrying returns the record with the removals of an older one that it does not answer.
func (r Record) carrying(older Record) Record {
	removed := slices.Clone(older.Removed)
	for g, answer := range older.Answers {
		if answer == authz.NotMember {
			removed = append(removed, g)
		}
	}
	removed = slices.DeleteFunc(removed, func(g tenants.GUID) bool {
		return r.Answers[g] != authz.Unknown || slices.Contains(r.Removed, g)
	})
	r.Removed = slices.Concat(r.Removed, removed)
	r.Removed = r.Removed[:min(len(r.Removed), MostRemoved)]
	return r
}

func (r *Resolver) remembered(k key) (remembered, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.records[k]
	return known, ok
}

// remember keeps the newer of the record and the one in memory, and returns it. The
// record was asked for after so many changes had been heard of; if there are more by
// now, the next answer rests on what is stored by then.
func (r *Resolver) remember(k key, record Record, now time.Time, heard uint64) Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.heard.Load() != heard {
		now = time.Time{}
	}
	if known, ok := r.records[k]; ok {
		older := known.record
		if older.AskedAt.After(record.AskedAt) {
			older, record = record, older
		}
		record = record.carrying(older)
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
