package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

const sweepEndedSessions = `DELETE FROM ended_sessions WHERE session IN (
	SELECT session FROM ended_sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)`

type endedSessionRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	Session   tenants.GUID `gorm:"primaryKey"`
	Person    tenants.GUID
	EndedAt   time.Time
	ExpiresAt time.Time
}

func (endedSessionRow) TableName() string { return "ended_sessions" }

// EndSession ends an MCP session of a person of the caller's organization, on
// every replica: the next poll hears of it. It changes no decision about anybody,
// and so no version. A session that has ended already stays so.
func (db *DB) EndSession(ctx context.Context, by authz.Caller, e authz.EndedSession) error {
	end, err := db.turns.take(ctx, line{by.Org(), ofSessions})
	if err != nil {
		return err
	}
	defer end()
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		row := endedSessionRow{OrgID: by.Org(), Session: e.Session, Person: e.Person, EndedAt: e.EndedAt, ExpiresAt: e.ExpiresAt}
		put := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if put.Error != nil || put.RowsAffected == 0 {
			return put.Error
		}
		if err := sweep(tx, sweepEndedSessions, db.now()); err != nil {
			return err
		}
		err := tx.Exec(`DELETE FROM ended_sessions WHERE session IN (
			SELECT session FROM ended_sessions WHERE person = ? ORDER BY ended_at DESC, session OFFSET ? FOR UPDATE SKIP LOCKED)`,
			e.Person, authz.KeptEnds).Error
		if err != nil {
			return err
		}
		return db.record(tx, by, change{kind: audit.SessionEnd, what: "session", session: e.Session.String()}, difference{})
	})
}

func readEndedSessions(tx *gorm.DB, now time.Time) ([]authz.EndedSession, error) {
	var rows []endedSessionRow
	if err := tx.Where("expires_at >= ?", now).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]authz.EndedSession, len(rows))
	for i, r := range rows {
		list[i] = authz.EndedSession{Session: r.Session, Person: r.Person, EndedAt: r.EndedAt, ExpiresAt: r.ExpiresAt}
	}
	return list, nil
}
