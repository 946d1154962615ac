package store

import (
	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

type recordingRow struct {
	OrgID     tenants.ID `gorm:"primaryKey"`
	Name      string     `gorm:"primaryKey"`
	Tool      string
	Arguments textArray
	Result    textArray
	Bodies    tenants.Bodies
}

func (recordingRow) TableName() string { return "recordings" }

func recordingItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Recordings))
	for n, r := range c.Recordings {
		shown := map[string]any{"tool": r.Tool, "arguments": append([]string{}, r.Arguments...), "result": append([]string{}, r.Result...)}
		if r.Bodies != tenants.NoBodies {
			shown["bodies"] = r.Bodies
		}
		var err error
		items[n], err = newItem("recording "+r.Name, shown, &recordingRow{
			OrgID: org, Name: r.Name, Tool: r.Tool, Arguments: append(textArray{}, r.Arguments...), Result: append(textArray{}, r.Result...), Bodies: r.Bodies,
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readRecordings(tx *gorm.DB) ([]tenants.Recording, error) {
	var rows []recordingRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]tenants.Recording, len(rows))
	for i, r := range rows {
		list[i] = tenants.Recording{Name: r.Name, Tool: r.Tool, Arguments: r.Arguments, Result: r.Result, Bodies: r.Bodies}
	}
	return list, nil
}
