package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/watch"
)

// seenLately is for how long somebody is refreshed after a token of theirs was seen.
const seenLately = 2 * time.Hour

// Observe implements watch.Store.
func (db *DB) Observe(ctx context.Context, org tenants.ID, now time.Time) (watch.Observed, error) {
	var o watch.Observed
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		if o.Organization, err = readOrganization(tx); err != nil {
			return err
		}
		if o.People, err = observePeople(tx, o.Organization.Membership, now); err != nil {
			return err
		}
		if o.Sources, err = observeSources(tx); err != nil {
			return err
		}
		if o.Sinks, err = observeSinks(tx); err != nil {
			return err
		}
		if o.Exports, err = observeExports(tx, now); err != nil {
			return err
		}
		schedules, err := observeExportSchedules(tx)
		if err != nil {
			return err
		}
		o.Exports = append(o.Exports, schedules...)
		o.BodyGrants, err = readBodyGrants(tx)
		return err
	}, oneView)
	return o, err
}

// observePeople counts those whose refresh is due at some time. Somebody is late whose
// answer has gone half of the way from the soft limit to the hard one, for another
// reason than one that a person or an admin has to mend.
func observePeople(tx *gorm.DB, p tenants.MembershipPolicy, now time.Time) (watch.People, error) {
	var row struct {
		Seen, Consent, Late int
		Oldest              *time.Time
	}
	late := now.Add(-(p.Soft + p.Hard) / 2)
	err := tx.Raw(`SELECT count(*) AS seen, count(*) FILTER (WHERE failure = ?) AS consent,
			count(*) FILTER (WHERE asked_at < ? AND failure IN ?) AS late,
			min(asked_at) FILTER (WHERE asked_at < ? AND failure IN ?) AS oldest
		FROM memberships WHERE due_at IS NOT NULL AND seen_at > ?`,
		string(entra.Consent), instant(late), others, instant(late), others, instant(now.Add(-seenLately))).Scan(&row).Error
	return watch.People{Seen: row.Seen, Consent: row.Consent, Late: row.Late, Oldest: orZero(row.Oldest)}, err
}

// others are the classes of failures that nobody of the organization causes. Whose
// turn has not come is none of them: a worker may have been away.
var others = []string{string(entra.Throttled), string(entra.Transient)}

// observeSources looks at the sources that are switched on.
func observeSources(tx *gorm.DB) ([]watch.Source, error) {
	list, err := readSources(tx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var rows []sourceStateRow
	if err := tx.Select("source_id", "refreshed_at", "tried_at", "trouble", "turned_at", "turned_to").Find(&rows).Error; err != nil {
		return nil, err
	}
	states := map[tenants.GUID]access.SourceState{}
	for _, r := range rows {
		states[r.SourceID] = access.SourceState{
			RefreshedAt: orZero(r.RefreshedAt), TriedAt: tried(r.TriedAt), Trouble: r.Trouble, TurnedAt: orZero(r.TurnedAt), TurnedTo: r.TurnedTo,
		}
	}
	if err := countOffers(tx, states); err != nil {
		return nil, err
	}
	var seen []watch.Source
	for _, s := range list {
		if s.Enabled {
			seen = append(seen, observed(s, states[s.ID]))
		}
	}
	return seen, nil
}

// observed says how a source does by what was found out last, by asking it or by a
// call. Where people are asked for, what one of them is told says nothing of others:
// calls of several say it.
func observed(s tools.Source, state access.SourceState) watch.Source {
	w := watch.Source{ID: s.ID, Name: s.Name, Title: s.Title, Since: state.RefreshedAt, Pending: state.Pending}
	switch {
	case state.TurnedAt.After(state.TriedAt), s.Credential.Kind == tools.UserAuthorization, s.Credential.Kind == tools.OnBehalfOfUser:
		w.Failing, w.Since = state.TurnedTo, state.TurnedAt
	default:
		w.Failing = state.Trouble
	}
	return w
}
