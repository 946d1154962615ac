package store

import (
	"slices"

	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// keptWithdrawals is how many withdrawals of each source are remembered.
const keptWithdrawals = 10_000

type withdrawalRow struct {
	Kind tools.Kind
	Name string
	Hash definitionHash
}

// withdraw keeps policies from approving again what an edit has taken back, and
// lets them forget what somebody has approved since.
func withdraw(tx *gorm.DB, before, after []tools.Approval) error {
	for _, a := range newlyApproved(before, after) {
		if err := tx.Exec("DELETE FROM withdrawals WHERE source_id = ? AND kind = ? AND name = ? AND hash = ?", a.Source, a.Kind, a.Name, definitionHash(a.Hash)).Error; err != nil {
			return err
		}
	}
	from := map[tenants.GUID]bool{}
	for _, a := range withdrawn(before, after) {
		err := tx.Exec(`INSERT INTO withdrawals (source_id, kind, name, hash) SELECT id, ?, ?, ? FROM sources WHERE id = ?
			ON CONFLICT ON CONSTRAINT withdrawals_pkey DO UPDATE SET at = now()`, a.Kind, a.Name, definitionHash(a.Hash), a.Source).Error
		if err != nil {
			return err
		}
		from[a.Source] = true
	}
	for source := range from {
		if err := forgetWithdrawals(tx, source); err != nil {
			return err
		}
	}
	return nil
}

// forgetWithdrawals leaves the newest of a source.
func forgetWithdrawals(tx *gorm.DB, source tenants.GUID) error {
	// Materialized, or a plan without statistics counts to the offset for every row.
	return tx.Exec(`WITH old AS MATERIALIZED
			(SELECT kind, name, hash FROM withdrawals WHERE source_id = ? ORDER BY at DESC, kind, name, hash OFFSET ?)
		DELETE FROM withdrawals WHERE source_id = ? AND (kind, name, hash) IN (SELECT kind, name, hash FROM old)`, source, keptWithdrawals, source).Error
}

// withdrawn returns the approvals that are there no more, in whatever form.
func withdrawn(before, after []tools.Approval) []tools.Approval {
	kept := make(map[access.Definition]bool, len(after))
	for _, a := range after {
		kept[access.DefinitionOf(a)] = true
	}
	return slices.DeleteFunc(slices.Clone(before), func(a tools.Approval) bool { return kept[access.DefinitionOf(a)] })
}

// newlyApproved returns the approvals of definitions that were not approved.
func newlyApproved(before, after []tools.Approval) []tools.Approval {
	was := make(map[access.Definition]tools.Hash, len(before))
	for _, a := range before {
		was[access.DefinitionOf(a)] = a.Hash
	}
	return slices.DeleteFunc(slices.Clone(after), func(a tools.Approval) bool {
		hash, there := was[access.DefinitionOf(a)]
		return there && hash == a.Hash
	})
}

// readWithdrawals returns which definitions of a source were taken back.
func readWithdrawals(tx *gorm.DB, source tenants.GUID) (map[sources.Withdrawal]bool, error) {
	var rows []withdrawalRow
	if err := tx.Raw("SELECT kind, name, hash FROM withdrawals WHERE source_id = ?", source).Scan(&rows).Error; err != nil {
		return nil, err
	}
	all := make(map[sources.Withdrawal]bool, len(rows))
	for _, r := range rows {
		all[sources.Withdrawal{Kind: r.Kind, Name: r.Name, Hash: tools.Hash(r.Hash)}] = true
	}
	return all, nil
}
