package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

type offerRow struct {
	OrgID       tenants.ID   `gorm:"primaryKey"`
	SourceID    tenants.GUID `gorm:"primaryKey"`
	Kind        tools.Kind   `gorm:"primaryKey"`
	Name        string       `gorm:"primaryKey"`
	Hash        definitionHash
	Definition  []byte
	Unusable    string
	RenamedFrom string
	SeenAt      time.Time
}

func (offerRow) TableName() string { return "offers" }

func (r offerRow) kept() sources.Kept {
	return sources.Kept{
		Offer:    tools.Offer{Kind: r.Kind, Name: r.Name, Definition: r.Definition, Hash: tools.Hash(r.Hash)},
		Unusable: r.Unusable, RenamedFrom: r.RenamedFrom, SeenAt: r.SeenAt,
	}
}

// Offers returns what a source of an organization offers and what of it was
// approved, by kind and name. A source that is not there is NotFound.
func (db *DB) Offers(ctx context.Context, org tenants.ID, source tenants.GUID) ([]access.Offered, error) {
	var list []access.Offered
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		if err := tx.Select("id").Where("id = ?", source).Take(&sourceRow{}).Error; err != nil {
			return noSource(source, err)
		}
		rows, err := readOffered(tx, source)
		for _, r := range rows {
			list = append(list, r.offered(source))
		}
		return err
	}, oneView)
	return list, err
}

// offeredRow is an offer beside the approval of the same name; either may be
// missing.
type offeredRow struct {
	Kind        tools.Kind
	Name        string
	Definition  []byte
	Hash        []byte
	Unusable    string
	RenamedFrom string
	SeenAt      *time.Time
	Approved    []byte
	Effect      tools.Effect
	Automatic   bool
	At          *time.Time
	Pinned      []byte
}

func readOffered(tx *gorm.DB, source tenants.GUID) (rows []offeredRow, err error) {
	err = tx.Raw(`SELECT kind, name, o.definition, o.hash, coalesce(o.unusable, '') AS unusable, coalesce(o.renamed_from, '') AS renamed_from, o.seen_at,
			a.hash AS approved, coalesce(a.effect, '') AS effect, coalesce(a.automatic, false) AS automatic, a.at, a.definition AS pinned
		FROM (SELECT * FROM offers WHERE source_id = ?) o FULL JOIN (SELECT * FROM approvals WHERE source_id = ?) a USING (kind, name)
		ORDER BY kind, name`, source, source).Scan(&rows).Error
	return rows, err
}

func (r offeredRow) offered(source tenants.GUID) access.Offered {
	o := access.Offered{
		Source: source, Offer: tools.Offer{Kind: r.Kind, Name: r.Name, Definition: r.Definition}, Unusable: r.Unusable, RenamedFrom: r.RenamedFrom,
		SeenAt: orZero(r.SeenAt), Pinned: r.Pinned,
	}
	copy(o.Offer.Hash[:], r.Hash)
	if r.At == nil {
		return o
	}
	o.Approved = &tools.Approval{Source: source, Kind: r.Kind, Name: r.Name, Effect: r.Effect, Automatic: r.Automatic, At: *r.At}
	copy(o.Approved.Hash[:], r.Approved)
	return o
}

// readKept returns the offers of a source without their definitions.
func readKept(tx *gorm.DB, source tenants.GUID) ([]sources.Kept, error) {
	var rows []offerRow
	err := tx.Select("source_id", "kind", "name", "hash", "unusable", "renamed_from", "seen_at").
		Where("source_id = ?", source).Order("kind, name").Find(&rows).Error
	list := make([]sources.Kept, len(rows))
	for i, r := range rows {
		list[i] = r.kept()
	}
	return list, err
}

// readDefinitions returns offers of a source with their definitions.
func readDefinitions(tx *gorm.DB, source tenants.GUID, of []sources.Kept) ([]tools.Offer, error) {
	list := make([]tools.Offer, 0, len(of))
	for _, k := range of {
		var row offerRow
		if err := tx.Where("source_id = ? AND kind = ? AND name = ?", source, k.Kind, k.Name).Take(&row).Error; err != nil {
			return nil, err
		}
		list = append(list, row.kept().Offer)
	}
	return list, nil
}

// rowBatch is how many rows one statement writes.
const rowBatch = 100

func putOffers(tx *gorm.DB, org tenants.ID, source tenants.GUID, put []sources.Kept) error {
	rows := make([]offerRow, len(put))
	for i, k := range put {
		rows[i] = offerRow{
			OrgID: org, SourceID: source, Kind: k.Kind, Name: k.Name, Hash: definitionHash(k.Hash), Definition: notNil(k.Definition),
			Unusable: k.Unusable, RenamedFrom: k.RenamedFrom, SeenAt: k.SeenAt,
		}
	}
	if err := removeOffers(tx, source, put); err != nil || len(rows) == 0 {
		return err
	}
	return tx.CreateInBatches(rows, rowBatch).Error
}

func removeOffers(tx *gorm.DB, source tenants.GUID, gone []sources.Kept) error {
	if len(gone) == 0 {
		return nil
	}
	kinds, names := make(textArray, len(gone)), make(textArray, len(gone))
	for i, k := range gone {
		kinds[i], names[i] = string(k.Kind), k.Name
	}
	return tx.Exec("DELETE FROM offers WHERE source_id = ? AND (kind, name) IN (SELECT * FROM unnest(?::text[], ?::text[]))", source, kinds, names).Error
}

// maxOffered is the bytes of definitions that all sources of an organization may
// offer.
const maxOffered = 64 << 20

func checkOffered(tx *gorm.DB) error {
	var bytes int64
	if err := tx.Raw("SELECT coalesce(sum(octet_length(definition)), 0) FROM offers").Row().Scan(&bytes); err != nil {
		return err
	}
	if bytes > maxOffered {
		return fault.Newf(fault.Limited, "the sources of this organization offer %d bytes of definitions, and may offer %d; remove a source that is not needed", bytes, maxOffered)
	}
	return nil
}
