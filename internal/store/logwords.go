package store

import (
	"context"
	"net/url"
	"strings"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// LogWords implements keep.Store: everything that an organization has named, and that its
// log names in records about something else than people.
func (db *DB) LogWords(ctx context.Context, org tenants.ID) (texts []string, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		o, err := readOrganization(tx)
		if err != nil {
			return err
		}
		c, err := readAccess(tx)
		texts = append(namedIn(c), o.Slug.String(), o.Name)
		return err
	}, oneView)
	return texts, err
}

// NamesOfOthers implements keep.Store.
func (db *DB) NamesOfOthers(ctx context.Context, org tenants.ID, but tenants.GUID) (names []string, err error) {
	err = db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Raw(`SELECT name FROM role_grants WHERE grantee_kind = 'person' AND grantee_id <> @but
			UNION SELECT name FROM body_grants WHERE grantee_kind = 'person' AND grantee_id <> @but
			UNION SELECT unnest(ARRAY[person_name, username]) FROM connections WHERE person <> @but
			UNION SELECT unnest(ARRAY[person_name, username]) FROM source_authorizations WHERE person <> @but
			UNION SELECT unnest(ARRAY[name, username]) FROM access_requests WHERE person <> @but`, map[string]any{"but": but}).Scan(&names).Error
	})
	return names, err
}

func namedIn(c access.Configuration) (texts []string) {
	add := func(more ...string) { texts = append(texts, more...) }
	for _, k := range c.Clients {
		add(k.ID, k.Name)
	}
	for _, r := range c.Rules.Roles {
		add(r.Name)
		for _, p := range r.Permissions {
			add(p.Patterns...)
		}
	}
	for _, k := range c.Rules.ClientCeilings {
		add(k.Patterns...)
	}
	for scope, k := range c.Rules.ScopeCeilings {
		add(append(k.Patterns, scope)...)
	}
	for _, t := range c.Tools {
		add(t.Name)
	}
	for _, a := range c.Approvals {
		add(a.Name)
	}
	for _, t := range c.Toolsets {
		add(append(t.Patterns, t.Name, t.Title)...)
	}
	for _, s := range c.Sources {
		add(s.Name, s.Title, hostIn(s.URL))
	}
	for _, k := range c.Contacts {
		_, domain, _ := strings.Cut(k.Email, "@")
		add(k.Name, domain, hostIn(k.Webhook))
	}
	for _, s := range c.Sinks {
		_, domain, _ := strings.Cut(s.Email, "@")
		add(s.Name, domain, hostIn(s.URL), s.Region, s.Stream, s.Header)
	}
	return texts
}

func hostIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
