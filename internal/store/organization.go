package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type organizationRow struct {
	OrgID                tenants.ID `gorm:"primaryKey"`
	Slug                 tenants.Slug
	Name                 string
	EntraTid             tenants.TID
	State                tenants.State
	AuthMode             tenants.AuthMode
	Cloud                tenants.Cloud
	ClientID             tenants.GUID
	TokenVersions        tenants.TokenVersions
	V1Audiences          textArray `gorm:"column:v1_audiences"`
	Resource             string
	Scope                string
	AppRole              string
	Guests               tenants.Admission
	Agents               tenants.Admission
	Apps                 tenants.Admission
	GroupSource          tenants.GroupSource
	GroupsClaim          tenants.GroupsClaim
	ConnectionID         tenants.GUID
	AppModel             tenants.AppModel
	CredentialRef        *tenants.GUID
	CredentialKind       tenants.CredentialKind
	CredentialThumbprint string
	CredentialCreatedAt  *time.Time
	CredentialExpiresAt  *time.Time
	MembershipSoft       time.Duration
	MembershipHard       time.Duration
	Origins              textArray
	WrappedKey           []byte
	Version              int64 `gorm:"->"` // assigned by the database, under the row's lock
	Decisions            int64 `gorm:"->"` // likewise
}

func (organizationRow) TableName() string { return "organizations" }

func rowOf(o tenants.Organization) organizationRow {
	c := o.Connection
	row := organizationRow{
		OrgID: o.ID, Slug: o.Slug, Name: o.Name, EntraTid: o.TID, State: o.State, AuthMode: o.Mode, Cloud: c.Cloud, ClientID: c.ClientID,
		TokenVersions: c.Versions, V1Audiences: append(textArray{}, c.V1Audiences...), Resource: c.Resource, Scope: c.Scope, AppRole: c.AppRole,
		Guests: c.Guests, Agents: c.Agents, Apps: c.Apps, GroupSource: c.GroupSource, GroupsClaim: c.GroupsClaim,
		MembershipSoft: o.Membership.Soft, MembershipHard: o.Membership.Hard, Origins: append(textArray{}, o.Origins...),
	}
	row.ConnectionID, row.AppModel = c.ID, c.Model
	if k := c.Credential; !k.ID.IsZero() {
		row.CredentialRef, row.CredentialKind, row.CredentialThumbprint = &k.ID, k.Kind, k.Thumbprint
		row.CredentialCreatedAt, row.CredentialExpiresAt = instant(k.CreatedAt), instant(k.ExpiresAt)
	}
	return row
}

func (r organizationRow) organization() tenants.Organization {
	o := tenants.Organization{
		ID: r.OrgID, Slug: r.Slug, Name: r.Name, TID: r.EntraTid, State: r.State, Mode: r.AuthMode,
		Connection: tenants.Connection{
			Cloud: r.Cloud, ClientID: r.ClientID, Versions: r.TokenVersions, V1Audiences: r.V1Audiences, Resource: r.Resource, Scope: r.Scope,
			AppRole: r.AppRole, Guests: r.Guests, Agents: r.Agents, Apps: r.Apps, GroupSource: r.GroupSource, GroupsClaim: r.GroupsClaim,
		},
		Membership: tenants.MembershipPolicy{Soft: r.MembershipSoft, Hard: r.MembershipHard}, Origins: r.Origins,
	}
	o.Connection.ID, o.Connection.Model = r.ConnectionID, r.AppModel
	if r.CredentialRef != nil {
		o.Connection.Credential = tenants.Credential{
			ID: *r.CredentialRef, Kind: r.CredentialKind, Thumbprint: r.CredentialThumbprint,
			CreatedAt: orZero(r.CredentialCreatedAt), ExpiresAt: orZero(r.CredentialExpiresAt),
		}
	}
	return o
}

// instant is a time as a column that may be NULL holds it.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// NewOrganization is an organization with the key its secrets are encrypted
// under, and the encrypted credential of its app registration, if it has one.
type NewOrganization struct {
	Organization tenants.Organization
	WrappedKey   []byte
	Credential   []byte
}

// CreateOrganization adds an organization. A taken slug or Entra tenant is a
// fault of kind Conflict.
func (db *DB) CreateOrganization(ctx context.Context, by authz.Caller, n NewOrganization) error {
	if err := n.Organization.Validate(); err != nil {
		return err
	}
	row := rowOf(n.Organization)
	row.WrappedKey = n.WrappedKey
	return db.write(ctx, by, change{what: "organization created", detail: n.Organization.Slug.String()}, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if row.CredentialRef == nil {
			return nil
		}
		return tx.Create(&secretRow{OrgID: row.OrgID, ID: *row.CredentialRef, Kind: "client_secret", Ciphertext: n.Credential}).Error
	})
}

// Organization returns one organization, or a fault of kind NotFound.
func (db *DB) Organization(ctx context.Context, org tenants.ID) (tenants.Organization, error) {
	var row organizationRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Take(&row).Error })
	return row.organization(), err
}

// SetState suspends or resumes the caller's organization.
func (db *DB) SetState(ctx context.Context, by authz.Caller, state tenants.State) error {
	return db.write(ctx, by, change{what: "organization state set", detail: string(state)}, func(tx *gorm.DB) error {
		return tx.Model(&organizationRow{}).Where("true").Update("state", state).Error
	})
}

// SetOrganization replaces the name, the mode, the connection to Entra, the
// origins and the membership policy of the caller's organization. Its slug,
// tenant, state and keys stay.
func (db *DB) SetOrganization(ctx context.Context, by authz.Caller, o tenants.Organization) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if o.ID != by.Org() {
		return fault.New(fault.NotFound, "there is no such organization")
	}
	row := rowOf(o)
	return db.write(ctx, by, change{what: "organization set", detail: o.Connection.ClientID.String()}, func(tx *gorm.DB) error {
		return tx.Model(&row).Select("*").Omit("OrgID", "Slug", "EntraTid", "State", "WrappedKey", "Version", "Decisions").Updates(&row).Error
	})
}

type secretRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Kind       string
	Ciphertext []byte
}

func (secretRow) TableName() string { return "secrets" }
