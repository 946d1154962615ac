package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// ClaimOrganization adds an organization, with its first owner. A taken slug or
// Entra tenant, and a client id that another organization has connected, are
// faults of kind Conflict.
func (db *DB) ClaimOrganization(ctx context.Context, by authz.Caller, n tenants.NewOrganization) error {
	o := n.Organization
	o.ModeSince = time.Time{} // nothing has changed yet
	if err := o.Validate(); err != nil {
		return err
	}
	if err := checkNewCredential(tenants.Credential{}, o.Connection, n.Credential); err != nil {
		return err
	}
	items, err := organizationItems(o)
	if err != nil {
		return err
	}
	grants, err := grantItems(o.ID, firstOwner(n.Owner))
	if err != nil {
		return err
	}
	grounds, err := groundItems(n.Grounds)
	if err != nil {
		return err
	}
	row := rowOf(o)
	row.WrappedKey = n.WrappedKey
	what := change{what: "organization claimed", detail: o.Slug.String(), finds: findsNothing}
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		d := difference{added: grants}
		if err := checkSpent(tx, o.Slug); err != nil {
			return d, err
		}
		if err := tx.Create(&row).Error; err != nil {
			return d, err
		}
		if err := d.write(tx); err != nil {
			return d, err
		}
		d.added = slices.Concat(d.added, items, grounds)
		return d, writeSecret(tx, o.ID, o.Connection.Credential, n.Credential)
	})
}

// groundItems describes what let an organization in: how, and which operator had
// decided what.
func groundItems(g tenants.Grounds) ([]item, error) {
	shown := map[string]map[string]any{}
	if g.Admission != "" {
		shown["admission"] = map[string]any{"by": g.Admission}
	}
	if i := g.Invitation; !i.ID.IsZero() {
		shown["invitation"] = decided(i.By, map[string]any{"id": i.ID, "createdAt": i.CreatedAt})
	}
	if s := g.Slug; !s.Slug.IsZero() {
		shown["slug approval"] = decided(s.By, map[string]any{"slug": s.Slug.String(), "approvedAt": s.ApprovedAt})
	}
	var items []item
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		i, err := newItem(name, shown[name], nil)
		if err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, nil
}

func decided(by tenants.Operator, what map[string]any) map[string]any {
	what["operator"], what["operatorTenant"], what["operatorId"] = by.Name, by.TID, by.OID
	return what
}

func firstOwner(g tenants.RoleGrant) []tenants.RoleGrant {
	if g == (tenants.RoleGrant{}) {
		return nil
	}
	return []tenants.RoleGrant{g}
}

// Organization returns one organization in whatever state, or a fault of kind
// NotFound.
func (db *DB) Organization(ctx context.Context, org tenants.ID) (tenants.Organization, error) {
	var o tenants.Organization
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		o, err = readOrganization(tx)
		return err
	})
	return o, err
}

func readOrganization(tx *gorm.DB) (tenants.Organization, error) {
	var row organizationRow
	if err := tx.Take(&row).Error; err != nil {
		return tenants.Organization{}, err
	}
	return row.organization(), nil
}

// EditOrganization lets edit change the caller's organization and returns what
// it has become. Nobody else changes it between the reading and the writing. An
// organization that breaks a rule is refused with every complaint, and so is an
// edit of what never changes: its id, its slug and its Entra tenant. A
// credential can be dropped here; PutCredential and PutConnection bring another.
// An edit that changes nothing leaves no trace. What names the change in its
// record.
func (db *DB) EditOrganization(ctx context.Context, by authz.Caller, what string, edit func(*tenants.Organization) error) (tenants.Organization, error) {
	return db.editOrganization(ctx, by, edition{what: what, edit: edit})
}

// OperateOrganization is EditOrganization by an operator of the platform, and the log
// has it as their act.
func (db *DB) OperateOrganization(ctx context.Context, by authz.Caller, what, reason string, edit func(*tenants.Organization) error) (tenants.Organization, error) {
	return db.editOrganization(ctx, by, edition{what: what, detail: reason, edit: edit, kind: audit.OperatorAct})
}

// edition is an edit of an organization, with the ciphertext of the credential
// it brings.
type edition struct {
	kind       audit.Kind
	what       string
	detail     string
	edit       func(*tenants.Organization) error
	ciphertext []byte
}

func (db *DB) editOrganization(ctx context.Context, by authz.Caller, e edition) (tenants.Organization, error) {
	var after tenants.Organization
	err := db.write(ctx, by, change{kind: e.kind, what: e.what, detail: e.detail}, func(tx *gorm.DB) (difference, error) {
		before, err := readOrganization(tx)
		if err != nil {
			return difference{}, err
		}
		after = detached(before)
		if err := e.edit(&after); err != nil {
			return difference{}, err
		}
		d, err := writeOrganization(tx, before, after, e.ciphertext)
		if err == nil {
			err = db.cutOffIssued(tx, by, after, &d)
		}
		if err == nil {
			err = db.logConcerned(tx, by, before, after)
		}
		return orUnchanged(d, err)
	})
	if err != nil {
		return tenants.Organization{}, err
	}
	return after, nil
}

// writeOrganization checks what has become of an organization and writes it if
// it differs.
func writeOrganization(tx *gorm.DB, before, after tenants.Organization, ciphertext []byte) (difference, error) {
	if err := checkEdition(before, after, ciphertext); err != nil {
		return difference{}, err
	}
	was, err := organizationItems(before)
	if err != nil {
		return difference{}, err
	}
	now, err := organizationItems(after)
	if err != nil {
		return difference{}, err
	}
	d, err := compare(was, now)
	if err != nil || d.empty() {
		return d, err
	}
	return d, updateOrganization(tx, before, after, ciphertext)
}

// detached is an organization whose lists an edit may change in place.
func detached(o tenants.Organization) tenants.Organization {
	o.Origins, o.Connection.V1Audiences = slices.Clone(o.Origins), slices.Clone(o.Connection.V1Audiences)
	return o
}

// checkEdition refuses what an edit may not do, naming the field.
func checkEdition(before, after tenants.Organization, ciphertext []byte) error {
	switch {
	case after.ID != before.ID:
		return fault.New(fault.Invalid, "organization id never changes; leave it as it is")
	case after.Slug != before.Slug:
		return fault.New(fault.Invalid, "slug never changes: clients and consents rest on it; leave it as it is")
	case after.TID != before.TID:
		return fault.New(fault.Invalid, "directory (tenant) ID never changes; claim another organization for another directory")
	}
	was, now := before.Connection, after.Connection
	if !was.ClientID.IsZero() && now.ClientID != was.ClientID && now.ID == was.ID {
		return fault.New(fault.Invalid, "connection id must be a new one with another client id: the old one stands in federated credentials")
	}
	if err := checkNewCredential(was.Credential, now, ciphertext); err != nil {
		return err
	}
	return after.Validate()
}

// fixed are the columns that no edit touches.
var fixed = []string{"OrgID", "Slug", "EntraTid", "WrappedKey", "Version", "Decisions"}

func updateOrganization(tx *gorm.DB, before, after tenants.Organization, ciphertext []byte) error {
	if err := checkApp(tx, before, after); err != nil {
		return err
	}
	row := rowOf(after)
	if err := tx.Model(&row).Select("*").Omit(fixed...).Updates(&row).Error; err != nil {
		return err
	}
	if err := forgetKeptElsewhere(tx, before, after); err != nil {
		return err
	}
	was, now := before.Connection.Credential, after.Connection.Credential
	if was.ID == now.ID {
		return nil
	}
	if err := deleteSecret(tx, was.ID); err != nil {
		return err
	}
	return writeSecret(tx, after.ID, now, ciphertext)
}

// checkApp refuses an app registration that another organization has proved to
// be its own, while nothing is proved here yet. Once it is, the database itself
// refuses the second.
func checkApp(tx *gorm.DB, before, after tenants.Organization) error {
	c := after.Connection
	if c.Model != tenants.OwnApp || c.ClientID.IsZero() || c.ClientID == before.Connection.ClientID {
		return nil
	}
	var taken bool
	if err := tx.Raw("SELECT client_id_is_of_another(?, ?)", c.ClientID, after.ID).Scan(&taken).Error; err != nil {
		return err
	}
	if taken {
		return fault.New(fault.Conflict, constraintTexts["organizations_client_id_key"])
	}
	return nil
}
