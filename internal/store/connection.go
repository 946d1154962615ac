package store

import (
	"bytes"
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// A connection that no grant can be left of goes, and so does the one unused
// longest of a person who has more than keptConnections.
const (
	sweepConnections = `DELETE FROM connections WHERE id IN (
		SELECT id FROM connections WHERE used_at < ? ORDER BY used_at LIMIT ? FOR UPDATE SKIP LOCKED)`
	pruneConnections = `DELETE FROM connections WHERE id IN (
		SELECT id FROM connections WHERE person = ? AND id <> ? ORDER BY used_at DESC, id OFFSET ? FOR UPDATE SKIP LOCKED)`

	keptConnections = 200
)

type connectionRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	ID         tenants.GUID `gorm:"primaryKey"`
	Person     tenants.GUID
	PersonName string
	Username   string
	Guest      bool
	ClientID   string
	Software   string
	Name       string
	Host       string
	Proves     bool
	Redirect   string
	Agreed     []byte
	Entra      []byte
	EntraAt    *time.Time
	MadeAt     time.Time
	UsedAt     time.Time
}

func (connectionRow) TableName() string { return "connections" }

func rowOfConnection(c connections.Connection) connectionRow {
	row := connectionRow{
		ID: c.ID, Person: c.Person.OID, PersonName: text.Storable(c.Person.Name), Username: text.Storable(c.Person.Username), Guest: c.Person.Guest,
		ClientID: c.Client, Software: text.Storable(c.Software), Name: text.Storable(c.Name), Host: text.Storable(c.Host), Proves: c.Proves, Redirect: text.Storable(c.Redirect),
		Entra: c.Entra, EntraAt: instant(c.EntraAt),
	}
	if c.Agreed != [32]byte{} {
		row.Agreed = c.Agreed[:]
	}
	if c.Entra == nil {
		row.EntraAt = nil
	}
	return row
}

// subject is whom the log names for the connection.
func (r connectionRow) subject() audit.Subject {
	return audit.Subject{OID: r.Person, Name: r.PersonName}
}

func (r connectionRow) connection() connections.Connection {
	c := connections.Connection{
		ID: r.ID, Person: connections.Person{OID: r.Person, Name: r.PersonName, Username: r.Username, Guest: r.Guest},
		Client: r.ClientID, Software: r.Software, Name: r.Name, Host: r.Host, Proves: r.Proves, Redirect: r.Redirect,
		Entra: r.Entra, EntraAt: orZero(r.EntraAt), MadeAt: r.MadeAt.UTC(), UsedAt: r.UsedAt.UTC(),
	}
	copy(c.Agreed[:], r.Agreed)
	return c
}

// Connect implements connections.Store. The store says when the connection was
// made and used, and when the grant was made, which is of generation 1. Entra's
// token is encrypted for the id of c: where the connection has another, because two
// have agreed at once, nobody could open it there, and the one before stays. That
// one was taken away from it is forgotten: the person has signed in since.
func (db *DB) Connect(ctx context.Context, by authz.Caller, c connections.Connection, g connections.Grant) (connections.Connection, error) {
	var row connectionRow
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := besideRevocations(tx); err != nil {
			return err
		}
		now := *instant(db.now())
		if err := sweepConnected(tx, now); err != nil {
			return err
		}
		var err error
		if row, err = putConnection(tx, rowOfConnection(c), now); err != nil {
			return err
		}
		g.Connection = row.ID
		if err := addGrant(tx, g, now); err != nil {
			return err
		}
		if err := tx.Exec(pruneConnections, row.Person, row.ID, keptConnections-1).Error; err != nil {
			return err
		}
		if err := liveOn(tx, row.ClientID, now); err != nil {
			return err
		}
		return db.recordConsent(tx, by, row, g)
	})
	if err != nil {
		return connections.Connection{}, err
	}
	return row.connection(), nil
}

// sweepConnected removes what is over, a hundred of each at most.
func sweepConnected(tx *gorm.DB, now time.Time) error {
	if err := sweep(tx, sweepGrants, now); err != nil {
		return err
	}
	return sweep(tx, sweepConnections, now.Add(-connections.AbsoluteLife-usedEvery))
}

// putConnection makes a connection, or renews the one of the same person and
// client, and returns it as it is then.
func putConnection(tx *gorm.DB, c connectionRow, now time.Time) (connectionRow, error) {
	var row connectionRow
	err := tx.Raw(`INSERT INTO connections (id, person, person_name, username, guest, client_id, software, name, host, proves, redirect, agreed, entra, entra_at, made_at, used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, person, client_id) DO UPDATE SET person_name = EXCLUDED.person_name, username = EXCLUDED.username, guest = EXCLUDED.guest,
			software = EXCLUDED.software, name = EXCLUDED.name, host = EXCLUDED.host, proves = EXCLUDED.proves, redirect = EXCLUDED.redirect, agreed = EXCLUDED.agreed,
			entra = CASE WHEN EXCLUDED.id = connections.id THEN COALESCE(EXCLUDED.entra, connections.entra) ELSE connections.entra END,
			entra_at = CASE WHEN EXCLUDED.id = connections.id AND EXCLUDED.entra IS NOT NULL THEN EXCLUDED.entra_at
				WHEN connections.entra IS NOT NULL THEN connections.entra_at END,
			used_at = EXCLUDED.used_at
		RETURNING *`,
		c.ID, c.Person, c.PersonName, c.Username, c.Guest, c.ClientID, c.Software, c.Name, c.Host, c.Proves, c.Redirect, c.Agreed, c.Entra, c.EntraAt, now, now).Scan(&row).Error
	return row, err
}

// recordConsent says who agreed to what.
func (db *DB) recordConsent(tx *gorm.DB, by authz.Caller, c connectionRow, g connections.Grant) error {
	shown, err := newItem("connection "+c.ID.String(), map[string]any{
		"client": c.ClientID, "software": c.Software, "name": c.Name, "host": c.Host, "redirect": c.Redirect,
		"remembered": c.Agreed != nil, "asked": !g.Unasked, "grant": g.ID, "toolset": g.Toolset, "scopes": append([]string{}, g.Scopes...), "endsAt": instant(g.EndsAt),
	}, nil)
	if err != nil {
		return err
	}
	return db.record(tx, by, change{kind: audit.Consent, what: "connection " + c.ID.String(), detail: c.Software}, difference{added: []item{shown}, about: c.subject()})
}

// Agreement implements connections.Store.
func (db *DB) Agreement(ctx context.Context, org tenants.ID, person tenants.GUID, client string) (connections.Connection, error) {
	return db.connection(ctx, org, "person = ? AND client_id = ?", person, client)
}

// Connection implements connections.Store.
func (db *DB) Connection(ctx context.Context, org tenants.ID, id tenants.GUID) (connections.Connection, error) {
	return db.connection(ctx, org, "id = ?", id)
}

func (db *DB) connection(ctx context.Context, org tenants.ID, query string, args ...any) (connections.Connection, error) {
	var row connectionRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Where(query, args...).Take(&row).Error })
	if err != nil {
		return connections.Connection{}, err
	}
	return row.connection(), nil
}

// Connections implements connections.Store. At most 500 are listed at a time;
// where the one to go on after is gone, it is NotFound.
func (db *DB) Connections(ctx context.Context, org tenants.ID, f connections.Filter) ([]connections.Connection, error) {
	var rows []connectionRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		query := tx.Order("used_at DESC, id DESC").Limit(pageOf(f.Most))
		if !f.Person.IsZero() {
			query = query.Where("person = ?", f.Person)
		}
		if !f.After.IsZero() {
			var after connectionRow
			if err := tx.Select("used_at").Where("id = ?", f.After).Take(&after).Error; err != nil {
				return fault.Wrap(fault.NotFound, "the connection to go on after is gone; list them from the first", err)
			}
			query = query.Where("(used_at, id) < (?, ?)", after.UsedAt, f.After)
		}
		return query.Find(&rows).Error
	})
	list := make([]connections.Connection, len(rows))
	for i, r := range rows {
		list[i] = r.connection()
	}
	return list, err
}

// What a removed connection or client cuts off is everything that was issued for it:
// no other ever has its id. Tokens may be on their way while it is removed, by the
// clock of another replica.
const (
	cutAhead = authz.CutAhead
	cutLife  = time.Hour // longer than any access token of ours
)

// Disconnect implements connections.Store.
func (db *DB) Disconnect(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	now := db.now()
	return db.Revoke(ctx, by, authz.Revocation{
		ID: tenants.NewGUID(), Kind: authz.RevokeConnection, Subject: id.String(), NotBefore: now.Add(cutAhead), ExpiresAt: now.Add(cutLife),
	})
}

// What Entra says of a connection. Its clock never goes back, whichever replica's
// does; a second refusal is none. What a revocation has taken away (no clock) does not
// come back with an answer to what was asked before.
const keepEntra = `UPDATE connections SET entra = @entra, entra_at = GREATEST(entra_at, @now),
			person_name = COALESCE(@name, person_name), username = COALESCE(@username, username), guest = COALESCE(@guest, guest)
		WHERE id = @id AND entra_at <= @shown AND (entra IS NOT NULL OR @more)
		RETURNING *`

// KeepEntra implements connections.Store.
func (db *DB) KeepEntra(ctx context.Context, by authz.Caller, id tenants.GUID, a connections.Answer) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		var row connectionRow
		kept := tx.Raw(keepEntra, entraArguments(id, a, db.now())).Scan(&row)
		switch {
		case kept.Error != nil:
			return kept.Error
		case kept.RowsAffected == 0:
			return tx.Select("id").Where("id = ?", id).Take(&connectionRow{}).Error
		case a.Entra == nil:
			return db.recordWithdrawn(tx, by, row)
		}
		return nil
	})
}

func entraArguments(id tenants.GUID, a connections.Answer, now time.Time) map[string]any {
	args := map[string]any{
		"id": id, "entra": bytes.Clone(a.Entra), "now": *instant(now), "shown": instant(a.Shown), "more": a.Entra != nil,
		"name": (*string)(nil), "username": (*string)(nil), "guest": (*bool)(nil),
	}
	if a.Who != nil {
		args["name"], args["username"], args["guest"] = text.Storable(a.Who.Name), text.Storable(a.Who.Username), a.Who.Guest
	}
	return args
}

// recordWithdrawn says that Entra does not go on with what it gave for a connection.
func (db *DB) recordWithdrawn(tx *gorm.DB, by authz.Caller, c connectionRow) error {
	shown, err := newItem("connection "+c.ID.String(), map[string]any{
		"client": c.ClientID, "software": c.Software, "name": c.Name, "withdrawnAt": c.EntraAt,
	}, nil)
	if err != nil {
		return err
	}
	return db.record(tx, by, change{kind: audit.Revocation, what: "withdrawn connection", detail: "Microsoft Entra ID does not let the person go on"},
		difference{added: []item{shown}, about: c.subject()})
}
