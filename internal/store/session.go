package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

type endedSessionRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	Session   tenants.GUID `gorm:"primaryKey"`
	Person    tenants.GUID
	EndedAt   time.Time
	ExpiresAt time.Time
}

func (endedSessionRow) TableName() string { return "ended_sessions" }

// keptEnds is how many ended sessions of one person are remembered. A session
// never authenticates, so that nothing is lost with an older one; without a bound
// one person could fill everybody's views.
const keptEnds = 100

// EndSession ends an MCP session of a person of the caller's organization, on
// every replica. It changes no decision about anybody's token.
func (db *DB) EndSession(ctx context.Context, by authz.Caller, e authz.EndedSession) error {
	row := endedSessionRow{OrgID: by.Org(), Session: e.Session, Person: e.Person, EndedAt: e.EndedAt, ExpiresAt: e.ExpiresAt}
	what := change{kind: audit.SessionEnd, what: "session", session: e.Session.String(), decides: decidesNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		if err := tx.Create(&row).Error; err != nil {
			return difference{}, err
		}
		return difference{}, tx.Exec(`DELETE FROM ended_sessions WHERE expires_at < ? OR person = ? AND session NOT IN (
			SELECT session FROM ended_sessions WHERE person = ? ORDER BY ended_at DESC, session LIMIT ?)`,
			db.now(), e.Person, e.Person, keptEnds).Error
	})
}

func readEndedSessions(tx *gorm.DB, now time.Time) ([]authz.Revocation, error) {
	var rows []endedSessionRow
	if err := tx.Where("expires_at >= ?", now).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]authz.Revocation, len(rows))
	for i, r := range rows {
		list[i] = authz.EndedSession{Session: r.Session, Person: r.Person, EndedAt: r.EndedAt, ExpiresAt: r.ExpiresAt}.Revocation()
	}
	return list, nil
}
