package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// usedEvery is how often refreshes note that a connection is used.
const usedEvery = time.Hour

const (
	sweepGrants = `DELETE FROM grants WHERE id IN (
		SELECT id FROM grants WHERE ends_at < ? ORDER BY ends_at LIMIT ? FOR UPDATE SKIP LOCKED)`
	pruneGrants = `DELETE FROM grants WHERE id IN (
		SELECT id FROM grants WHERE connection_id = ? AND id <> ? ORDER BY rotated_at DESC, id OFFSET ? FOR UPDATE SKIP LOCKED)`
)

// rotate is a refresh: the only statement of its transaction. That the connection
// is used is noted unless somebody else is about it, so that refreshes of one
// connection never wait for each other; a registration lives on as long as it is
// used.
const rotate = `
	WITH rotated AS (
		UPDATE grants SET generation = generation + 1, rotated_at = @now
		WHERE id = @id AND generation = @generation AND ends_at > @now AND rotated_at > @idle
		RETURNING *),
	used AS (
		UPDATE connections SET used_at = @now WHERE id IN (
			SELECT c.id FROM connections c JOIN rotated r ON c.id = r.connection_id WHERE c.used_at < @used FOR NO KEY UPDATE OF c SKIP LOCKED)
		RETURNING client_id),
	kept AS (
		UPDATE registered_clients AS k SET expires_at = @life FROM used WHERE k.id = used.client_id AND k.expires_at < @life)
	SELECT * FROM rotated`

type grantRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	ID           tenants.GUID `gorm:"primaryKey"`
	ConnectionID tenants.GUID
	Toolset      string
	Scopes       textArray
	Contexts     textArray
	Generation   int
	RotatedAt    time.Time
	MadeAt       time.Time
	EndsAt       time.Time
}

func (grantRow) TableName() string { return "grants" }

func (r grantRow) grant() connections.Grant {
	return connections.Grant{
		ID: r.ID, Connection: r.ConnectionID, Toolset: r.Toolset, Scopes: r.Scopes, Contexts: r.Contexts, Generation: r.Generation,
		RotatedAt: r.RotatedAt.UTC(), MadeAt: r.MadeAt.UTC(), EndsAt: r.EndsAt.UTC(),
	}
}

// addGrant adds a new grant to its connection, where the one unused longest makes
// room.
func addGrant(tx *gorm.DB, g connections.Grant, now time.Time) error {
	err := tx.Exec(`INSERT INTO grants (id, connection_id, toolset, scopes, contexts, generation, rotated_at, made_at, ends_at)
		VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)`,
		g.ID, g.Connection, g.Toolset, textArray(g.Scopes), textArray(g.Contexts), now, now, g.EndsAt).Error
	if err != nil {
		return err
	}
	return tx.Exec(pruneGrants, g.Connection, g.ID, connections.MaxGrants-1).Error
}

// Rotate implements connections.Store. A grant that is over is NotFound. It leaves
// no record of its own: the token that is issued has one.
func (db *DB) Rotate(ctx context.Context, by authz.Caller, id tenants.GUID, generation int, now time.Time) (connections.Grant, error) {
	var row grantRow
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		now := *instant(now)
		rotated := tx.Raw(rotate, map[string]any{
			"now": now, "id": id, "generation": generation, "idle": now.Add(-connections.IdleLife),
			"used": now.Add(-usedEvery), "life": now.Add(connections.RegisteredLife),
		}).Scan(&row)
		if rotated.Error != nil || rotated.RowsAffected > 0 {
			return rotated.Error
		}
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		if row.Generation == generation {
			row = grantRow{}
			return fault.New(fault.NotFound, "the authorization is over; sign in again")
		}
		return fault.New(fault.Conflict, "the refresh token was exchanged already; use its successor")
	})
	return row.grant(), err
}

// heldGrant is a grant with its connection.
type heldGrant struct {
	Grant      grantRow      `gorm:"embedded;embeddedPrefix:grant_"`
	Connection connectionRow `gorm:"embedded"`
}

// Grant implements connections.Store. A grant that is over is returned while it is
// there.
func (db *DB) Grant(ctx context.Context, org tenants.ID, id tenants.GUID) (connections.Grant, connections.Connection, error) {
	var held heldGrant
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		found := tx.Raw(`SELECT c.*, g.id AS grant_id, g.connection_id AS grant_connection_id, g.toolset AS grant_toolset, g.scopes AS grant_scopes,
				g.contexts AS grant_contexts, g.generation AS grant_generation, g.rotated_at AS grant_rotated_at, g.made_at AS grant_made_at, g.ends_at AS grant_ends_at
			FROM grants g JOIN connections c ON (c.org_id, c.id) = (g.org_id, g.connection_id) WHERE g.id = ?`, id).Scan(&held)
		if found.Error == nil && found.RowsAffected == 0 {
			return gorm.ErrRecordNotFound
		}
		return found.Error
	})
	if err != nil {
		return connections.Grant{}, connections.Connection{}, err
	}
	return held.Grant.grant(), held.Connection.connection(), nil
}

// EndGrant implements connections.Store.
func (db *DB) EndGrant(ctx context.Context, by authz.Caller, id tenants.GUID, why string) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		var row grantRow
		ended := tx.Raw("DELETE FROM grants WHERE id = ? RETURNING *", id).Scan(&row)
		if ended.Error != nil || ended.RowsAffected == 0 {
			return ended.Error
		}
		shown, err := newItem("grant "+id.String(), map[string]any{
			"connection": row.ConnectionID, "toolset": row.Toolset, "scopes": row.Scopes, "generation": row.Generation, "madeAt": instant(row.MadeAt),
		}, nil)
		if err != nil {
			return err
		}
		var whose connectionRow
		if err := tx.Select("person", "person_name").Where("id = ?", row.ConnectionID).Take(&whose).Error; err != nil {
			return err
		}
		return db.record(tx, by, change{kind: audit.Revocation, what: "ended grant", detail: why}, difference{removed: []item{shown}, about: whose.subject()})
	})
}
