package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type bodyGrantRow struct {
	OrgID       tenants.ID   `gorm:"primaryKey"`
	ID          tenants.GUID `gorm:"primaryKey"`
	GranteeKind tenants.GranteeKind
	GranteeID   tenants.GUID
	Name        string
	Reason      string
	GrantedAt   time.Time
	GrantedBy   tenants.GUID
	Granter     string
	BeginsAt    time.Time
	EndsAt      time.Time
	WithdrawnAt *time.Time
}

func (bodyGrantRow) TableName() string { return "body_grants" }

func (r bodyGrantRow) grant() tenants.BodyGrant {
	return tenants.BodyGrant{
		ID: r.ID, Grantee: tenants.Grantee{Kind: r.GranteeKind, ID: r.GranteeID}, Name: r.Name, Reason: r.Reason, GrantedAt: r.GrantedAt.UTC(),
		GrantedBy: tenants.Person{OID: r.GrantedBy, Name: r.Granter}, BeginsAt: r.BeginsAt.UTC(), EndsAt: r.EndsAt.UTC(), Withdrawn: orZero(r.WithdrawnAt),
	}
}

// shown is what the log says of a grant.
func (r *bodyGrantRow) shown() map[string]any {
	s := map[string]any{"granteeKind": r.GranteeKind, "grantee": r.GranteeID, "name": r.Name, "reason": r.Reason, "beginsAt": r.BeginsAt.UTC(), "endsAt": r.EndsAt.UTC()}
	if r.WithdrawnAt != nil {
		s["withdrawnAt"] = r.WithdrawnAt.UTC()
	}
	return s
}

// The bounds of grants.
const (
	maxBodyGrants   = 50 // that are not over
	bodyGrantsShown = 90 * 24 * time.Hour
)

// BodyGrants returns who may read recorded bodies, or might within ninety days, the
// newest first.
func (db *DB) BodyGrants(ctx context.Context, org tenants.ID) (grants []tenants.BodyGrant, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		grants, err = readBodyGrants(tx)
		return err
	})
	return grants, err
}

func readBodyGrants(tx *gorm.DB) ([]tenants.BodyGrant, error) {
	var rows []bodyGrantRow
	err := tx.Order("granted_at DESC, id").Find(&rows).Error
	grants := make([]tenants.BodyGrant, len(rows))
	for i, r := range rows {
		grants[i] = r.grant()
	}
	return grants, err
}

// GrantBodies lets somebody read recorded bodies for a while, leaves a notice of it, and
// returns the grant as it is made. Nobody grants it to themselves while the organization
// has another owner: that is Forbidden. A grant behind which nobody stands but who makes
// it, to themselves or to an automation, begins after tenants.BodyGrantWait. What breaks a
// rule is Invalid; one too many is Conflict.
func (db *DB) GrantBodies(ctx context.Context, by authz.Caller, g tenants.BodyGrant) (tenants.BodyGrant, error) {
	now := db.now().UTC().Truncate(time.Microsecond)
	id := by.Identity()
	g.GrantedAt, g.GrantedBy, g.BeginsAt, g.EndsAt, g.Withdrawn = now, tenants.Person{OID: id.OID, Name: id.Name}, now, g.EndsAt.UTC().Truncate(time.Microsecond), time.Time{}
	own := g.Grantee == tenants.Grantee{Kind: tenants.PersonGrantee, ID: id.OID}
	if own || g.Grantee.Kind == tenants.AppGrantee {
		g.BeginsAt = now.Add(tenants.BodyGrantWait)
	}
	if err := g.Validate(now); err != nil {
		return g, err
	}
	err := db.write(ctx, by, change{what: "permission to read bodies created", decides: decidesNothing, keeps: keepsNothing}, func(tx *gorm.DB) (difference, error) {
		if err := db.mayGrantBodies(tx, id.OID, own); err != nil {
			return difference{}, err
		}
		row := bodyGrantRow{
			OrgID: by.Org(), ID: g.ID, GranteeKind: g.Grantee.Kind, GranteeID: g.Grantee.ID, Name: g.Name, Reason: strings.TrimSpace(g.Reason),
			GrantedAt: g.GrantedAt, GrantedBy: id.OID, Granter: id.Name, BeginsAt: g.BeginsAt, EndsAt: g.EndsAt,
		}
		d, err := bodyGrantDifference(nil, &row)
		if err == nil {
			err = d.write(tx)
		}
		if err != nil {
			return d, err
		}
		return d, db.tell(tx, by, tenants.BodiesOpened, row.Reason)
	})
	return g, err
}

func (db *DB) mayGrantBodies(tx *gorm.DB, granter tenants.GUID, own bool) error {
	now := db.now()
	roles, err := readGrants(tx)
	if err != nil {
		return err
	}
	other := slices.ContainsFunc(roles, func(r tenants.RoleGrant) bool {
		return r.Role == tenants.Owner && r.Grantee.ID != granter && !r.Ended(now)
	})
	if own && other {
		return fault.New(fault.Forbidden, "nobody grants this to themselves where there is another owner; ask one of them")
	}
	if err := tx.Exec("DELETE FROM body_grants WHERE ends_at < ?", instant(now.Add(-bodyGrantsShown))).Error; err != nil {
		return err
	}
	all, err := readBodyGrants(tx)
	if err != nil {
		return err
	}
	open := 0
	for _, g := range all {
		if g.Withdrawn.IsZero() && now.Before(g.EndsAt) {
			open++
		}
	}
	if open >= maxBodyGrants {
		return fault.Newf(fault.Conflict, "%d people and automations may read bodies already, which is the most; withdraw one", open)
	}
	return nil
}

// WithdrawBodies ends a grant at once. One that is over stays as it is; one that is not
// there is NotFound.
func (db *DB) WithdrawBodies(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return db.write(ctx, by, change{what: "permission to read bodies deleted", decides: decidesNothing, keeps: keepsNothing}, func(tx *gorm.DB) (difference, error) {
		var row bodyGrantRow
		if err := tx.Take(&row, "id = ?", id).Error; err != nil {
			return difference{}, err
		}
		if g := row.grant(); !g.Withdrawn.IsZero() || !db.now().Before(g.EndsAt) {
			return difference{}, errUnchanged
		}
		was := row
		row.WithdrawnAt = instant(db.now())
		d, err := bodyGrantDifference(&was, &row)
		if err != nil {
			return d, err
		}
		return d, tx.Exec("UPDATE body_grants SET withdrawn_at = ? WHERE id = ?", row.WithdrawnAt, id).Error
	})
}

// MayReadBodies reports whether somebody may read recorded bodies now.
func (db *DB) MayReadBodies(ctx context.Context, org tenants.ID, who tenants.Grantee) (bool, error) {
	grants, err := db.BodyGrants(ctx, org)
	now := db.now()
	return slices.ContainsFunc(grants, func(g tenants.BodyGrant) bool { return g.Grantee == who && g.InForce(now) }), err
}

func bodyGrantDifference(before, after *bodyGrantRow) (difference, error) {
	var lists [2][]item
	for n, row := range []*bodyGrantRow{before, after} {
		if row == nil {
			continue
		}
		i, err := newItem("permission to read bodies "+row.ID.String(), row.shown(), row)
		if err != nil {
			return difference{}, err
		}
		lists[n] = []item{i}
	}
	return compare(lists[0], lists[1])
}
