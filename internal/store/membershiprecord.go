package store

import (
	"bytes"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// lockMembership returns what is known of a person, whom nobody else writes about
// until the transaction ends.
func lockMembership(tx *gorm.DB, person tenants.GUID) (row membershipRow, known bool, err error) {
	row.Person = person
	found := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("person = ?", person).Limit(1).Find(&row)
	return row, found.RowsAffected > 0, found.Error
}

// word is an answer as the log has it.
func word(a authz.Answer) string {
	text, _ := a.MarshalText() // it has a text for every answer
	return string(text)
}

// recordAnswers writes what an answer of Graph changes, a record for each group. That
// somebody of whom nothing was known is no member is no change.
func (db *DB) recordAnswers(tx *gorm.DB, by authz.Caller, was membershipRow, now membership.Record) error {
	before := was.record().Answers
	for _, g := range was.Removed {
		before[g] = authz.NotMember
	}
	groups := slices.SortedFunc(maps.Keys(now.Answers), func(a, b tenants.GUID) int {
		x, y := a.Bytes(), b.Bytes()
		return bytes.Compare(x[:], y[:])
	})
	for _, g := range groups {
		from, to := before[g], now.Answers[g]
		if from == to || from == authz.Unknown && to == authz.NotMember {
			continue
		}
		err := db.recordEvent(tx, by, audit.Event{
			Kind: audit.MembershipChange, Subject: aboutOther(by, now.Person), Outcome: audit.OK,
			Group: g, From: word(from), To: word(to), GroupSource: authz.SourceGraph, AskedAt: now.AskedAt,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recordFailure writes that a person's memberships could not be learned, unless the
// last attempt failed for the same reason.
func (db *DB) recordFailure(tx *gorm.DB, by authz.Caller, was membershipRow, f membership.Failure) error {
	if was.Failure == f.Class {
		return nil
	}
	return db.recordEvent(tx, by, audit.Event{
		Kind: audit.MembershipRefresh, Subject: aboutOther(by, was.Person), Outcome: audit.Failed, Reason: f.Class,
		Entra: audit.Entra{Code: int64(f.Code), Correlation: f.Correlation, Trace: f.Trace},
	})
}

// recordRecovery writes that they can be learned again, and after how many failures.
func (db *DB) recordRecovery(tx *gorm.DB, by authz.Caller, was membershipRow) error {
	return db.recordEvent(tx, by, audit.Event{
		Kind: audit.MembershipRefresh, Subject: aboutOther(by, was.Person), Outcome: audit.OK, Reason: was.Failure, Count: int64(was.Failures),
	})
}

// aboutOther names a person, unless it is the caller, whom the record names anyway.
func aboutOther(by authz.Caller, person tenants.GUID) audit.Subject {
	if by.Identity().OID == person {
		return audit.Subject{}
	}
	return audit.Subject{OID: person}
}
