package store

import (
	"context"

	"gorm.io/gorm"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var _ snapshot.Source = (*DB)(nil)

// LoadSnapshot is LoadAfter with every text.
func (db *DB) LoadSnapshot(ctx context.Context, org tenants.ID) (snapshot.Data, error) {
	return db.LoadAfter(ctx, org, nil)
}

// LoadAfter reads one organization as of one instant, so that version and content
// belong together, but for the texts of approved definitions that has names.
// Whoever may not be served yet, or any more, is NotFound: its endpoints do not
// exist.
func (db *DB) LoadAfter(ctx context.Context, org tenants.ID, has func(tools.Approval) bool) (snapshot.Data, error) {
	var d snapshot.Data
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		var row organizationRow
		if err := tx.Take(&row).Error; err != nil {
			return err
		}
		if !row.State.Serves() {
			return errNoOrganization
		}
		c, err := readOwn(tx)
		if err != nil {
			return err
		}
		revocations, err := readRevocations(tx, db.now())
		if err != nil {
			return err
		}
		ended, err := readEndedSessions(tx, db.now())
		if err != nil {
			return err
		}
		d = snapshot.Data{
			Organization: row.organization(), Version: row.Version, Decisions: row.Decisions, Clients: c.Clients, Rules: c.Rules, Tools: c.Tools,
			Revocations: revocations, Ended: ended, WrappedKey: row.WrappedKey,
		}
		d.Rules.Scope = row.Scope
		if d.Credential, err = readSecret(tx, row.credential()); err != nil {
			return err
		}
		return readServed(tx, &d, has)
	}, oneView)
	return d, err
}
