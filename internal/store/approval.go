package store

import (
	"database/sql/driver"
	"fmt"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// approvalRow leaves out the text that was approved, which no edit brings, and
// first_at, which the database sets.
type approvalRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	SourceID  tenants.GUID `gorm:"primaryKey"`
	Kind      tools.Kind   `gorm:"primaryKey"`
	Name      string       `gorm:"primaryKey"`
	Hash      definitionHash
	Effect    tools.Effect
	Automatic bool
	At        time.Time
}

func (approvalRow) TableName() string { return "approvals" }

func (r approvalRow) approval() tools.Approval {
	return tools.Approval{Source: r.SourceID, Kind: r.Kind, Name: r.Name, Hash: tools.Hash(r.Hash), Effect: r.Effect, Automatic: r.Automatic, At: r.At}
}

// definitionHash is a tools.Hash as a column holds it.
type definitionHash tools.Hash

// GormDataType keeps GORM from taking the array for an association.
func (definitionHash) GormDataType() string { return "bytea" }

// Value implements driver.Valuer.
func (h definitionHash) Value() (driver.Value, error) { return h[:], nil }

// Scan implements sql.Scanner.
func (h *definitionHash) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(h) {
		return fmt.Errorf("scan hash: %T of another length", src)
	}
	copy(h[:], b)
	return nil
}

// approvalItems name a definition as a record can hold it: quoted, because a
// source chose it.
func approvalItems(org tenants.ID, c access.Configuration) ([]item, error) {
	names := map[tenants.GUID]string{}
	for _, s := range c.Sources {
		names[s.ID] = s.Name
	}
	items := make([]item, len(c.Approvals))
	for n, a := range c.Approvals {
		shown := map[string]any{"source": names[a.Source], "hash": a.Hash}
		if a.Kind == tools.KindTool {
			shown["effect"] = a.Effect
		}
		if a.Automatic {
			shown["automatic"] = true
		}
		var err error
		items[n], err = newItem(fmt.Sprintf("approval %s %s %q", a.Source, a.Kind, a.Name), shown, &approvalRow{
			OrgID: org, SourceID: a.Source, Kind: a.Kind, Name: a.Name, Hash: definitionHash(a.Hash), Effect: a.Effect, Automatic: a.Automatic, At: a.At,
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readApprovals(tx *gorm.DB) ([]tools.Approval, error) {
	var rows []approvalRow
	if err := tx.Order("source_id, kind, name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]tools.Approval, len(rows))
	for i, r := range rows {
		list[i] = r.approval()
	}
	return list, nil
}

// maxPinned is the bytes of approved definitions that an organization may have:
// they are in the memory of every replica that serves it.
const maxPinned = 32 << 20

// pin gives approvals the texts that they approve, as far as sources offer them,
// and takes from them those that they approve no more.
func pin(tx *gorm.DB) error {
	for _, statement := range []string{
		"UPDATE approvals SET definition = NULL, definition_hash = NULL WHERE definition_hash <> hash",
		`UPDATE approvals a SET definition = o.definition, definition_hash = o.hash FROM offers o
		 WHERE a.definition_hash IS NULL AND (o.org_id, o.source_id, o.kind, o.name, o.hash) = (a.org_id, a.source_id, a.kind, a.name, a.hash) AND o.unusable = ''`,
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	var bytes int64
	if err := tx.Raw("SELECT coalesce(sum(octet_length(definition)), 0) FROM approvals").Row().Scan(&bytes); err != nil {
		return err
	}
	if bytes > maxPinned {
		return fault.Newf(fault.Invalid, "the approved definitions would have %d bytes in all, and may have %d; withdraw some", bytes, maxPinned)
	}
	return nil
}
