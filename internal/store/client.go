package store

import (
	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

type clientRow struct {
	OrgID    tenants.ID `gorm:"primaryKey"`
	ClientID string     `gorm:"primaryKey"`
	Name     string
	Ceiling  *textArray
}

func (clientRow) TableName() string { return "clients" }

func clientItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Clients))
	for n, client := range c.Clients {
		ceiling := ceilingOf(c.Rules.ClientCeilings, client.ID)
		shown := map[string]any{"name": client.Name, "ceiling": ceiling}
		var err error
		items[n], err = newItem("client "+client.ID, shown, &clientRow{OrgID: org, ClientID: client.ID, Name: client.Name, Ceiling: ceiling})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// ceilingOf returns the patterns of a client's ceiling, or nil without one. A
// ceiling without patterns permits nothing and is not the same.
func ceilingOf(ceilings map[string]authz.Ceiling, client string) *textArray {
	c, ok := ceilings[client]
	if !ok {
		return nil
	}
	patterns := append(textArray{}, c.Patterns...)
	return &patterns
}

func readClients(tx *gorm.DB, c *access.Configuration) error {
	var rows []clientRow
	if err := tx.Order("client_id").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		c.Clients = append(c.Clients, tenants.Client{ID: r.ClientID, Name: r.Name})
		if r.Ceiling != nil {
			c.Rules.ClientCeilings[r.ClientID] = authz.Ceiling{Patterns: *r.Ceiling}
		}
	}
	return nil
}
