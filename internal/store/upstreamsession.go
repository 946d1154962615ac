package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools/upstream"
)

var _ upstream.Sessions = (*DB)(nil)

type upstreamSessionRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	Session    tenants.GUID `gorm:"primaryKey"`
	SourceID   tenants.GUID `gorm:"primaryKey"`
	Person     tenants.GUID
	PutAt      time.Time
	ExpiresAt  time.Time
	Ciphertext []byte
}

func (upstreamSessionRow) TableName() string { return "upstream_sessions" }

// keptUpstreamSessions is how many sessions with sources are kept for one person.
// Whoever loses an older one gets another at the next call.
const keptUpstreamSessions = 200

// UpstreamSession returns what was put for a client's session and a source, or a
// fault of kind NotFound.
func (db *DB) UpstreamSession(ctx context.Context, org tenants.ID, k upstream.SessionKey) ([]byte, error) {
	var row upstreamSessionRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Where("session = ? AND source_id = ? AND expires_at > ?", k.Session, k.Source, db.now()).Take(&row).Error
	})
	return row.Ciphertext, err
}

// PutUpstreamSession keeps a session with a source in place of the one before. It
// is no configuration and no act of anybody: the calls that are made with it have
// records of their own. What has expired goes at the same time, and what the
// caller has too many of.
func (db *DB) PutUpstreamSession(ctx context.Context, by authz.Caller, s upstream.StoredSession) error {
	row := upstreamSessionRow{
		OrgID: by.Org(), Session: s.Session, SourceID: s.Source, Person: by.Identity().OID, PutAt: db.now(), ExpiresAt: s.ExpiresAt, Ciphertext: s.Ciphertext,
	}
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		put := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "org_id"}, {Name: "session"}, {Name: "source_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"person", "put_at", "expires_at", "ciphertext"}),
		}).Create(&row)
		if put.Error != nil {
			return put.Error
		}
		if err := sweep(tx, sweepUpstreamSessions, db.now()); err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM upstream_sessions WHERE (session, source_id) IN (
			SELECT session, source_id FROM upstream_sessions WHERE person = ? ORDER BY put_at DESC, session, source_id OFFSET ? FOR UPDATE SKIP LOCKED)`,
			row.Person, keptUpstreamSessions).Error
	})
}

// RemoveUpstreamSession forgets a session with a source, if it is there.
func (db *DB) RemoveUpstreamSession(ctx context.Context, by authz.Caller, k upstream.SessionKey) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Where("session = ? AND source_id = ?", k.Session, k.Source).Delete(&upstreamSessionRow{}).Error
	})
}
