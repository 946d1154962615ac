package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

type clientRow struct {
	OrgID    tenants.ID `gorm:"primaryKey"`
	ClientID string     `gorm:"primaryKey"`
	Name     string
	Ceiling  *textArray
}

func (clientRow) TableName() string { return "clients" }

type scopeCeilingRow struct {
	OrgID    tenants.ID `gorm:"primaryKey"`
	Scope    string     `gorm:"primaryKey"`
	Patterns textArray
}

func (scopeCeilingRow) TableName() string { return "scope_ceilings" }

type roleRow struct {
	OrgID       tenants.ID   `gorm:"primaryKey"`
	ID          tenants.GUID `gorm:"primaryKey"`
	Name        string
	Permissions string
}

func (roleRow) TableName() string { return "roles" }

type assignmentRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	ID           tenants.GUID `gorm:"primaryKey"`
	RoleID       tenants.GUID
	SubjectKind  authz.SubjectKind
	SubjectValue string
}

func (assignmentRow) TableName() string { return "assignments" }

type toolRow struct {
	OrgID  tenants.ID `gorm:"primaryKey"`
	Name   string     `gorm:"primaryKey"`
	Effect tools.Effect
}

func (toolRow) TableName() string { return "tools" }

// SetConfiguration replaces the whole configuration of the caller's
// organization, or nothing of it. Rules that do not compile are refused with
// every complaint.
func (db *DB) SetConfiguration(ctx context.Context, by authz.Caller, c access.Configuration) error {
	names := make([]string, len(c.Tools))
	for i, t := range c.Tools {
		names[i] = t.Name
	}
	if _, err := authz.Compile(c.Rules, names); err != nil {
		return err
	}
	rows, err := configurationRows(by.Org(), c)
	if err != nil {
		return err
	}
	what := change{what: "configuration set", detail: fmt.Sprintf("%d roles, %d assignments, %d clients, %d tools",
		len(c.Rules.Roles), len(c.Rules.Assignments), len(c.Clients), len(c.Tools))}
	return db.write(ctx, by, what, func(tx *gorm.DB) error {
		for _, table := range []any{&assignmentRow{}, &roleRow{}, &clientRow{}, &scopeCeilingRow{}, &toolRow{}} {
			if err := tx.Where("true").Delete(table).Error; err != nil {
				return err
			}
		}
		for _, row := range rows {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

func configurationRows(org tenants.ID, c access.Configuration) ([]any, error) {
	var rows []any
	listed := map[string]bool{}
	for _, client := range c.Clients {
		listed[client.ID] = true
		rows = append(rows, &clientRow{OrgID: org, ClientID: client.ID, Name: client.Name, Ceiling: ceilingOf(c.Rules.ClientCeilings, client.ID)})
	}
	for id := range c.Rules.ClientCeilings {
		if !listed[id] {
			return nil, fault.Newf(fault.Invalid, "client ceiling %s: the client is not listed; list it or drop the ceiling", id)
		}
	}
	for scope, ceiling := range c.Rules.ScopeCeilings {
		rows = append(rows, &scopeCeilingRow{OrgID: org, Scope: scope, Patterns: ceiling.Patterns})
	}
	for _, r := range c.Rules.Roles {
		permissions, err := json.Marshal(r.Permissions)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "role "+r.Name+": permissions cannot be encoded", err)
		}
		rows = append(rows, &roleRow{OrgID: org, ID: r.ID, Name: r.Name, Permissions: string(permissions)})
	}
	for _, a := range c.Rules.Assignments {
		rows = append(rows, &assignmentRow{OrgID: org, ID: tenants.NewGUID(), RoleID: a.Role, SubjectKind: a.Subject.Kind, SubjectValue: a.Subject.Value})
	}
	for _, t := range c.Tools {
		rows = append(rows, &toolRow{OrgID: org, Name: t.Name, Effect: t.Effect})
	}
	return rows, nil
}

func ceilingOf(ceilings map[string]authz.Ceiling, client string) *textArray {
	c, ok := ceilings[client]
	if !ok {
		return nil
	}
	patterns := textArray(c.Patterns)
	return &patterns
}

// Configuration returns the configuration of one organization.
func (db *DB) Configuration(ctx context.Context, org tenants.ID) (access.Configuration, error) {
	var c access.Configuration
	err := db.in(ctx, org, func(tx *gorm.DB) (err error) {
		c, err = readConfiguration(tx)
		return err
	}, oneView)
	return c, err
}

func readConfiguration(tx *gorm.DB) (access.Configuration, error) {
	var (
		clients     []clientRow
		ceilings    []scopeCeilingRow
		roles       []roleRow
		assignments []assignmentRow
		selected    []toolRow
	)
	for _, q := range []struct {
		into  any
		order string
	}{{&clients, "client_id"}, {&ceilings, "scope"}, {&roles, "name"}, {&assignments, "subject_kind, subject_value"}, {&selected, "name"}} {
		if err := tx.Order(q.order).Find(q.into).Error; err != nil {
			return access.Configuration{}, err
		}
	}
	c := access.Configuration{Rules: authz.Rules{ClientCeilings: map[string]authz.Ceiling{}, ScopeCeilings: map[string]authz.Ceiling{}}}
	for _, r := range clients {
		c.Clients = append(c.Clients, tenants.Client{ID: r.ClientID, Name: r.Name})
		if r.Ceiling != nil {
			c.Rules.ClientCeilings[r.ClientID] = authz.Ceiling{Patterns: *r.Ceiling}
		}
	}
	for _, r := range ceilings {
		c.Rules.ScopeCeilings[r.Scope] = authz.Ceiling{Patterns: r.Patterns}
	}
	for _, r := range roles {
		role := authz.Role{ID: r.ID, Name: r.Name}
		if err := json.Unmarshal([]byte(r.Permissions), &role.Permissions); err != nil {
			return access.Configuration{}, fmt.Errorf("read role %s: %w", r.ID, err)
		}
		c.Rules.Roles = append(c.Rules.Roles, role)
	}
	for _, r := range assignments {
		c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{Role: r.RoleID, Subject: authz.Subject{Kind: r.SubjectKind, Value: r.SubjectValue}})
	}
	for _, r := range selected {
		c.Tools = append(c.Tools, tools.Selection{Name: r.Name, Effect: r.Effect})
	}
	return c, nil
}
