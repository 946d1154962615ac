package store

import (
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

type assignmentRow struct {
	OrgID        tenants.ID   `gorm:"primaryKey"`
	ID           tenants.GUID `gorm:"primaryKey"`
	RoleID       tenants.GUID
	SubjectKind  authz.SubjectKind
	SubjectValue string
	Name         string
	EndsAt       *time.Time
}

func (assignmentRow) TableName() string { return "assignments" }

func assignmentItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Rules.Assignments))
	for n, a := range c.Rules.Assignments {
		shown := map[string]any{"role": a.Role, "subjectKind": a.Subject.Kind, "subject": a.Subject.Value, "name": a.Name, "endsAt": instant(a.EndsAt)}
		row := assignmentRow{
			OrgID: org, ID: a.ID, RoleID: a.Role, SubjectKind: a.Subject.Kind, SubjectValue: a.Subject.Value, Name: a.Name, EndsAt: instant(a.EndsAt),
		}
		var err error
		if items[n], err = newItem("assignment "+a.ID.String(), shown, &row); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func readAssignments(tx *gorm.DB, c *access.Configuration) error {
	var rows []assignmentRow
	if err := tx.Order("subject_kind, subject_value, id").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{
			ID: r.ID, Role: r.RoleID, Subject: authz.Subject{Kind: r.SubjectKind, Value: r.SubjectValue}, Name: r.Name, EndsAt: orZero(r.EndsAt),
		})
	}
	return nil
}
