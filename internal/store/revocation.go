package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

type revocationRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	ID        tenants.GUID `gorm:"primaryKey"`
	Kind      authz.RevocationKind
	Subject   string
	NotBefore time.Time
	ExpiresAt time.Time
}

func (revocationRow) TableName() string { return "revocations" }

// Revoke cuts off a person, a client, a session or everybody in the caller's
// organization, and ends the grants that were made before: they outlive the
// revocation. Revocations that can no longer matter go at the same time.
func (db *DB) Revoke(ctx context.Context, by authz.Caller, r authz.Revocation) error {
	if err := r.Validate(); err != nil {
		return err
	}
	row := revocationRow{OrgID: by.Org(), ID: r.ID, Kind: r.Kind, Subject: r.Subject, NotBefore: r.NotBefore, ExpiresAt: r.ExpiresAt}
	return db.write(ctx, by, change{kind: audit.Revocation, what: "revoked " + string(r.Kind), detail: r.Subject}, func(tx *gorm.DB) (difference, error) {
		if err := endCovered(tx, r); err != nil {
			return difference{}, err
		}
		if err := forgetAuthorizations(tx, r); err != nil {
			return difference{}, err
		}
		if err := forgetKept(tx, r); err != nil {
			return difference{}, err
		}
		return difference{}, db.cutOff(tx, row)
	})
}

// covered says which connections a revocation is about. Software may be listed by
// the host of its document, whatever it was when somebody agreed to it.
var covered = map[authz.RevocationKind]string{
	authz.RevokePerson:       "c.person = CAST(@subject AS uuid)",
	authz.RevokeConnection:   "c.id = CAST(@subject AS uuid)",
	authz.RevokeClient:       "(@subject IN (c.software, c.client_id) OR starts_with(c.client_id, @subject || '/'))",
	authz.RevokeConnections:  "true",
	authz.RevokeOrganization: "true",
}

// endCovered removes the grants that a revocation covers.
func endCovered(tx *gorm.DB, r authz.Revocation) error {
	which, ok := covered[r.Kind]
	if !ok { // a session has none
		return nil
	}
	return tx.Exec("DELETE FROM grants g USING connections c WHERE (c.org_id, c.id) = (g.org_id, g.connection_id) AND g.made_at < @before AND "+which,
		map[string]any{"subject": r.Subject, "before": r.NotBefore}).Error
}

// cutOffIssued ends what AI apps have been given if an organization that is written
// cuts it off: the grants for good, whichever way it turns later, and the access
// tokens of ours. It adds that to the difference.
func (db *DB) cutOffIssued(tx *gorm.DB, o tenants.Organization, d *difference) error {
	if !o.CutsOff() {
		return nil
	}
	ended := tx.Exec("DELETE FROM grants")
	if ended.Error != nil {
		return ended.Error
	}
	now := db.now()
	row := revocationRow{OrgID: o.ID, ID: tenants.NewGUID(), Kind: authz.RevokeConnections, NotBefore: now, ExpiresAt: now.Add(cutLife)}
	if err := db.cutOff(tx, row); err != nil {
		return err
	}
	shown, err := newItem("cut-off", map[string]any{"before": instant(now), "grants": ended.RowsAffected}, nil)
	d.added = append(d.added, shown)
	return err
}

// forgetAuthorizations removes what people whom a revocation covers have agreed to
// at sources before it.
func forgetAuthorizations(tx *gorm.DB, r authz.Revocation) error {
	switch r.Kind {
	case authz.RevokePerson:
		return tx.Exec("DELETE FROM source_authorizations WHERE made_at < ? AND person = CAST(? AS uuid)", r.NotBefore, r.Subject).Error
	case authz.RevokeOrganization:
		return tx.Exec("DELETE FROM source_authorizations WHERE made_at < ?", r.NotBefore).Error
	case authz.RevokeClient, authz.RevokeSession, authz.RevokeConnection, authz.RevokeConnections:
	}
	return nil
}

// cutOff adds a revocation in place of those that can no longer matter.
func (db *DB) cutOff(tx *gorm.DB, row revocationRow) error {
	if err := tx.Where("expires_at < ?", db.now()).Delete(&revocationRow{}).Error; err != nil {
		return err
	}
	return tx.Create(&row).Error
}

func readRevocations(tx *gorm.DB, now time.Time) ([]authz.Revocation, error) {
	var rows []revocationRow
	if err := tx.Where("expires_at >= ?", now).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]authz.Revocation, len(rows))
	for i, r := range rows {
		list[i] = authz.Revocation{ID: r.ID, Kind: r.Kind, Subject: r.Subject, NotBefore: r.NotBefore, ExpiresAt: r.ExpiresAt}
	}
	return list, nil
}
