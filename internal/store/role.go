package store

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

type roleRow struct {
	OrgID       tenants.ID   `gorm:"primaryKey"`
	ID          tenants.GUID `gorm:"primaryKey"`
	Name        string
	Permissions string
}

func (roleRow) TableName() string { return "roles" }

func roleItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Rules.Roles))
	for n, r := range c.Rules.Roles {
		if r.ID.IsZero() {
			return nil, fault.Newf(fault.Invalid, "role %q: id is missing; give it a random one", r.Name)
		}
		if r.Permissions == nil {
			r.Permissions = []authz.Permission{}
		}
		permissions, err := json.Marshal(r.Permissions)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "role "+r.Name+": permissions cannot be encoded", err)
		}
		shown := map[string]any{"name": r.Name, "permissions": r.Permissions}
		items[n], err = newItem("role "+r.ID.String(), shown, &roleRow{OrgID: org, ID: r.ID, Name: r.Name, Permissions: string(permissions)})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readRoles(tx *gorm.DB, c *access.Configuration) error {
	var rows []roleRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		role := authz.Role{ID: r.ID, Name: r.Name}
		if err := json.Unmarshal([]byte(r.Permissions), &role.Permissions); err != nil {
			return fmt.Errorf("read role %s: %w", r.ID, err)
		}
		c.Rules.Roles = append(c.Rules.Roles, role)
	}
	return nil
}
