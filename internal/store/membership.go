package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

var _ membership.Store = (*DB)(nil)

type membershipRow struct {
	OrgID     tenants.ID   `gorm:"primaryKey"`
	Person    tenants.GUID `gorm:"primaryKey"`
	Member    guidArray
	NotMember guidArray
	Removed   guidArray
	AskedAt   *time.Time
	SeenAt    time.Time
	DueAt     *time.Time
	Failures  int
	Failure   string
	ValidFrom *time.Time
	DoubtedAt *time.Time
}

func (membershipRow) TableName() string { return "memberships" }

func (r membershipRow) record() membership.Record {
	record := membership.Record{
		Person: r.Person, Answers: map[tenants.GUID]authz.Answer{}, AskedAt: orZero(r.AskedAt),
		SeenAt: r.SeenAt.UTC(), DueAt: orZero(r.DueAt), Failures: r.Failures, Failure: r.Failure,
		ValidFrom: orZero(r.ValidFrom), DoubtedAt: orZero(r.DoubtedAt),
	}
	for _, g := range r.Removed {
		record.Removed = append(record.Removed, g)
	}
	for _, g := range r.Member {
		record.Answers[g] = authz.Member
	}
	for _, g := range r.NotMember {
		record.Answers[g] = authz.NotMember
	}
	return record
}

// answersOf splits a record's answers, each part in one order, so that equal
// answers are equal columns.
func answersOf(r membership.Record) (member, notMember guidArray) {
	member, notMember = guidArray{}, guidArray{}
	for g, answer := range r.Answers {
		if answer == authz.Member {
			member = append(member, g)
		} else {
			notMember = append(notMember, g)
		}
	}
	for _, part := range []guidArray{member, notMember} {
		slices.SortFunc(part, func(a, b tenants.GUID) int {
			x, y := a.Bytes(), b.Bytes()
			return bytes.Compare(x[:], y[:])
		})
	}
	return member, notMember
}

// LoadMembership returns what Graph last said of a person. See membership.Store.
func (db *DB) LoadMembership(ctx context.Context, org tenants.ID, person tenants.GUID) (membership.Record, error) {
	var row membershipRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Where("person = ?", person).Take(&row).Error })
	if err != nil {
		return membership.Record{}, err
	}
	return row.record(), nil
}

// saveMembership is one statement: whoever saves at the same time waits for the row
// and compares with what the other has written. Nobody is due who will not have
// been seen for long.
const saveMembership = `
	INSERT INTO memberships AS m (person, member, not_member, asked_at, seen_at, due_at, changed_xid)
	VALUES (@person, @member, @not_member, @asked, COALESCE(CAST(@seen AS timestamptz), @asked), @next, pg_current_xact_id())
	ON CONFLICT (org_id, person) DO UPDATE SET member = EXCLUDED.member, not_member = EXCLUDED.not_member, asked_at = EXCLUDED.asked_at,
		removed = ARRAY(SELECT DISTINCT g FROM unnest(m.not_member || m.removed) AS g WHERE g <> ALL (EXCLUDED.member || EXCLUDED.not_member) LIMIT @most),
		seen_at = GREATEST(m.seen_at, CAST(@seen AS timestamptz)), due_at = CASE WHEN GREATEST(m.seen_at, CAST(@seen AS timestamptz)) > @alive THEN EXCLUDED.due_at END,
		failures = 0, failure = '',
		changed_xid = CASE WHEN (m.member, m.not_member) IS DISTINCT FROM (EXCLUDED.member, EXCLUDED.not_member) THEN pg_current_xact_id() ELSE m.changed_xid END
	WHERE m.asked_at IS NULL OR m.asked_at < EXCLUDED.asked_at
	RETURNING changed_xid = pg_current_xact_id()`

// SaveMembership replaces a person's record unless a newer one stands. The log has
// what it changes. See membership.Store.
func (db *DB) SaveMembership(ctx context.Context, by authz.Caller, r membership.Record, next time.Time) (changed bool, err error) {
	member, notMember := answersOf(r)
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		before, _, err := lockMembership(tx, r.Person)
		if err != nil {
			return err
		}
		if err := keepSpan(tx, span{r.Person, r.AskedAt, authz.SourceGraph, member, notMember}); err != nil {
			return err
		}
		var saved []bool
		err = tx.Raw(saveMembership, map[string]any{
			"person": r.Person, "member": member, "not_member": notMember, "asked": instant(r.AskedAt), "next": instant(next),
			"seen": instant(r.SeenAt), "most": membership.MostRemoved, "alive": *instant(next.Add(-membership.SeenLife)),
		}).Scan(&saved).Error
		if err != nil || len(saved) == 0 {
			return err
		}
		if changed = saved[0]; changed {
			err = db.recordAnswers(tx, by, before, r)
		}
		if err == nil && before.Failure != "" {
			err = db.recordRecovery(tx, by, before)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	if changed {
		db.announce(ctx, by.Org())
	}
	return changed, nil
}

// SeeMember notes that a token of the person was accepted. See membership.Store.
func (db *DB) SeeMember(ctx context.Context, by authz.Caller, person tenants.GUID, at time.Time) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		at := *instant(at)
		return tx.Exec(`INSERT INTO memberships AS m (person, member, not_member, seen_at, due_at) VALUES (?, '{}', '{}', ?, ?)
			ON CONFLICT (org_id, person) DO UPDATE SET seen_at = GREATEST(m.seen_at, EXCLUDED.seen_at), due_at = COALESCE(m.due_at, EXCLUDED.due_at)
			WHERE m.seen_at <= ? OR m.due_at IS NULL`, person, at, at, at.Add(-membership.SeenEvery)).Error
	})
}

// unseenMemberships puts off those who are due and have not been seen for long: the
// worker was down meanwhile.
const unseenMemberships = `UPDATE memberships SET due_at = NULL WHERE person IN (
	SELECT person FROM memberships WHERE due_at IS NOT NULL AND seen_at <= ? LIMIT ? FOR UPDATE SKIP LOCKED)`

// TakeDue takes a refresh that is due. See membership.Store.
func (db *DB) TakeDue(ctx context.Context, by authz.Caller, person tenants.GUID, now, until time.Time) (membership.Record, error) {
	var row membershipRow
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		now := *instant(now)
		unseen := now.Add(-membership.SeenLife)
		taken := tx.Raw(`WITH due AS (SELECT * FROM memberships WHERE person = ? AND due_at <= ? AND seen_at > ? FOR UPDATE)
			UPDATE memberships m SET due_at = ? FROM due WHERE (m.org_id, m.person) = (due.org_id, due.person) RETURNING due.*`,
			person, now, unseen, instant(until)).Scan(&row)
		if taken.Error == nil && taken.RowsAffected == 0 {
			return errNotDue
		}
		if taken.Error != nil {
			return taken.Error
		}
		return sweep(tx, unseenMemberships, unseen)
	})
	if err != nil {
		return membership.Record{}, err
	}
	return row.record(), nil
}

var errNotDue = fault.New(fault.NotFound, "the membership is not due")

// PutOff notes a refresh that failed. Of failures in a row the log has the first of
// each class. See membership.Store.
func (db *DB) PutOff(ctx context.Context, by authz.Caller, person tenants.GUID, next time.Time, f membership.Failure) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		put := map[string]any{"due_at": instant(next)}
		if f.Class == "" {
			return tx.Model(&membershipRow{}).Where("person = ?", person).Updates(put).Error
		}
		before, known, err := lockMembership(tx, person)
		if err != nil || !known {
			return err
		}
		put["failure"], put["failures"] = f.Class, gorm.Expr("LEAST(failures + 1, 1000)")
		if err := tx.Model(&membershipRow{}).Where("person = ?", person).Updates(put).Error; err != nil {
			return err
		}
		return db.recordFailure(tx, by, before, f)
	})
}

// DueMemberships returns whose refresh is due at an instant and who has been seen
// within membership.SeenLife: the longest due first, at most each of one
// organization, and most in all. Organizations that are not served have nobody.
// Only the role of the worker may ask.
func (db *DB) DueMemberships(ctx context.Context, before time.Time, each, most int) ([]membership.Due, error) {
	rows := []struct {
		OrgID  tenants.ID
		Person tenants.GUID
	}{}
	ctx, cancel := context.WithTimeout(ctx, transactionLimit)
	defer cancel()
	if err := db.gorm.WithContext(ctx).Raw("SELECT org_id, person FROM due_memberships(?, ?, ?)", instant(before), each, most).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	list := make([]membership.Due, len(rows))
	for i, r := range rows {
		list[i] = membership.Due{Org: r.OrgID, Person: r.Person}
	}
	return list, nil
}
