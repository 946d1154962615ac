package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type secretRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Kind       tenants.CredentialKind
	Ciphertext []byte
}

func (secretRow) TableName() string { return "secrets" }

// secret reports whether there is something secret about credentials of a kind.
func secret(k tenants.CredentialKind) bool {
	return k == tenants.Certificate || k == tenants.ClientSecret
}

// PutCredential replaces the credential of the caller's organization, which
// must connect an own app, and deletes what was secret about the old one. The
// ciphertext belongs to the credential's id; a platform issuer has none.
func (db *DB) PutCredential(ctx context.Context, by authz.Caller, c tenants.Credential, ciphertext []byte) error {
	_, err := db.PutCredentialIf(ctx, by, tenants.NewCredential{Credential: c, Ciphertext: ciphertext}, func(tenants.Organization) error { return nil })
	return err
}

// PutCredentialIf is PutCredential unless check refuses the organization as it is
// before: nobody else changes it between check and the writing. It returns what
// the organization has become.
func (db *DB) PutCredentialIf(ctx context.Context, by authz.Caller, n tenants.NewCredential, check func(tenants.Organization) error) (tenants.Organization, error) {
	return db.editOrganization(ctx, by, edition{what: "credential changed", ciphertext: n.Ciphertext, edit: func(o *tenants.Organization) error {
		if err := check(*o); err != nil {
			return err
		}
		if o.Connection.Model != tenants.OwnApp {
			return fault.New(fault.Invalid, "credential: the shared app's is the platform's; connect an app registration of your own first")
		}
		o.Connection.Credential = n.Credential
		return nil
	}})
}

// PutConnection replaces the connection of the caller's organization together
// with its credential, so that an organization in use is never without one. The
// ciphertext is that of the connection's credential if it is a new one.
func (db *DB) PutConnection(ctx context.Context, by authz.Caller, c tenants.Connection, ciphertext []byte) (tenants.Organization, error) {
	return db.editOrganization(ctx, by, edition{what: "connection changed", ciphertext: ciphertext, edit: func(o *tenants.Organization) error {
		o.Connection = c
		return nil
	}})
}

// CredentialOf returns the credential of an organization, what is encrypted of
// it, and the key it is encrypted under, all of one instant. Without a credential
// it is zero; without anything secret the ciphertext is empty.
func (db *DB) CredentialOf(ctx context.Context, org tenants.ID) (c tenants.Credential, ciphertext, wrappedKey []byte, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		var row organizationRow
		if err := tx.Take(&row).Error; err != nil {
			return err
		}
		c, wrappedKey = row.credential(), row.WrappedKey
		ciphertext, err = readSecret(tx, c)
		return err
	}, oneView)
	return c, ciphertext, wrappedKey, err
}

// checkNewCredential refuses a connection whose credential is not the old one
// and cannot be stored with this ciphertext.
func checkNewCredential(old tenants.Credential, c tenants.Connection, ciphertext []byte) error {
	k := c.Credential
	if k.ID == old.ID {
		switch {
		case !sameCredential(k, old):
			return fault.New(fault.Invalid, "credential id must be a new one for another credential")
		case len(ciphertext) > 0:
			return fault.New(fault.Invalid, "credential id must be a new one; the old one's ciphertext is bound to it")
		}
		return nil
	}
	if k == (tenants.Credential{}) {
		if len(ciphertext) > 0 {
			return fault.New(fault.Invalid, "credential is missing for its ciphertext")
		}
		return nil
	}
	if err := tenants.CheckCredential(c.Model, k.Kind); err != nil {
		return err
	}
	switch {
	case k.ID.IsZero():
		return fault.New(fault.Invalid, "credential id is missing")
	case c.Model != tenants.OwnApp:
		return fault.New(fault.Invalid, "the shared app's credential is the platform's; drop credential")
	case secret(k.Kind) && len(ciphertext) == 0:
		return fault.Newf(fault.Invalid, "credential: a new %s comes with its ciphertext; put it as one", k.Kind)
	case !secret(k.Kind) && len(ciphertext) > 0:
		return fault.Newf(fault.Invalid, "credential: there is nothing secret about %s; drop the ciphertext", k.Kind)
	}
	return nil
}

// sameCredential compares instants, not how they are written.
func sameCredential(a, b tenants.Credential) bool {
	same := a.CreatedAt.Equal(b.CreatedAt) && a.ExpiresAt.Equal(b.ExpiresAt)
	a.CreatedAt, a.ExpiresAt, b.CreatedAt, b.ExpiresAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return same && a == b
}

func writeSecret(tx *gorm.DB, org tenants.ID, c tenants.Credential, ciphertext []byte) error {
	if !secret(c.Kind) {
		return nil
	}
	return tx.Create(&secretRow{OrgID: org, ID: c.ID, Kind: c.Kind, Ciphertext: ciphertext}).Error
}

func deleteSecret(tx *gorm.DB, id tenants.GUID) error {
	if id.IsZero() {
		return nil
	}
	return tx.Where("id = ?", id).Delete(&secretRow{}).Error
}

func readSecret(tx *gorm.DB, c tenants.Credential) ([]byte, error) {
	if !secret(c.Kind) {
		return nil, nil
	}
	var row secretRow
	err := tx.Where("id = ?", c.ID).Take(&row).Error
	return row.Ciphertext, err
}
