package store

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

type sourceRow struct {
	OrgID              tenants.ID   `gorm:"primaryKey"`
	ID                 tenants.GUID `gorm:"primaryKey"`
	Name               string
	Title              string
	URL                string
	Naming             tools.Naming
	Review             tools.Review
	Trusted            bool
	Enabled            bool
	Timeout            time.Duration
	Concurrent         int
	CredentialKind     tools.SourceCredentialKind
	CredentialID       *tenants.GUID
	CredentialHeader   string
	CredentialScopes   textArray
	CredentialTokenURL string `gorm:"column:credential_token_url"`
	CredentialClientID string `gorm:"column:credential_client_id"`
}

func (sourceRow) TableName() string { return "sources" }

func sourceRowOf(org tenants.ID, s tools.Source) sourceRow {
	k := s.Credential
	return sourceRow{
		OrgID: org, ID: s.ID, Name: s.Name, Title: s.Title, URL: s.URL, Naming: s.Naming, Review: s.Review, Trusted: s.Trusted,
		Enabled: s.Enabled, Timeout: s.Timeout, Concurrent: s.Concurrent,
		CredentialKind: k.Kind, CredentialID: guidOrNil(k.ID), CredentialHeader: k.Header,
		CredentialScopes: append(textArray{}, k.Scopes...), CredentialTokenURL: k.TokenURL, CredentialClientID: k.ClientID,
	}
}

func (r sourceRow) source() tools.Source {
	s := tools.Source{
		ID: r.ID, Name: r.Name, Title: r.Title, URL: r.URL, Naming: r.Naming, Review: r.Review, Trusted: r.Trusted, Enabled: r.Enabled,
		Timeout: r.Timeout, Concurrent: r.Concurrent,
		Credential: tools.SourceCredential{
			Kind: r.CredentialKind, Header: r.CredentialHeader, TokenURL: r.CredentialTokenURL, ClientID: r.CredentialClientID,
		},
	}
	if len(r.CredentialScopes) > 0 {
		s.Credential.Scopes = []string(r.CredentialScopes)
	}
	if r.CredentialID != nil {
		s.Credential.ID = *r.CredentialID
	}
	return s
}

func guidOrNil(g tenants.GUID) *tenants.GUID {
	if g.IsZero() {
		return nil
	}
	return &g
}

func sourceItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Sources))
	for n, s := range c.Sources {
		k := s.Credential
		credential := map[string]any{"kind": k.Kind}
		for name, value := range map[string]string{"header": k.Header, "tokenUrl": k.TokenURL, "clientId": k.ClientID} {
			if value != "" {
				credential[name] = value
			}
		}
		if !k.ID.IsZero() {
			credential["id"] = k.ID
		}
		if len(k.Scopes) > 0 {
			credential["scopes"] = k.Scopes
		}
		shown := map[string]any{
			"name": s.Name, "title": s.Title, "url": s.URL, "naming": s.Naming, "review": s.Review, "trusted": s.Trusted, "enabled": s.Enabled,
			"timeout": s.Timeout.String(), "concurrent": s.Concurrent, "credential": credential,
		}
		row := sourceRowOf(org, s)
		var err error
		if items[n], err = newItem("source "+s.ID.String(), shown, &row); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readSources(tx *gorm.DB) ([]tools.Source, error) {
	var rows []sourceRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]tools.Source, len(rows))
	for i, r := range rows {
		list[i] = r.source()
	}
	return list, nil
}

// forgetMoved drops what is known of sources that are asked elsewhere from now
// on: what one server offered says nothing about another.
func forgetMoved(tx *gorm.DB, before, after []tools.Source) error {
	for _, was := range before {
		moved := slices.ContainsFunc(after, func(now tools.Source) bool { return now.ID == was.ID && now.URL != was.URL })
		if !moved {
			continue
		}
		for _, table := range []string{"offers", "source_states", "upstream_sessions"} {
			if err := tx.Exec("DELETE FROM "+table+" WHERE source_id = ?", was.ID).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
