package store

import (
	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

type toolRow struct {
	OrgID  tenants.ID `gorm:"primaryKey"`
	Name   string     `gorm:"primaryKey"`
	Effect tools.Effect
}

func (toolRow) TableName() string { return "tools" }

func toolItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Tools))
	for n, t := range c.Tools {
		var err error
		items[n], err = newItem("tool "+t.Name, map[string]any{"effect": t.Effect}, &toolRow{OrgID: org, Name: t.Name, Effect: t.Effect})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readTools(tx *gorm.DB, c *access.Configuration) error {
	var rows []toolRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		c.Tools = append(c.Tools, tools.Selection{Name: r.Name, Effect: r.Effect})
	}
	return nil
}
