package store

import (
	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

type toolsetRow struct {
	OrgID    tenants.ID `gorm:"primaryKey"`
	Name     string     `gorm:"primaryKey"`
	Title    string
	Patterns textArray
}

func (toolsetRow) TableName() string { return "toolsets" }

func toolsetItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Toolsets))
	for n, t := range c.Toolsets {
		patterns := append(textArray{}, t.Patterns...)
		var err error
		items[n], err = newItem("toolset "+t.Name, map[string]any{"title": t.Title, "patterns": patterns}, &toolsetRow{OrgID: org, Name: t.Name, Title: t.Title, Patterns: patterns})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readToolsets(tx *gorm.DB) ([]tools.Toolset, error) {
	var rows []toolsetRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]tools.Toolset, len(rows))
	for i, r := range rows {
		list[i] = tools.Toolset{Name: r.Name, Title: r.Title, Patterns: []string(r.Patterns)}
	}
	return list, nil
}
