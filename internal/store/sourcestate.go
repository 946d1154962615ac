package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
)

type sourceStateRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	SourceID     tenants.GUID `gorm:"primaryKey"`
	RefreshedAt  *time.Time
	TriedAt      time.Time
	Trouble      string
	Revision     string
	Server       []byte
	Instructions string
	Capabilities []byte
	Ticket       *tenants.GUID
	TicketUntil  *time.Time
	TurnedAt     *time.Time
	TurnedTo     string
}

func (sourceStateRow) TableName() string { return "source_states" }

// SourceStates returns what is known of the sources of an organization by their
// ids; one that was never asked has the zero state.
func (db *DB) SourceStates(ctx context.Context, org tenants.ID) (map[tenants.GUID]access.SourceState, error) {
	states := map[tenants.GUID]access.SourceState{}
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		list, err := readSources(tx)
		if err != nil || len(list) == 0 {
			return err
		}
		var rows []sourceStateRow
		if err := tx.Find(&rows).Error; err != nil {
			return err
		}
		for _, s := range list {
			states[s.ID] = access.SourceState{}
		}
		for _, r := range rows {
			states[r.SourceID] = access.SourceState{
				RefreshedAt: orZero(r.RefreshedAt), TriedAt: tried(r.TriedAt), Trouble: r.Trouble, Revision: r.Revision,
				Server: r.Server, Instructions: r.Instructions, Capabilities: r.Capabilities, TurnedAt: orZero(r.TurnedAt), TurnedTo: r.TurnedTo,
			}
		}
		return countOffers(tx, states)
	}, oneView)
	return states, err
}

// countOffers adds to the states what their sources offer. What is served of a
// source that is switched off is what would be.
func countOffers(tx *gorm.DB, states map[tenants.GUID]access.SourceState) error {
	var rows []struct {
		SourceID                  tenants.GUID
		Pending, Unusable, Served int
	}
	err := tx.Raw(`SELECT o.source_id,
			count(*) FILTER (WHERE o.unusable = '' AND a.hash IS DISTINCT FROM o.hash) AS pending,
			count(*) FILTER (WHERE o.unusable <> '') AS unusable,
			count(*) FILTER (WHERE a.definition_hash = a.hash) AS served
		FROM offers o LEFT JOIN approvals a ON (a.org_id, a.source_id, a.kind, a.name) = (o.org_id, o.source_id, o.kind, o.name)
		GROUP BY o.source_id`).Scan(&rows).Error
	for _, r := range rows {
		s := states[r.SourceID]
		s.Pending, s.Unusable, s.Served = r.Pending, r.Unusable, r.Served
		states[r.SourceID] = s
	}
	return err
}

// ClaimRefresh implements sources.Store. A claim is no configuration; it leaves
// no record.
func (db *DB) ClaimRefresh(ctx context.Context, by authz.Caller, c sources.Claim) (sources.Standing, error) {
	var standing sources.Standing
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		var org organizationRow
		if err := tx.Select("version").Take(&org).Error; err != nil {
			return err
		}
		standing.Version = org.Version
		if err := tx.Select("id").Where("id = ?", c.Source).Take(&sourceRow{}).Error; err != nil {
			return noSource(c.Source, err)
		}
		claimed := tx.Exec(`INSERT INTO source_states (source_id, tried_at, ticket, ticket_until) VALUES (?, ?, ?, ?)
			ON CONFLICT (org_id, source_id) DO UPDATE SET ticket = EXCLUDED.ticket, ticket_until = EXCLUDED.ticket_until
			WHERE (source_states.ticket IS NULL OR source_states.ticket_until < ?) AND (? OR source_states.tried_at < ?)`,
			c.Source, neverTried, c.Ticket, c.Until, c.Now, c.NotSince.IsZero(), c.NotSince)
		if claimed.Error != nil {
			return claimed.Error
		}
		standing.Ours = claimed.RowsAffected > 0
		var row sourceStateRow
		if err := tx.Where("source_id = ?", c.Source).Take(&row).Error; err != nil {
			return err
		}
		standing.TriedAt = tried(row.TriedAt)
		standing.Held = !standing.Ours && row.Ticket != nil && !row.TicketUntil.Before(c.Now)
		return nil
	})
	return standing, err
}

// neverTried stands in the column of a source that nobody has asked yet.
var neverTried = time.Unix(0, 0)

func tried(at time.Time) time.Time {
	if at.After(neverTried) {
		return at
	}
	return time.Time{}
}

func noSource(id tenants.GUID, err error) error {
	return fault.Wrap(fault.NotFound, fmt.Sprintf("source %s does not exist; list the sources for the ids there are", id), err)
}

// FailRefresh implements sources.Store. It changes nothing that is served.
func (db *DB) FailRefresh(ctx context.Context, by authz.Caller, f sources.Failure) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return held(tx.Exec("UPDATE source_states SET tried_at = ?, trouble = ?, ticket = NULL, ticket_until = NULL WHERE source_id = ? AND ticket = ?",
			f.At, f.Trouble, f.Source, f.Ticket))
	})
}

// NoteTurn implements sources.Store. It is no configuration; it leaves no record.
func (db *DB) NoteTurn(ctx context.Context, by authz.Caller, t sources.Turn) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := tx.Select("id").Where("id = ?", t.Source).Take(&sourceRow{}).Error; err != nil {
			return noSource(t.Source, err)
		}
		return tx.Exec(`INSERT INTO source_states (source_id, tried_at, turned_at, turned_to) VALUES (?, ?, ?, ?)
			ON CONFLICT (org_id, source_id) DO UPDATE SET turned_at = EXCLUDED.turned_at, turned_to = EXCLUDED.turned_to
			WHERE source_states.turned_at IS NULL OR source_states.turned_at < EXCLUDED.turned_at`,
			t.Source, neverTried, t.At, t.Trouble).Error
	})
}

// held is what became of a statement that only whoever holds the claim may make.
func held(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return errClaimLost
	}
	return done.Error
}

var errClaimLost = fault.New(fault.Conflict, "another refresh of this source has taken over, or the source has changed; try again")

// answered notes that a source has answered, and gives the claim back.
func answered(tx *gorm.DB, e sources.End) error {
	return held(tx.Exec(`UPDATE source_states SET refreshed_at = ?, tried_at = ?, trouble = '', revision = ?, server = ?, instructions = ?, capabilities = ?,
		ticket = NULL, ticket_until = NULL WHERE source_id = ? AND ticket = ?`,
		e.At, e.At, e.Revision, e.Server, e.Instructions, e.Capabilities, e.Source, e.Ticket))
}
