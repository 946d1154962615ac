package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

const sweepSourceAuthorizations = `DELETE FROM source_authorizations WHERE id IN (
	SELECT id FROM source_authorizations WHERE renewed_at < ? LIMIT ? FOR UPDATE SKIP LOCKED)`

type sourceAuthorizationRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	ID           tenants.GUID `gorm:"primaryKey"`
	Person       tenants.GUID
	PersonName   string
	Username     string
	SourceID     tenants.GUID
	CredentialID tenants.GUID
	Issuer       string
	Scopes       textArray
	Kept         []byte
	Generation   int
	MadeAt       time.Time
	RenewedAt    time.Time
}

func (sourceAuthorizationRow) TableName() string { return "source_authorizations" }

func (r sourceAuthorizationRow) authorization() authorizations.Authorization {
	return authorizations.Authorization{
		ID: r.ID, Person: authorizations.Person{OID: r.Person, Name: r.PersonName, Username: r.Username}, Source: r.SourceID, Credential: r.CredentialID,
		Issuer: r.Issuer, Scopes: slices.Clone([]string(r.Scopes)), Kept: r.Kept, Generation: r.Generation, MadeAt: r.MadeAt.UTC(), RenewedAt: r.RenewedAt.UTC(),
	}
}

var errNoSourceAuthorization = fault.New(fault.NotFound, "there is no such authorization; it may be revoked already")

// AuthorizeSource implements authorizations.Store. What was agreed to for a
// credential that the source has no more is NotFound.
func (db *DB) AuthorizeSource(ctx context.Context, by authz.Caller, a authorizations.Authorization) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := besideRevocations(tx); err != nil {
			return err
		}
		now := *instant(db.now())
		if err := sweep(tx, sweepSourceAuthorizations, now.Add(-authorizations.Life)); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM source_authorizations WHERE person = ? AND credential_id = ?", a.Person.OID, a.Credential).Error; err != nil {
			return err
		}
		made := tx.Exec(`INSERT INTO source_authorizations (id, person, person_name, username, source_id, credential_id, issuer, scopes, kept, generation, made_at, renewed_at)
			SELECT ?, ?, ?, ?, s.id, s.credential_id, ?, ?, ?, 1, ?, ? FROM sources s WHERE s.id = ? AND s.credential_id = ?`,
			a.ID, a.Person.OID, text.Storable(a.Person.Name), text.Storable(a.Person.Username), text.Storable(a.Issuer), storableScopes(a.Scopes), a.Kept, now, now, a.Source, a.Credential)
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 0 {
			return fault.New(fault.NotFound, "the source has been removed or changed meanwhile; sign in to it again")
		}
		return db.recordSourceConsent(tx, by, a)
	})
}

func storableScopes(scopes []string) textArray {
	all := textArray{}
	for _, s := range scopes {
		all = append(all, text.Storable(s))
	}
	return all
}

// recordSourceConsent says who agreed to what.
func (db *DB) recordSourceConsent(tx *gorm.DB, by authz.Caller, a authorizations.Authorization) error {
	shown, err := newItem("source authorization "+a.ID.String(), map[string]any{
		"source": a.Source, "credential": a.Credential, "issuer": a.Issuer, "scopes": append([]string{}, a.Scopes...),
	}, nil)
	if err != nil {
		return err
	}
	return db.record(tx, by, change{kind: audit.Consent, what: "source authorization " + a.ID.String(), detail: a.Issuer},
		difference{added: []item{shown}, about: audit.Subject{OID: a.Person.OID, Name: a.Person.Name}})
}

// SourceAuthorization implements authorizations.Store.
func (db *DB) SourceAuthorization(ctx context.Context, org tenants.ID, k authorizations.Key) (authorizations.Authorization, error) {
	var row sourceAuthorizationRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Where("person = ? AND credential_id = ?", k.Person, k.Credential).Take(&row).Error
	})
	if err != nil {
		return authorizations.Authorization{}, err
	}
	return row.authorization(), nil
}

// SourceAuthorizations implements authorizations.Store. At most 500 are listed at a
// time; where the one to go on after is gone, it is NotFound.
func (db *DB) SourceAuthorizations(ctx context.Context, org tenants.ID, f authorizations.Filter) ([]authorizations.Authorization, error) {
	var rows []sourceAuthorizationRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		query := tx.Order("made_at DESC, id DESC").Limit(pageOf(f.Most))
		if !f.Person.IsZero() {
			query = query.Where("person = ?", f.Person)
		}
		if !f.Source.IsZero() {
			query = query.Where("source_id = ?", f.Source)
		}
		if !f.After.IsZero() {
			var after sourceAuthorizationRow
			if err := tx.Select("made_at").Where("id = ?", f.After).Take(&after).Error; err != nil {
				return fault.Wrap(fault.NotFound, "the authorization to go on after is gone; list them from the first", err)
			}
			query = query.Where("(made_at, id) < (?, ?)", after.MadeAt, f.After)
		}
		return query.Find(&rows).Error
	})
	list := make([]authorizations.Authorization, len(rows))
	for i, r := range rows {
		list[i] = r.authorization()
	}
	return list, err
}

// RevokeSourceAuthorization implements authorizations.Store. The new version of the
// organization has every replica forget what it holds.
func (db *DB) RevokeSourceAuthorization(ctx context.Context, by authz.Caller, r authorizations.Revoking) (authorizations.Authorization, error) {
	var row sourceAuthorizationRow
	what := change{kind: audit.Revocation, what: "revoked source authorization", detail: r.ID.String() + ": " + r.Why, decides: decidesNothing}
	err := db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		removed := tx.Raw("DELETE FROM source_authorizations WHERE id = ? AND (? OR person = ?) RETURNING *", r.ID, r.Person.IsZero(), r.Person).Scan(&row)
		if removed.Error == nil && removed.RowsAffected == 0 {
			return difference{}, errNoSourceAuthorization
		}
		if removed.Error != nil {
			return difference{}, removed.Error
		}
		shown, err := newItem("source authorization "+r.ID.String(), map[string]any{"source": row.SourceID, "issuer": row.Issuer}, nil)
		return difference{removed: []item{shown}, about: audit.Subject{OID: row.Person, Name: row.PersonName}}, err
	})
	if err != nil {
		return authorizations.Authorization{}, err
	}
	return row.authorization(), nil
}

// errRenewed says that somebody else renews an authorization, or has.
var errRenewed = fault.New(fault.Conflict, "the authorization is being renewed, or has been; read it again")

// ClaimRenewal implements authorizations.Store.
func (db *DB) ClaimRenewal(ctx context.Context, by authz.Caller, c authorizations.Claim) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		claimed := tx.Exec("UPDATE source_authorizations SET renewing = ? WHERE id = ? AND generation = ? AND (renewing IS NULL OR renewing <= ?)",
			*instant(c.Until), c.ID, c.Generation, *instant(c.Now))
		return db.renewed(tx, claimed, c.ID)
	})
}

// RenewSourceAuthorization implements authorizations.Store. It is no event of the
// log.
func (db *DB) RenewSourceAuthorization(ctx context.Context, by authz.Caller, a authorizations.Authorization) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		renewed := tx.Exec("UPDATE source_authorizations SET kept = ?, scopes = ?, generation = generation + 1, renewing = NULL, renewed_at = ? WHERE id = ? AND generation = ?",
			a.Kept, storableScopes(a.Scopes), *instant(db.now()), a.ID, a.Generation)
		return db.renewed(tx, renewed, a.ID)
	})
}

// renewed says what it means that nothing was updated.
func (*DB) renewed(tx, updated *gorm.DB, id tenants.GUID) error {
	if updated.Error != nil || updated.RowsAffected > 0 {
		return updated.Error
	}
	if err := tx.Select("id").Where("id = ?", id).Take(&sourceAuthorizationRow{}).Error; err != nil {
		return err
	}
	return errRenewed
}

// SourceClient implements authorizations.Store.
func (db *DB) SourceClient(ctx context.Context, org tenants.ID, credential tenants.GUID) (ciphertext []byte, made time.Time, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var row struct {
			Ciphertext []byte
			MadeAt     time.Time
		}
		err := tx.Table("source_clients").Where("credential_id = ?", credential).Take(&row).Error
		ciphertext, made = row.Ciphertext, row.MadeAt.UTC()
		return err
	})
	return ciphertext, made, err
}

// KeepSourceClient implements authorizations.Store. It is no event of the log.
func (db *DB) KeepSourceClient(ctx context.Context, by authz.Caller, credential tenants.GUID, ciphertext []byte) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if ciphertext == nil {
			return tx.Exec("DELETE FROM source_clients WHERE credential_id = ?", credential).Error
		}
		return tx.Exec(`INSERT INTO source_clients (credential_id, ciphertext, made_at) VALUES (?, ?, ?)
			ON CONFLICT (org_id, credential_id) DO UPDATE SET ciphertext = EXCLUDED.ciphertext, made_at = EXCLUDED.made_at`, credential, ciphertext, *instant(db.now())).Error
	})
}
