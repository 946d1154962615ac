package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/tenants"
)

type preregisteredRow struct {
	OrgID     tenants.ID `gorm:"primaryKey"`
	ID        string     `gorm:"primaryKey"`
	Kind      connections.ClientKind
	Agent     *tenants.GUID
	Redirects textArray
	Keys      string `gorm:"column:jwks"`
	KeysURL   string `gorm:"column:jwks_uri"`
	MadeAt    time.Time
}

func (preregisteredRow) TableName() string { return "preregistered_clients" }

type clientSecretRow struct {
	OrgID    tenants.ID   `gorm:"primaryKey"`
	ID       tenants.GUID `gorm:"primaryKey"`
	ClientID string
	Hash     []byte
	Hint     string
	MadeAt   time.Time
	EndsAt   time.Time
}

func (clientSecretRow) TableName() string { return "client_secrets" }

// preregisteredItems describes clients that admins have registered, and their secrets
// by what may be seen of them.
func preregisteredItems(org tenants.ID, c access.Configuration) ([]item, error) {
	var items, kept []item
	for _, e := range c.Preregistered {
		row := &preregisteredRow{
			OrgID: org, ID: e.ID, Kind: e.Kind, Agent: guidOrNil(e.Agent), Redirects: append(textArray{}, e.Redirects...), Keys: e.Keys, KeysURL: e.KeysURL, MadeAt: e.MadeAt,
		}
		shown, err := newItem("registered client "+e.ID, map[string]any{
			"kind": e.Kind, "agent": row.Agent, "redirects": row.Redirects, "jwks": e.Keys, "jwksUri": e.KeysURL,
		}, row)
		if err != nil {
			return nil, err
		}
		items = append(items, shown)
		for _, s := range e.Secrets {
			row := &clientSecretRow{OrgID: org, ID: s.ID, ClientID: e.ID, Hash: s.Hash[:], Hint: s.Hint, MadeAt: s.MadeAt, EndsAt: s.EndsAt}
			shown, err := newItem("client secret "+s.ID.String(), map[string]any{"client": e.ID, "hint": s.Hint, "endsAt": s.EndsAt.UTC()}, row)
			if err != nil {
				return nil, err
			}
			kept = append(kept, shown)
		}
	}
	return append(items, kept...), nil
}

func readPreregistered(tx *gorm.DB, c *access.Configuration) error {
	var rows []preregisteredRow
	if err := tx.Order("id").Find(&rows).Error; err != nil {
		return err
	}
	var secrets []clientSecretRow
	if len(rows) > 0 {
		if err := tx.Order("made_at, id").Find(&secrets).Error; err != nil {
			return err
		}
	}
	for _, r := range rows {
		c.Preregistered = append(c.Preregistered, r.preregistration(secrets))
	}
	return nil
}

// preregistration is the client of a row, with those of the secrets that are its own.
func (r preregisteredRow) preregistration(secrets []clientSecretRow) connections.Preregistration {
	e := connections.Preregistration{ID: r.ID, Kind: r.Kind, Redirects: r.Redirects, Keys: r.Keys, KeysURL: r.KeysURL, MadeAt: r.MadeAt.UTC()}
	if r.Agent != nil {
		e.Agent = *r.Agent
	}
	for _, s := range secrets {
		if s.ClientID == r.ID {
			e.Secrets = append(e.Secrets, s.secret())
		}
	}
	return e
}

func (r clientSecretRow) secret() connections.Secret {
	s := connections.Secret{ID: r.ID, Hint: r.Hint, MadeAt: r.MadeAt.UTC(), EndsAt: r.EndsAt.UTC()}
	copy(s.Hash[:], r.Hash)
	return s
}

// Preregistered implements connections.Store.
func (db *DB) Preregistered(ctx context.Context, org tenants.ID, id string) (connections.Preregistered, error) {
	var client preregisteredRow
	var entry clientRow
	var secrets []clientSecretRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", id).Take(&client).Error; err != nil {
			return err
		}
		if err := tx.Where("client_id = ?", id).Take(&entry).Error; err != nil {
			return err
		}
		return tx.Where("client_id = ?", id).Order("made_at, id").Find(&secrets).Error
	}, oneView)
	if err != nil {
		return connections.Preregistered{}, err
	}
	return connections.Preregistered{Preregistration: client.preregistration(secrets), Name: entry.Name}, nil
}

// cutOffClients ends, for each registered client that a difference removes, what
// people have agreed to, and cuts off what was issued: no other client ever has
// its id.
func cutOffClients(tx *gorm.DB, org tenants.ID, d difference) error {
	for _, i := range d.removed {
		client, is := i.row.(*preregisteredRow)
		if !is {
			continue
		}
		if err := tx.Exec("DELETE FROM grants g USING connections c WHERE (c.org_id, c.id) = (g.org_id, g.connection_id) AND c.client_id = ?", client.ID).Error; err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM connections WHERE client_id = ?", client.ID).Error; err != nil {
			return err
		}
		now := tx.NowFunc()
		err := tx.Create(&revocationRow{
			OrgID: org, ID: tenants.NewGUID(), Kind: authz.RevokeClient, Subject: client.ID, NotBefore: now.Add(cutAhead), ExpiresAt: now.Add(cutLife), MadeAt: now,
		}).Error
		if err != nil {
			return err
		}
	}
	return nil
}
