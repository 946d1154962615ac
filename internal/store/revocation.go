package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

type revocationRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	ID        tenants.GUID `gorm:"primaryKey"`
	Kind      authz.RevocationKind
	Subject   string
	NotBefore time.Time
	ExpiresAt time.Time
	MadeAt    time.Time
	MadeBy    *tenants.GUID
	ByKind    string
	ByName    string
	Why       string
}

func (revocationRow) TableName() string { return "revocations" }

func (r revocationRow) revocation() authz.Revocation {
	return authz.Revocation{ID: r.ID, Kind: r.Kind, Subject: r.Subject, NotBefore: r.NotBefore.UTC(), ExpiresAt: r.ExpiresAt.UTC(), Why: r.Why}
}

func (r revocationRow) standing() authz.StandingRevocation {
	s := authz.StandingRevocation{Revocation: r.revocation(), By: authz.Revoker{Kind: r.ByKind, Name: r.ByName}, MadeAt: r.MadeAt.UTC()}
	if r.MadeBy != nil {
		s.By.OID = *r.MadeBy
	}
	return s
}

// errNoConnection is what is said of a connection that was never there, or is gone.
var errNoConnection = fault.New(fault.NotFound, "there is no such connection; it may be revoked already")

// Revoke cuts off a person, a client, a connection, a session or everybody in the
// caller's organization, and ends what was made before and outlives the revocation:
// grants, what people have let Gatehouse do at sources, what Entra has given to go
// on with, and consent that is remembered. A connection goes altogether; one that is
// not there is NotFound. Revocations that can no longer matter go at the same time.
func (db *DB) Revoke(ctx context.Context, by authz.Caller, r authz.Revocation) error {
	if err := r.Validate(); err != nil {
		return err
	}
	what := changeOf(r)
	return db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		d, err := endCovered(tx, r)
		if err != nil {
			return difference{}, err
		}
		return d, db.cutOff(tx, by, r)
	})
}

// changeOf is what the log says of a revocation: of whom or what, and why. A person
// stands where they can be erased.
func changeOf(r authz.Revocation) change {
	c := change{kind: audit.Revocation, what: "revoked " + string(r.Kind), detail: r.Why}
	person, err := tenants.ParseGUID(r.Subject)
	switch {
	case r.Kind == authz.RevokePerson && err == nil:
		c.subject.OID = person
	case r.Subject == "" || r.Why == "":
		c.detail = r.Subject + r.Why
	default:
		c.detail = r.Subject + ": " + r.Why
	}
	return c
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

// endCovered ends what a revocation covers and outlives it, and returns what that
// was.
func endCovered(tx *gorm.DB, r authz.Revocation) (difference, error) {
	if r.Kind == authz.RevokeConnection {
		return removeConnection(tx, r.Subject)
	}
	which, ok := covered[r.Kind]
	if !ok { // a session has none
		return difference{}, nil
	}
	ended := map[string]any{"before": instant(r.NotBefore)}
	for _, e := range endsOf(r.Kind, which) {
		done := tx.Exec(e.sql, map[string]any{"subject": r.Subject, "before": r.NotBefore})
		if done.Error != nil {
			return difference{}, done.Error
		}
		ended[e.name] = done.RowsAffected
	}
	shown, err := newItem("cut-off", ended, nil)
	return difference{added: []item{shown}}, err
}

// end is a statement that ends something, and what the log calls that.
type end struct{ name, sql string }

// endsOf returns how everything ends that a revocation of connections, or of all that
// a person has, covers.
func endsOf(kind authz.RevocationKind, connections string) []end {
	all := []end{
		{"grants", "DELETE FROM grants g USING connections c WHERE (c.org_id, c.id) = (g.org_id, g.connection_id) AND g.made_at < @before AND " + connections},
		{"entraSignIns", "UPDATE connections c SET entra = NULL, entra_at = NULL WHERE c.entra IS NOT NULL AND c.entra_at < @before AND " + connections},
		{"consents", "UPDATE connections c SET agreed = NULL WHERE c.agreed IS NOT NULL AND c.used_at < @before AND " + connections},
	}
	whose, ok := coveredPeople[kind]
	if !ok {
		return all
	}
	return append(all,
		end{"sourceAuthorizations", "DELETE FROM source_authorizations WHERE made_at < @before AND " + whose},
		end{"keptTokens", "DELETE FROM kept_tokens WHERE made_at < @before AND " + whose})
}

// coveredPeople says whose a revocation covers of what no client has a part in: what
// people have agreed to at sources, and what Entra has given on their behalf.
var coveredPeople = map[authz.RevocationKind]string{
	authz.RevokePerson:       "person = CAST(@subject AS uuid)",
	authz.RevokeOrganization: "true",
}

// besideRevocations has a transaction that gives somebody something to go on with
// wait for a revocation under way, and the next one wait for it: otherwise neither
// would see the other, and what was given would outlive the revocation.
func besideRevocations(tx *gorm.DB) error {
	return tx.Exec("SELECT FROM organizations FOR SHARE").Error
}

// removeConnection removes a connection and its grants.
func removeConnection(tx *gorm.DB, id string) (difference, error) {
	if err := tx.Exec("DELETE FROM grants WHERE connection_id = CAST(? AS uuid)", id).Error; err != nil { // before the connection, as Rotate locks them
		return difference{}, err
	}
	var row connectionRow
	removed := tx.Raw("DELETE FROM connections WHERE id = CAST(? AS uuid) RETURNING *", id).Scan(&row)
	if removed.Error == nil && removed.RowsAffected == 0 {
		return difference{}, errNoConnection
	}
	if removed.Error != nil {
		return difference{}, removed.Error
	}
	shown, err := newItem("connection "+id, map[string]any{"client": row.ClientID, "software": row.Software, "name": row.Name}, nil)
	return difference{removed: []item{shown}, about: row.subject()}, err
}

// cutOffIssued ends what AI apps have been given if an organization that is written
// cuts it off: the grants for good, whichever way it turns later, and the access
// tokens of ours. It adds that to the difference.
func (db *DB) cutOffIssued(tx *gorm.DB, by authz.Caller, o tenants.Organization, d *difference) error {
	if !o.CutsOff() {
		return nil
	}
	ended := tx.Exec("DELETE FROM grants")
	if ended.Error != nil {
		return ended.Error
	}
	now := db.now()
	if err := db.cutOff(tx, by, authz.Revocation{ID: tenants.NewGUID(), Kind: authz.RevokeConnections, NotBefore: now, ExpiresAt: now.Add(cutLife)}); err != nil {
		return err
	}
	shown, err := newItem("cut-off", map[string]any{"before": instant(now), "grants": ended.RowsAffected}, nil)
	d.added = append(d.added, shown)
	return err
}

// cutOff adds a revocation in place of those that can no longer matter.
func (db *DB) cutOff(tx *gorm.DB, by authz.Caller, r authz.Revocation) error {
	now := db.now()
	if err := tx.Where("expires_at < ?", now).Delete(&revocationRow{}).Error; err != nil {
		return err
	}
	id := by.Identity()
	return tx.Create(&revocationRow{
		OrgID: by.Org(), ID: r.ID, Kind: r.Kind, Subject: r.Subject, NotBefore: r.NotBefore, ExpiresAt: r.ExpiresAt,
		MadeAt: now, MadeBy: idOrNull(id.OID), ByKind: id.Kind.String(), ByName: text.Storable(text.Cut(id.Name, 200)), Why: text.Storable(text.Cut(r.Why, 2000)),
	}).Error
}

// readRevocations returns what a view needs of those in force.
func readRevocations(tx *gorm.DB, now time.Time) ([]authz.Revocation, error) {
	var rows []revocationRow
	if err := tx.Select("id", "kind", "subject", "not_before", "expires_at").Where("expires_at >= ?", now).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]authz.Revocation, len(rows))
	for i, r := range rows {
		list[i] = r.revocation()
	}
	return list, nil
}

// Revocations returns those of an organization that are in force.
func (db *DB) Revocations(ctx context.Context, org tenants.ID) ([]authz.StandingRevocation, error) {
	var rows []revocationRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Where("expires_at >= ?", db.now()).Find(&rows).Error })
	list := make([]authz.StandingRevocation, len(rows))
	for i, r := range rows {
		list[i] = r.standing()
	}
	return list, err
}

// PersonCutOff reports whether a person of an organization was cut off, alone or
// with everybody, since they signed in at an instant.
func (db *DB) PersonCutOff(ctx context.Context, org tenants.ID, person tenants.GUID, since time.Time) (cut bool, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw("SELECT EXISTS (SELECT FROM revocations WHERE expires_at >= ? AND not_before > ? AND (kind = ? OR kind = ? AND subject = ?))",
			db.now(), since, authz.RevokeOrganization, authz.RevokePerson, person.String()).Scan(&cut).Error
	})
	return cut, err
}
