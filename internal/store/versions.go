package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/authz"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// The channels. They carry ids: of an organization, and of a letter or session in
// it. Every database role can read and forge what is said on them, so it is a hint
// to look and nothing else.
const (
	changeChannel       = "gatehouse_changes"
	letterChannel       = "gatehouse_letters"
	subscriptionChannel = "gatehouse_subscriptions"
)

// announceLimit bounds what a hint may cost the writer who gives it.
const announceLimit = time.Second

// OrgBySlug returns the organization of a slug in whatever state, or a fault of
// kind NotFound.
func (db *DB) OrgBySlug(ctx context.Context, slug tenants.Slug) (tenants.ID, error) {
	return db.find(ctx, "SELECT org_by_slug(?)", slug.String())
}

// OrgByTID returns the organization of an Entra tenant in whatever state, or a
// fault of kind NotFound.
func (db *DB) OrgByTID(ctx context.Context, tid tenants.TID) (tenants.ID, error) {
	return db.find(ctx, "SELECT org_by_tid(?)", tid)
}

func (db *DB) find(ctx context.Context, query string, by any) (tenants.ID, error) {
	var id *tenants.ID
	if err := db.gorm.WithContext(ctx).Raw(query, by).Row().Scan(&id); err != nil {
		return tenants.ID{}, translate(err)
	}
	if id == nil {
		return tenants.ID{}, errNoOrganization
	}
	return *id, nil
}

// Changes returns the versions assigned, the sessions ended and the people whose
// memberships were changed by transactions that the snapshot of the last poll could
// not see. A position is the oldest transaction that was
// still running then: whatever it or a later one has committed since is new,
// however late it commits. Sequence numbers or times could not say that,
// because transactions do not commit in their order.
func (db *DB) Changes(ctx context.Context, since snapshot.Position) ([]snapshot.Change, snapshot.Position, error) {
	other := since
	if since == "" {
		since, other = "0", "18446744073709551615" // ended sessions are read with their organization, and of memberships nothing is known yet
	}
	sent := db.clock.host()
	rows, err := db.gorm.WithContext(ctx).Raw(`
		SELECT pg_snapshot_xmin(pg_current_snapshot())::text, clock_timestamp(), v.*
		FROM (VALUES (1)) AS always LEFT JOIN (
			SELECT org_id, version, NULL::uuid, NULL::uuid, NULL::timestamptz, NULL::timestamptz, NULL::bigint FROM versions(?::text::xid8)
			UNION ALL SELECT org_id, NULL, session, person, ended_at, expires_at, NULL FROM ends(?::text::xid8)
			UNION ALL SELECT org_id, NULL, NULL, person, NULL, NULL, changed::text::bigint FROM membership_changes(?::text::xid8)) AS v ON true`,
		string(since), string(other), string(other)).Rows()
	if err != nil {
		return nil, since, translate(err)
	}
	var changes []snapshot.Change
	next, answered := since, false
	for rows.Next() {
		var c heard
		var said time.Time
		if err := rows.Scan(&next, &said, &c.org, &c.version, &c.session, &c.person, &c.endedAt, &c.expiresAt, &c.changed); err != nil {
			return nil, since, errors.Join(translate(err), rows.Close())
		}
		if !answered { // however many rows it has, it is one answer
			db.clock.heard(said, sent)
			answered = true
		}
		if c.org != nil {
			changes = append(changes, c.change())
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, since, translate(err)
	}
	return changes, next, nil
}

// heard is a row of a poll: a version, or the end of a session, or a person whose
// memberships have changed, or nothing.
type heard struct {
	org                *tenants.ID
	version            *int64
	session, person    *tenants.GUID
	endedAt, expiresAt *time.Time
	changed            *int64
}

func (h heard) change() snapshot.Change {
	switch {
	case h.version != nil:
		return snapshot.Change{Org: *h.org, Version: *h.version}
	case h.changed != nil:
		return snapshot.Change{Org: *h.org, Person: *h.person, Moment: uint64(*h.changed)} //nolint:gosec // a transaction's number, which is never negative
	}
	return snapshot.Change{Org: *h.org, Ended: authz.EndedSession{Session: *h.session, Person: *h.person, EndedAt: *h.endedAt, ExpiresAt: *h.expiresAt}}
}

// Listen calls hint for every change that is told until ctx ends or the connection
// breaks, and meanwhile wakes those who wait for letters and subscriptions. It
// needs a connection in session mode and holds it.
func (db *DB) Listen(ctx context.Context, hint func()) error {
	conn, err := pgx.ConnectConfig(ctx, db.conf.Copy())
	if err != nil {
		return translate(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+changeChannel+"; LISTEN "+letterChannel+"; LISTEN "+subscriptionChannel); err != nil {
		return translate(err)
	}
	db.letters.ringAll() // what was told before nobody has heard
	db.streams.ringAll()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("wait for notification: %w", err)
		}
		switch n.Channel {
		case changeChannel:
			hint()
		case letterChannel:
			db.letters.heard(n.Payload)
		case subscriptionChannel:
			db.streams.heard(n.Payload)
		}
	}
}

// announce tells the other replicas to poll now.
func (db *DB) announce(ctx context.Context, org tenants.ID) {
	db.notify(ctx, changeChannel, org.String())
}

// notify tells the other replicas. It runs after the commit and outside any
// transaction: NOTIFY takes a lock that every committer shares. Failing costs
// promptness only.
func (db *DB) notify(ctx context.Context, channel, ids string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), announceLimit)
	defer cancel()
	_ = db.gorm.WithContext(ctx).Exec("SELECT pg_notify(?, ?)", channel, ids).Error
}
