package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

type contactRow struct {
	OrgID   tenants.ID   `gorm:"primaryKey"`
	ID      tenants.GUID `gorm:"primaryKey"`
	Name    string
	Email   string
	Webhook string
	Shape   tenants.WebhookShape
	Urgent  bool
	Digest  bool
	Secrets int
}

func (contactRow) TableName() string { return "contacts" }

// Contacts returns whom an organization wants to be told what is noticed, by name.
func (db *DB) Contacts(ctx context.Context, org tenants.ID) ([]tenants.Contact, error) {
	var all []tenants.Contact
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		all, err = readContacts(tx)
		return err
	})
	return all, err
}

func contactItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Contacts))
	for n, k := range c.Contacts {
		var err error
		items[n], err = newItem("contact "+k.ID.String(), shownContact(k), &contactRow{
			OrgID: org, ID: k.ID, Name: k.Name, Email: k.Email, Webhook: k.Webhook, Shape: k.Shape, Urgent: k.Urgent, Digest: k.Digest, Secrets: k.Secrets,
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// shownContact is what the log says of a contact. What of a webhook's URL may let
// whoever knows it post there is shown as a digest, so that a change shows.
func shownContact(k tenants.Contact) map[string]any {
	shown := map[string]any{"name": k.Name, "urgent": k.Urgent, "digest": k.Digest}
	if k.Email != "" {
		shown["email"] = k.Email
		return shown
	}
	digest := sha256.Sum256([]byte(k.Webhook))
	shown["shape"], shown["url_sha256"], shown["secrets"] = k.Shape, hex.EncodeToString(digest[:]), k.Secrets
	if u, err := url.Parse(k.Webhook); err == nil {
		shown["host"] = u.Host
	}
	return shown
}

func readContacts(tx *gorm.DB) ([]tenants.Contact, error) {
	var rows []contactRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make([]tenants.Contact, len(rows))
	for i, r := range rows {
		all[i] = tenants.Contact{
			ID: r.ID, Name: r.Name, Email: r.Email, Webhook: r.Webhook, Shape: r.Shape, Urgent: r.Urgent, Digest: r.Digest, Secrets: r.Secrets,
		}
	}
	return all, nil
}
