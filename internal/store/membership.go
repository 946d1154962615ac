package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

var _ membership.Store = (*DB)(nil)

type membershipRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	Person    tenants.GUID `gorm:"primaryKey"`
	Member    guidArray
	NotMember guidArray
	AskedAt   time.Time
}

func (membershipRow) TableName() string { return "memberships" }

// LoadMembership returns what Graph last said of a person. See membership.Store.
func (db *DB) LoadMembership(ctx context.Context, org tenants.ID, person tenants.GUID) (membership.Record, error) {
	var row membershipRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Where("person = ?", person).Take(&row).Error })
	if err != nil {
		return membership.Record{}, err
	}
	record := membership.Record{Person: row.Person, Answers: map[tenants.GUID]authz.Answer{}, AskedAt: row.AskedAt}
	for _, g := range row.Member {
		record.Answers[g] = authz.Member
	}
	for _, g := range row.NotMember {
		record.Answers[g] = authz.NotMember
	}
	return record, nil
}

// SaveMembership replaces a person's record unless a newer one stands. It is
// knowledge about Entra, not configuration: the decisions that rest on it carry
// its source and age into their own records.
func (db *DB) SaveMembership(ctx context.Context, by authz.Caller, r membership.Record) error {
	row := membershipRow{OrgID: by.Org(), Person: r.Person, Member: guidArray{}, NotMember: guidArray{}, AskedAt: r.AskedAt}
	for g, answer := range r.Answers {
		if answer == authz.Member {
			row.Member = append(row.Member, g)
		} else {
			row.NotMember = append(row.NotMember, g)
		}
	}
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "org_id"}, {Name: "person"}},
			DoUpdates: clause.AssignmentColumns([]string{"member", "not_member", "asked_at"}),
			Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "memberships.asked_at < EXCLUDED.asked_at"}}},
		}).Create(&row).Error
	})
}
