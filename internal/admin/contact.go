package admin

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/limit"
	"gatehouse/internal/notify"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// ContactStore is what is read of organizations for it.
type ContactStore interface {
	KeyStore
	Alerts(ctx context.Context, org tenants.ID) ([]watch.Noticed, error)
}

// ContactParts is what contacts are told with. Every field but Tests is required.
type ContactParts struct {
	Store  ContactStore
	Keys   *secrets.Box
	Sender watch.Sender
	Base   string // where admins see what is told to whom
	Issuer string // of the platform, as federated credentials name it
	Now    func() time.Time
	Tests  *limit.Visitors // how often organizations, and whom they name, get test messages; nil: nobody is held
}

// Contacts does what takes more than an edit of whom an organization wants to be
// told.
type Contacts struct{ ContactParts }

var (
	_ console.Contacts = (*Contacts)(nil)
	_ console.Alerts   = (*Contacts)(nil)
)

// NewContacts returns what the console asks for, and what signs for webhooks.
func NewContacts(p ContactParts) *Contacts { return &Contacts{p} }

// ContactSecret returns the secret that signs what a contact's webhook gets
// (Standard Webhooks: "whsec_" and the key in base64).
func (c *Contacts) ContactSecret(ctx context.Context, org tenants.ID, k tenants.Contact) (string, error) {
	_, _, wrapped, err := c.Store.CredentialOf(ctx, org)
	if err != nil {
		return "", err
	}
	key, err := c.Keys.Open(ctx, org, wrapped)
	if err != nil {
		return "", err
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(key.WebhookKey(k.ID, k.Secrets)), nil
}

// TestContact sends a contact a message that says nothing else than that it arrives.
// Nobody has asked whose address it is, and it is the operator's server that mails it:
// an organization has few of them, and an address gets few, whoever names it. More are
// Limited.
func (c *Contacts) TestContact(ctx context.Context, o tenants.Organization, k tenants.Contact) error {
	if err := c.mayTest(o.ID, k); err != nil {
		return err
	}
	m := notify.Message{ID: tenants.NewGUID(), Organization: o.Name, Slug: o.Slug.String(), Kind: notify.Test, ConsoleURL: watch.ConsoleURL(c.Base, o.Slug, watch.ContactsPage), At: c.Now()}
	return watch.Send(ctx, c.Sender, k, m, func(ctx context.Context) (string, error) { return c.ContactSecret(ctx, o.ID, k) })
}

func (c *Contacts) mayTest(org tenants.ID, k tenants.Contact) error {
	if c.Tests == nil {
		return nil
	}
	if err := c.Tests.Admit("organization " + org.String()); err != nil {
		return err
	}
	return c.Tests.Admit("contact " + strings.ToLower(k.Email) + k.Webhook)
}

// Noticed returns what is noticed about an organization.
func (c *Contacts) Noticed(ctx context.Context, org tenants.ID) ([]watch.Noticed, error) {
	return c.Store.Alerts(ctx, org)
}

// Worded says an alert in words.
func (c *Contacts) Worded(o tenants.Organization, a watch.Alert) notify.Item {
	return watch.Item(o, watch.Deployment{Issuer: c.Issuer, Base: c.Base}, a)
}
