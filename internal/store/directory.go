package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

var _ membership.RefreshStore = (*DB)(nil)

// FollowChore is the name of what reads changes in directories.
const FollowChore = "follow"

func records(rows []membershipRow) []membership.Record {
	list := make([]membership.Record, len(rows))
	for i, r := range rows {
		list[i] = r.record()
	}
	return list
}

// TakeMoreDue implements membership.DirectoryStore.
func (db *DB) TakeMoreDue(ctx context.Context, by authz.Caller, now, until time.Time, most int) ([]membership.Record, error) {
	var rows []membershipRow
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		now := *instant(now)
		return tx.Raw(`WITH due AS (SELECT * FROM memberships WHERE due_at <= ? AND seen_at > ? ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED)
			UPDATE memberships m SET due_at = ? FROM due WHERE (m.org_id, m.person) = (due.org_id, due.person) RETURNING due.*`,
			now, now.Add(-membership.SeenLife), most, instant(until)).Scan(&rows).Error
	})
	return records(rows), err
}

// KnownMembers implements membership.DirectoryStore.
func (db *DB) KnownMembers(ctx context.Context, org tenants.ID, people []tenants.GUID) ([]membership.Record, error) {
	var rows []membershipRow
	err := db.in(ctx, org, func(tx *gorm.DB) error {
		return tx.Where("person = ANY(?)", guidArray(people)).Order("person").Find(&rows).Error
	})
	return records(rows), err
}

// roundOf counts an organization's people of a round: who is doubted, who is known, and
// who of those has not been asked about since the first was doubted.
const roundOf = `
	WITH known AS (SELECT asked_at, doubted_at > @since AS doubted, doubted_at, failure = @lost AS lost FROM memberships WHERE seen_at > @alive OR doubted_at > @since),
		began AS (SELECT min(doubted_at) AS at FROM known WHERE doubted)
	SELECT began.at AS since, count(*) AS known, count(*) FILTER (WHERE doubted) AS doubted,
		count(*) FILTER (WHERE NOT lost AND doubted IS NOT TRUE AND (asked_at IS NULL OR asked_at < began.at)) AS pending
	FROM known, began GROUP BY began.at`

// Doubt implements membership.DirectoryStore.
func (db *DB) Doubt(ctx context.Context, by authz.Caller, people []tenants.GUID, now, since time.Time) (membership.Doubts, error) {
	d := membership.Doubts{First: map[tenants.GUID]time.Time{}}
	err := db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		// In one order, so that no two wait for each other.
		err := tx.Exec(`UPDATE memberships m SET doubted_at = ? FROM (SELECT org_id, person FROM memberships WHERE person = ANY(?) ORDER BY person FOR UPDATE) of
			WHERE (m.org_id, m.person) = (of.org_id, of.person) AND (m.doubted_at IS NULL OR m.doubted_at <= ?)`,
			instant(now), guidArray(people), instant(since)).Error
		if err != nil {
			return err
		}
		var rows []membershipRow
		if err := tx.Select("person", "doubted_at").Where("person = ANY(?)", guidArray(people)).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			d.First[r.Person] = orZero(r.DoubtedAt)
		}
		var round struct {
			Since                   time.Time
			Known, Doubted, Pending int
		}
		err = tx.Raw(roundOf, map[string]any{
			"since": *instant(since), "alive": *instant(now.Add(-membership.SeenLife)), "lost": membership.Lost,
		}).Scan(&round).Error
		d.Since, d.Known, d.Doubted, d.Pending = round.Since.UTC(), round.Known, round.Doubted, round.Pending
		return err
	})
	return d, err
}

// Trust implements membership.DirectoryStore.
func (db *DB) Trust(ctx context.Context, by authz.Caller, person tenants.GUID) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE memberships SET doubted_at = NULL WHERE person = ?", person).Error
	})
}

// hurried are whose refresh an instant makes sooner. Who is being asked about is due
// again in half a minute, should that fail.
const hurried = "due_at > @at AND seen_at > @alive"

// HurryMembers implements membership.DirectoryStore.
func (db *DB) HurryMembers(ctx context.Context, by authz.Caller, people []tenants.GUID, at time.Time) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE memberships SET due_at = @at WHERE person = ANY(@people) AND "+hurried, map[string]any{
			"at": *instant(at), "people": guidArray(people), "alive": *instant(at.Add(-membership.SeenLife)),
		}).Error
	})
}

// HurryUnasked implements membership.DirectoryStore.
func (db *DB) HurryUnasked(ctx context.Context, by authz.Caller, since, at time.Time) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE memberships SET due_at = @at WHERE due_at > @busy AND (asked_at IS NULL OR asked_at < @since) AND "+hurried, map[string]any{
			"at": *instant(at), "since": *instant(since), "busy": *instant(at.Add(membership.Taken)), "alive": *instant(at.Add(-membership.SeenLife)),
		}).Error
	})
}

// EndSessions implements membership.DirectoryStore. Where nothing can be cut off any
// more the instant is noted and nothing else: that is no event.
func (db *DB) EndSessions(ctx context.Context, by authz.Caller, person tenants.GUID, validFrom time.Time, why string) (ended bool, err error) {
	r := authz.CutOff(authz.RevokePerson, person.String(), validFrom)
	r.NotBefore, r.Why = validFrom, why // the directory tells exactly what it was
	err = db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		if err := tx.Raw(older, map[string]any{"person": person, "before": *instant(validFrom), "recent": db.now().Before(r.ExpiresAt)}).Scan(&ended).Error; err != nil || ended {
			return err
		}
		_, err := noteValidFrom(tx, person, validFrom)
		return err
	})
	if err != nil || !ended {
		return false, err
	}
	what := changeOf(r)
	err = db.write(ctx, by, what, func(tx *gorm.DB) (difference, error) {
		noted, err := noteValidFrom(tx, person, validFrom)
		if err != nil {
			return difference{}, err
		}
		if ended = noted; !noted {
			return difference{}, errUnchanged
		}
		outlived, err := outlivedBy(tx, r, db.now())
		if err != nil {
			return difference{}, err
		}
		d, err := endCovered(tx, r)
		if err != nil {
			return difference{}, err
		}
		for _, one := range append(outlived, r) {
			if err := db.cutOff(tx, by, one); err != nil {
				return difference{}, err
			}
		}
		return d, nil
	})
	return ended && err == nil, err
}

// outlivedBy returns what else has to be refused where somebody's sessions ended: a
// token of ours is younger than the sign-in that it rests on, as young as the last
// refresh. So of a connection that has nothing but older sign-ins all is refused up to
// now, and of one at which they have signed in since, what was issued before that.
func outlivedBy(tx *gorm.DB, r authz.Revocation, now time.Time) (all []authz.Revocation, err error) {
	var rows []struct {
		ID    tenants.GUID
		Since *time.Time
	}
	err = tx.Raw(`SELECT c.id, date_trunc('second', min(g.made_at) FILTER (WHERE g.made_at >= @before)) AS since
		FROM connections c JOIN grants g ON (g.org_id, g.connection_id) = (c.org_id, c.id)
		WHERE c.person = CAST(@person AS uuid) GROUP BY c.id HAVING min(g.made_at) < @before`,
		map[string]any{"person": r.Subject, "before": r.NotBefore}).Scan(&rows).Error
	for _, row := range rows {
		one := authz.Revocation{
			ID: tenants.NewGUID(), Kind: authz.RevokeConnection, Subject: row.ID.String(), NotBefore: now.Add(cutAhead), ExpiresAt: now.Add(cutLife), Why: r.Why,
		}
		if row.Since != nil {
			one.NotBefore = row.Since.UTC()
		}
		all = append(all, one)
	}
	return all, err
}

// noteValidFrom notes since when somebody's sessions count, unless that is known.
func noteValidFrom(tx *gorm.DB, person tenants.GUID, validFrom time.Time) (noted bool, err error) {
	done := tx.Exec("UPDATE memberships SET valid_from = @at WHERE person = @person AND (valid_from IS NULL OR valid_from < @at)", map[string]any{"person": person, "at": *instant(validFrom)})
	return done.RowsAffected > 0, done.Error
}

// older reports whether something of somebody's may be older than an instant: tokens
// are good for a day and somewhat more, and whatever lives longer is looked for.
const older = `SELECT CAST(@recent AS boolean)
	OR EXISTS (SELECT FROM connections WHERE person = @person AND entra IS NOT NULL AND entra_at < @before)
	OR EXISTS (SELECT FROM grants g JOIN connections c ON (c.org_id, c.id) = (g.org_id, g.connection_id) WHERE c.person = @person AND g.made_at < @before)
	OR EXISTS (SELECT FROM kept_tokens WHERE person = @person AND made_at < @before)
	OR EXISTS (SELECT FROM source_authorizations WHERE person = @person AND made_at < @before)`

// followElsewhere has changes in a directory read anew, and soon, where an
// organization begins to have them read, or has another app registration do it. Where
// it ends that, nothing is kept to go on with.
func followElsewhere(tx *gorm.DB, before, after tenants.Organization) error {
	was, now := before.Connection, after.Connection
	if was.AsksAsApp() == now.AsksAsApp() && was.ClientID == now.ClientID {
		return nil
	}
	if err := tx.Exec("DELETE FROM directory_follows").Error; err != nil {
		return err
	}
	return choreElsewhere(tx, FollowChore)
}

type directoryFollowRow struct {
	OrgID      tenants.ID `gorm:"primaryKey"`
	Ciphertext []byte
}

func (directoryFollowRow) TableName() string { return "directory_follows" }

// Followed implements membership.DirectoryStore.
func (db *DB) Followed(ctx context.Context, org tenants.ID) ([]byte, error) {
	var row directoryFollowRow
	err := db.in(ctx, org, func(tx *gorm.DB) error { return tx.Take(&row).Error })
	return row.Ciphertext, err
}

// SaveFollowed implements membership.DirectoryStore.
func (db *DB) SaveFollowed(ctx context.Context, by authz.Caller, ciphertext []byte) error {
	return db.in(ctx, by.Org(), func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO directory_follows (org_id, ciphertext) VALUES (?, ?)
			ON CONFLICT (org_id) DO UPDATE SET ciphertext = EXCLUDED.ciphertext`, by.Org(), ciphertext).Error
	})
}
