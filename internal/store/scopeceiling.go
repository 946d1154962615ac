package store

import (
	"maps"
	"slices"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

type scopeCeilingRow struct {
	OrgID    tenants.ID `gorm:"primaryKey"`
	Scope    string     `gorm:"primaryKey"`
	Patterns textArray
}

func (scopeCeilingRow) TableName() string { return "scope_ceilings" }

func scopeCeilingItems(org tenants.ID, c access.Configuration) ([]item, error) {
	var items []item
	for _, scope := range slices.Sorted(maps.Keys(c.Rules.ScopeCeilings)) {
		patterns := append(textArray{}, c.Rules.ScopeCeilings[scope].Patterns...)
		i, err := newItem("scope ceiling "+scope, patterns, &scopeCeilingRow{OrgID: org, Scope: scope, Patterns: patterns})
		if err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, nil
}

func readScopeCeilings(tx *gorm.DB, c *access.Configuration) error {
	var rows []scopeCeilingRow
	if err := tx.Order("scope").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		c.Rules.ScopeCeilings[r.Scope] = authz.Ceiling{Patterns: r.Patterns}
	}
	return nil
}
