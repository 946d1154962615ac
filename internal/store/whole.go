package store

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Whole returns one organization with everything it decides, all of one instant,
// or a fault of kind NotFound.
func (db *DB) Whole(ctx context.Context, org tenants.ID) (access.Whole, error) {
	var w access.Whole
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		w, err = readWhole(tx)
		return err
	}, oneView)
	return w, err
}

// EditWhole lets edit change the caller's organization, what it decides about
// access and who may do what in its console, all in one transaction that leaves
// one record, and returns what they have become. The rules of EditOrganization,
// EditAccess and EditRoleGrants hold for the part that each of them edits.
func (db *DB) EditWhole(ctx context.Context, by authz.Caller, what string, edit func(*access.Whole) error) (access.Whole, error) {
	return db.editWhole(ctx, by, wholeEdition{what: what, edit: edit})
}

// TryWhole does what EditWhole does, up to everything that the database itself
// refuses, and takes it back: it returns what the organization would become and
// leaves no trace.
func (db *DB) TryWhole(ctx context.Context, by authz.Caller, edit func(*access.Whole) error) (access.Whole, error) {
	return db.editWhole(ctx, by, wholeEdition{edit: edit, undone: true})
}

// wholeEdition is an edit of a whole.
type wholeEdition struct {
	what   string
	edit   func(*access.Whole) error
	undone bool // it is only tried
	trial  *trial
}

func (db *DB) editWhole(ctx context.Context, by authz.Caller, n wholeEdition) (access.Whole, error) {
	var w access.Whole
	err := db.write(ctx, by, change{what: n.what}, func(tx *gorm.DB) (difference, error) {
		var err error
		if w, err = readWhole(tx); err != nil {
			return difference{}, err
		}
		e, err := beginWhole(by.Org(), w)
		if err != nil {
			return difference{}, err
		}
		if n.trial != nil {
			n.trial.whole = w
			if n.trial.is, err = configurationOf(tx, w); err != nil {
				return difference{}, err
			}
		}
		w.Organization = detached(w.Organization)
		if err := n.edit(&w); err != nil {
			return difference{}, err
		}
		d, err := e.write(tx, &w)
		if err == nil {
			err = db.cutOffIssued(tx, by, w.Organization, &d)
		}
		if err == nil {
			err = db.logConcerned(tx, by, e.organization, w.Organization)
		}
		if err == nil && n.undone {
			err = cmp.Or(tx.Exec("SET CONSTRAINTS ALL IMMEDIATE").Error, n.trial.after(tx), errUnchanged)
		}
		return orUnchanged(d, err)
	})
	if err != nil {
		return access.Whole{}, err
	}
	return w, nil
}

func readWhole(tx *gorm.DB) (w access.Whole, err error) {
	if w.Organization, err = readOrganization(tx); err != nil {
		return access.Whole{}, err
	}
	if w.Access, err = readAccess(tx); err != nil {
		return access.Whole{}, err
	}
	w.RoleGrants, err = readGrants(tx)
	return w, err
}

// wholeEdit is what an edit of a whole begins from.
type wholeEdit struct {
	organization tenants.Organization
	access       accessEdit
	grants       []item
}

func beginWhole(org tenants.ID, w access.Whole) (wholeEdit, error) {
	configuration, err := beginAccess(org, w.Access)
	if err != nil {
		return wholeEdit{}, err
	}
	grants, err := grantItems(org, w.RoleGrants)
	return wholeEdit{w.Organization, configuration, grants}, err
}

func (e wholeEdit) write(tx *gorm.DB, w *access.Whole) (difference, error) {
	d, err := writeOrganization(tx, e.organization, w.Organization, nil)
	if err != nil {
		return d, err
	}
	configuration, err := e.access.write(tx, &w.Access)
	if err != nil {
		return d, err
	}
	grants, err := writeGrants(tx, e.access.org, e.grants, w.RoleGrants)
	return d.with(configuration).with(grants), err
}

// with returns both differences as one, for their record.
func (d difference) with(other difference) difference {
	return difference{
		added: slices.Concat(d.added, other.added), changed: slices.Concat(d.changed, other.changed),
		removed: slices.Concat(d.removed, other.removed), was: slices.Concat(d.was, other.was),
		lessened: slices.Concat(d.lessened, other.lessened),
	}
}
