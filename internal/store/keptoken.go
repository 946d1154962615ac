package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// keptLife is how long what is kept for somebody lies unused: as long as Entra
// honors an unused refresh token.
const keptLife = 90 * 24 * time.Hour

const sweepKept = `DELETE FROM kept_tokens WHERE (person, client_id, resource) IN (
	SELECT person, client_id, resource FROM kept_tokens WHERE used_at < ? ORDER BY used_at LIMIT ? FOR UPDATE SKIP LOCKED)`

type keptTokenRow struct {
	OrgID      tenants.ID   `gorm:"primaryKey"`
	Person     tenants.GUID `gorm:"primaryKey"`
	ClientID   tenants.GUID `gorm:"primaryKey"`
	Resource   string       `gorm:"primaryKey"`
	Ciphertext []byte
	TokenID    string
	MadeAt     time.Time
	UsedAt     time.Time
}

func (keptTokenRow) TableName() string { return "kept_tokens" }

// KeptTokens implements membership.Store.
func (db *DB) KeptTokens(ctx context.Context, org tenants.ID, person tenants.GUID) ([]membership.KeptToken, error) {
	var rows []keptTokenRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Where("person = ?", person).Order("made_at DESC, client_id, resource").Find(&rows).Error
	})
	list := make([]membership.KeptToken, len(rows))
	for i, r := range rows {
		list[i] = membership.KeptToken{
			Person: r.Person, Client: r.ClientID, Resource: r.Resource, Ciphertext: r.Ciphertext,
			TokenID: r.TokenID, MadeAt: r.MadeAt.UTC(), UsedAt: r.UsedAt.UTC(),
		}
	}
	return list, err
}

// KeepToken implements membership.Store. It is no event of the log: nobody decided
// anything. Nothing is kept of a sign-in that is cut off.
func (db *DB) KeepToken(ctx context.Context, by authz.Caller, t membership.KeptToken) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := besideRevocations(tx); err != nil {
			return err
		}
		if err := sweep(tx, sweepKept, db.now().Add(-keptLife)); err != nil {
			return err
		}
		var cut bool
		err := tx.Raw("SELECT EXISTS (SELECT FROM revocations WHERE not_before > ? AND (kind = ? OR kind = ? AND subject = ?))",
			*instant(t.MadeAt), authz.RevokeOrganization, authz.RevokePerson, t.Person.String()).Scan(&cut).Error
		if err != nil || cut {
			return err
		}
		return tx.Exec(`INSERT INTO kept_tokens AS k (person, client_id, resource, ciphertext, token_id, made_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, person, client_id, resource) DO UPDATE SET ciphertext = EXCLUDED.ciphertext, token_id = EXCLUDED.token_id,
				made_at = EXCLUDED.made_at, used_at = EXCLUDED.used_at
			WHERE k.made_at <= EXCLUDED.made_at`,
			t.Person, t.Client, t.Resource, t.Ciphertext, t.TokenID, *instant(t.MadeAt), *instant(t.UsedAt)).Error
	})
}

// RenewToken implements membership.Store.
func (db *DB) RenewToken(ctx context.Context, by authz.Caller, t membership.KeptToken) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE kept_tokens SET ciphertext = ?, used_at = ? WHERE person = ? AND client_id = ? AND resource = ? AND made_at = ?",
			t.Ciphertext, *instant(t.UsedAt), t.Person, t.Client, t.Resource, *instant(t.MadeAt)).Error
	})
}

// DropToken implements membership.Store.
func (db *DB) DropToken(ctx context.Context, by authz.Caller, t membership.KeptToken) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM kept_tokens WHERE person = ? AND client_id = ? AND resource = ? AND made_at <= ?",
			t.Person, t.Client, t.Resource, instant(t.MadeAt)).Error
	})
}

// forgetKeptElsewhere removes what was given to another app registration than the
// organization now has: shown by this one it is refused in words that seem to be
// about the person. Who signed in there signs in anew. Where Graph may not be asked any
// more, nothing is kept to ask with.
func forgetKeptElsewhere(tx *gorm.DB, before, after tenants.Organization) error {
	if before.Connection.ClientID != after.Connection.ClientID {
		err := tx.Exec("UPDATE connections SET entra = NULL, entra_at = GREATEST(entra_at, clock_timestamp()) WHERE entra IS NOT NULL").Error
		if err != nil {
			return err
		}
	}
	if err := followElsewhere(tx, before, after); err != nil {
		return err
	}
	if err := hookElsewhere(tx, before, after); err != nil {
		return err
	}
	if after.Connection.GroupSource != tenants.OnBehalfOf {
		return tx.Exec("DELETE FROM kept_tokens").Error
	}
	return tx.Exec("DELETE FROM kept_tokens WHERE client_id <> ?", after.Connection.ClientID).Error
}

var (
	// errSignedIn is the answer where what was found is not true any more.
	errSignedIn = fault.New(fault.Conflict, "the person has signed in since")
	// errCutAlready ends what has been done already.
	errCutAlready = errors.New("the person was cut off since")
)

// LoseMember implements membership.Store.
func (db *DB) LoseMember(ctx context.Context, by authz.Caller, person tenants.GUID, since time.Time, why string) error {
	r := authz.CutOff(authz.RevokePerson, person.String(), db.now())
	r.Why = why
	what := changeOf(r)
	err := db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		if err := stillLost(tx, person, since); err != nil {
			return difference{}, err
		}
		d, err := endCovered(tx, r)
		if err != nil {
			return difference{}, err
		}
		if err := tx.Exec("UPDATE memberships SET due_at = NULL, failures = LEAST(failures + 1, 1000), failure = ? WHERE person = ?", membership.Lost, person).Error; err != nil {
			return difference{}, err
		}
		return d, db.cutOff(tx, by, r)
	})
	if errors.Is(err, errCutAlready) {
		return nil
	}
	return err
}

// stillLost refuses to cut off somebody who has signed in since an instant, and to do
// again what was done since: several processes may have learned of it.
func stillLost(tx *gorm.DB, person tenants.GUID, since time.Time) error {
	var now struct{ SignedIn, Cut bool }
	err := tx.Raw(`SELECT EXISTS (SELECT FROM connections WHERE person = @person AND entra IS NOT NULL AND entra_at > @since)
			OR EXISTS (SELECT FROM kept_tokens WHERE person = @person AND made_at > @since) AS signed_in,
		EXISTS (SELECT FROM revocations WHERE not_before > @since AND kind = @kind AND subject = CAST(@person AS text)) AS cut`,
		map[string]any{"person": person, "since": *instant(since), "kind": authz.RevokePerson}).Scan(&now).Error
	switch {
	case err != nil:
		return err
	case now.SignedIn:
		return errSignedIn
	case now.Cut:
		return errCutAlready
	}
	return nil
}
