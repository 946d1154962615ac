package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type roleGrantRow struct {
	OrgID       tenants.ID   `gorm:"primaryKey"`
	ID          tenants.GUID `gorm:"primaryKey"`
	Role        tenants.Role
	GranteeKind tenants.GranteeKind
	GranteeID   tenants.GUID
	Name        string
	EndsAt      *time.Time
}

func (roleGrantRow) TableName() string { return "role_grants" }

// RoleGrants returns who may do what in an organization's console, those whose
// grant has ended included.
func (db *DB) RoleGrants(ctx context.Context, org tenants.ID) ([]tenants.RoleGrant, error) {
	var grants []tenants.RoleGrant
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		grants, err = readGrants(tx)
		return err
	})
	return grants, err
}

// HadRoleGrant reports whether a grantee's last role was once taken away. It
// stays true whatever they are granted afterwards.
func (db *DB) HadRoleGrant(ctx context.Context, org tenants.ID, g tenants.Grantee) (bool, error) {
	var had bool
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		had, err = isFormer(tx, g)
		return err
	})
	return had, err
}

// JoinOrganization gives a role to somebody who never had one, and returns what
// its grantee holds now: whoever holds grants, ended ones included, keeps exactly
// those. A role that is given leaves the owners and admins a notice that somebody
// has joined. From whom the role was taken away the fault is Forbidden.
func (db *DB) JoinOrganization(ctx context.Context, by authz.Caller, what string, g tenants.RoleGrant) ([]tenants.RoleGrant, error) {
	var held []tenants.RoleGrant
	err := db.write(ctx, by, change{what: what, decides: decidesNothing}, func(tx *gorm.DB) (difference, error) {
		grants, err := readGrants(tx)
		if err != nil {
			return difference{}, err
		}
		if held = grantsOf(grants, g.Grantee); len(held) > 0 {
			return difference{}, errUnchanged
		}
		held = []tenants.RoleGrant{g}
		d, err := addFirst(tx, by.Org(), grants, g)
		if err != nil {
			return d, err
		}
		return d, db.tell(tx, by, tenants.AdminJoined, "")
	})
	return held, err
}

// addFirst adds the first grant of somebody who never had one.
func addFirst(tx *gorm.DB, org tenants.ID, grants []tenants.RoleGrant, g tenants.RoleGrant) (difference, error) {
	former, err := isFormer(tx, g.Grantee)
	if err != nil {
		return difference{}, err
	}
	if former {
		return difference{}, errRoleTaken
	}
	before, err := grantItems(org, grants)
	if err != nil {
		return difference{}, err
	}
	return writeGrants(tx, org, before, append(grants, g))
}

// errRoleTaken is what somebody is told whose role an owner has ended.
var errRoleTaken = fault.New(fault.Forbidden, "an owner of the organization has ended your role; ask them to grant it again")

func grantsOf(all []tenants.RoleGrant, who tenants.Grantee) []tenants.RoleGrant {
	return slices.DeleteFunc(slices.Clone(all), func(g tenants.RoleGrant) bool { return g.Grantee != who })
}

func isFormer(tx *gorm.DB, g tenants.Grantee) (former bool, err error) {
	err = tx.Raw("SELECT EXISTS (SELECT FROM former_grantees WHERE grantee_kind = ? AND grantee_id = ?)", g.Kind, g.ID).Scan(&former).Error
	return former, err
}

// EditRoleGrants lets edit change who may do what in the console of the
// caller's organization. Nobody else changes them between the reading and the
// writing. Grants keep their ids; one without id is new. An organization keeps
// at least one owner without end date: what would take the last one away is
// refused. An edit that changes nothing leaves no trace.
func (db *DB) EditRoleGrants(ctx context.Context, by authz.Caller, what string, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error {
	return db.write(ctx, by, change{what: what, decides: decidesNothing}, func(tx *gorm.DB) (difference, error) {
		return editGrants(tx, by.Org(), edit)
	})
}

// TellRoleGrants is EditRoleGrants for what owners and admins are told of: an
// edit that changes something leaves a notice of this kind.
func (db *DB) TellRoleGrants(ctx context.Context, by authz.Caller, told tenants.NoticeKind, what string, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error {
	return db.write(ctx, by, change{what: what, decides: decidesNothing}, func(tx *gorm.DB) (difference, error) {
		d, err := editGrants(tx, by.Org(), edit)
		if err != nil {
			return d, err
		}
		return d, db.tell(tx, by, told, "")
	})
}

func editGrants(tx *gorm.DB, org tenants.ID, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) (difference, error) {
	grants, err := readGrants(tx)
	if err != nil {
		return difference{}, err
	}
	before, err := grantItems(org, grants)
	if err != nil {
		return difference{}, err
	}
	grants, err = edit(grants)
	if err != nil {
		return difference{}, err
	}
	return orUnchanged(writeGrants(tx, org, before, grants))
}

// writeGrants writes what differs from the grants described before, unless it
// would leave the organization without an owner.
func writeGrants(tx *gorm.DB, org tenants.ID, before []item, grants []tenants.RoleGrant) (difference, error) {
	after, err := grantItems(org, grants)
	if err != nil {
		return difference{}, err
	}
	d, err := compare(before, after)
	if err != nil || d.empty() {
		return d, err
	}
	if !slices.ContainsFunc(grants, lasting) {
		return d, fault.New(fault.Invalid, "role owner: an organization keeps at least one owner without end date; make somebody else owner first")
	}
	if err := rememberFormer(tx, d, grants); err != nil {
		return d, err
	}
	return d, d.write(tx)
}

// rememberFormer keeps whose last grant a difference takes away.
func rememberFormer(tx *gorm.DB, d difference, left []tenants.RoleGrant) error {
	for _, i := range slices.Concat(d.removed, d.was) {
		row, ok := i.row.(*roleGrantRow)
		if !ok {
			return fault.Newf(fault.Internal, "%s is no role grant", i.name)
		}
		who := tenants.Grantee{Kind: row.GranteeKind, ID: row.GranteeID}
		if len(grantsOf(left, who)) > 0 {
			continue
		}
		if err := tx.Exec("INSERT INTO former_grantees (grantee_kind, grantee_id) VALUES (?, ?) ON CONFLICT DO NOTHING", who.Kind, who.ID).Error; err != nil {
			return err
		}
	}
	return nil
}

// lasting reports whether a grant makes somebody owner for good.
func lasting(g tenants.RoleGrant) bool { return g.Role == tenants.Owner && g.EndsAt.IsZero() }

// grantItems describes grants and refuses those that break a rule.
func grantItems(org tenants.ID, grants []tenants.RoleGrant) ([]item, error) {
	items := make([]item, len(grants))
	for n, g := range grants {
		if err := g.Validate(); err != nil {
			return nil, err
		}
		if g.ID.IsZero() {
			g.ID = tenants.NewGUID()
		}
		shown := map[string]any{"role": g.Role, "granteeKind": g.Grantee.Kind, "grantee": g.Grantee.ID, "name": g.Name, "endsAt": instant(g.EndsAt)}
		row := roleGrantRow{
			OrgID: org, ID: g.ID, Role: g.Role, GranteeKind: g.Grantee.Kind, GranteeID: g.Grantee.ID, Name: g.Name, EndsAt: instant(g.EndsAt),
		}
		var err error
		if items[n], err = newItem("role grant "+g.ID.String(), shown, &row); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readGrants(tx *gorm.DB) ([]tenants.RoleGrant, error) {
	var rows []roleGrantRow
	if err := tx.Order("name, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	grants := make([]tenants.RoleGrant, len(rows))
	for n, r := range rows {
		grants[n] = tenants.RoleGrant{
			ID: r.ID, Role: r.Role, Grantee: tenants.Grantee{Kind: r.GranteeKind, ID: r.GranteeID}, Name: r.Name, EndsAt: orZero(r.EndsAt),
		}
	}
	return grants, nil
}
