//go:build soak

package chaos_test

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/devstack"
	"gatehouse/internal/fault"
	"gatehouse/internal/keys"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// library is a large log: what fills it, and what reads it.
type library struct {
	w        *world
	postgres *devstack.Postgres
	super    *pgx.Conn
	reader   *replica
	token    string // of an automation that may audit

	journal *audittest.Journal
	outbox  *store.Outbox
	sealer  *seal.Sealer
	clock   atomic.Int64 // of whoever seals, in nanoseconds since 1970: the records' own

	began            time.Time // of the first record
	written, sealing time.Duration
}

// newLibrary starts PostgreSQL, on a disk that it waits for, and cmd/api.
func newLibrary(t *testing.T, records int64) *library {
	t.Helper()
	server, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{
		Settings: map[string]string{"shared_buffers": "512MB", "max_wal_size": "1GB", "min_wal_size": "80MB", "wal_compression": "on"},
	})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop()) })
	must(t, server.CreateDatabase(t.Context(), template))
	must(t, migrate(t.Context(), server, template))
	l := &library{w: worldOn(t, server, template), postgres: server}
	l.super, err = pgx.Connect(t.Context(), l.w.superuser)
	must(t, err)
	t.Cleanup(func() { _ = l.super.Close(context.WithoutCancel(t.Context())) })
	l.reader = startReplica(t, l.w.environment(l.w.managed()...))
	l.token = l.w.managing(t)
	l.appoint(t)

	l.outbox, err = store.OpenOutbox(t.Context(), l.w.audit)
	must(t, err)
	t.Cleanup(l.outbox.Close)
	l.began = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -logDays)
	l.journal = audittest.New(contoso().Org, 8, logPeople, l.began)
	l.journal.TID, l.journal.Pace = contoso().TID, logDays*24*time.Hour/time.Duration(records)
	l.sealer, err = seal.New(seal.Options{
		Store: openStore(t, l.w.worker), Keys: l.w.ring(t), Unlock: l.w.box(t).Open, Host: "localhost:7777", Now: func() time.Time { return time.Unix(0, l.clock.Load()) },
		Clock: func() proof.Clock { return proof.Clock{Source: "database"} }, Every: time.Second, Logger: slog.New(slog.DiscardHandler), Meter: sealtest.Silent{},
	})
	must(t, err)
	return l
}

// appoint makes the automation an auditor.
func (l *library) appoint(t *testing.T) {
	t.Helper()
	must(t, l.w.store.EditRoleGrants(t.Context(), admin(contoso()), "soak", func(grants []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
		id, err := tenants.ParseGUID(objectOf(t, l.token))
		return append(append(grants, contoso().RoleGrants()...), tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Auditor, Name: "Automation", Grantee: tenants.Grantee{Kind: tenants.AppGrantee, ID: id}}), err
	}))
}

// batch is how many records are written, and sealed, in one transaction.
const batch = 2000

// grow writes and seals records until there are so many. What others have recorded
// meanwhile is of today, and is dropped.
func (l *library) grow(t *testing.T, to int64) {
	t.Helper()
	_, err := l.super.Exec(t.Context(), "TRUNCATE audit_outbox")
	must(t, err)
	rows := make(chan []audit.Row, 2)
	size := l.head(t).Size
	go func() {
		defer close(rows)
		for left := to - size; left > 0; left -= batch {
			next := make([]audit.Row, min(left, batch))
			for i := range next {
				next[i] = l.journal.Row()
			}
			rows <- next
		}
	}()
	written := make(chan error, 2)
	go func() {
		defer close(written)
		for next := range rows {
			began := time.Now()
			err := l.outbox.Append(t.Context(), next)
			l.written += time.Since(began)
			l.clock.Store(next[len(next)-1].At.UnixNano())
			written <- err
		}
	}()
	for err := range written {
		must(t, err)
		l.sealAll(t)
	}
	l.sealAll(t)
	if got := l.head(t).Size; got != to {
		t.Fatalf("the log has %d records, not %d", got, to)
	}
	_, err = l.super.Exec(t.Context(), "VACUUM (ANALYZE) audit_records, audit_tiles, audit_people, audit_outbox")
	must(t, err)
}

// sealAll seals what waits, as seal.Sealer.Run would: what does not fit into a
// transaction's time is tried again with less at once.
func (l *library) sealAll(t *testing.T) {
	t.Helper()
	for most, more := batch, true; more; {
		began := time.Now()
		var err error
		_, more, err = l.sealer.Seal(t.Context(), contoso().Org, seal.Limits{Records: most, Bytes: 8 << 20})
		l.sealing += time.Since(began)
		if most /= 4; fault.KindOf(err) == fault.Unavailable && most > 0 {
			more = true
			continue
		}
		must(t, err)
		most = batch
	}
}

func (l *library) head(t *testing.T) seal.Head {
	t.Helper()
	h, err := l.w.store.LogReach(t.Context(), contoso().Org)
	must(t, err)
	return h
}

// ring are the keys that the platform signs checkpoints with.
func (w *world) ring(t *testing.T) seal.Keys {
	t.Helper()
	kek, err := secrets.NewLocalKEK(w.kek)
	must(t, err)
	box, err := secrets.NewPlatformBox(kek, w.store)
	must(t, err)
	ring, err := keys.NewRing(keys.Options{Store: shelf{w.store}, Box: box, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	must(t, err)
	signer, err := keys.NewCheckpointSigner(ring)
	must(t, err)
	return platformKeys{signer}
}

// shelf satisfies keys.Store.
type shelf struct{ db *store.DB }

func (s shelf) SigningKeys(ctx context.Context, purpose keys.Purpose) (all []keys.Stored, err error) {
	rows, err := s.db.SigningKeys(ctx, string(purpose))
	for _, r := range rows {
		all = append(all, keys.Stored{
			KID: r.KID, Purpose: keys.Purpose(r.Purpose), Algorithm: r.Algorithm, PublicKey: r.PublicKey, Ciphertext: r.Ciphertext,
			CreatedAt: r.CreatedAt, NotBefore: r.NotBefore, RetiresAt: r.RetiresAt,
		})
	}
	return all, err
}

func (s shelf) AddSigningKey(ctx context.Context, k keys.Stored) error {
	return s.db.AddSigningKey(ctx, store.SigningKey{
		KID: k.KID, Purpose: string(k.Purpose), Algorithm: k.Algorithm, PublicKey: k.PublicKey, Ciphertext: k.Ciphertext,
		CreatedAt: k.CreatedAt, NotBefore: k.NotBefore, RetiresAt: k.RetiresAt,
	})
}

// platformKeys satisfies seal.Keys.
type platformKeys struct{ keys *keys.CheckpointSigner }

func (k platformKeys) Current(ctx context.Context, last proof.Key) (proof.Signer, error) {
	private, err := k.keys.Current(ctx, last.Public())
	return signerOf(private, err)
}

func (k platformKeys) Former(ctx context.Context, key proof.Key) (proof.Signer, error) {
	private, err := k.keys.Former(ctx, key.Public())
	return signerOf(private, err)
}

func signerOf(private crypto.Signer, err error) (proof.Signer, error) {
	if err != nil {
		return proof.Signer{}, err
	}
	return proof.NewSigner("localhost:7777", private)
}

// reconnect is for after PostgreSQL was killed.
func (l *library) reconnect(t *testing.T) (err error) {
	t.Helper()
	_ = l.super.Close(t.Context())
	l.super, err = pgx.Connect(t.Context(), l.w.superuser)
	return err
}

// objectOf returns whom a token is of.
func objectOf(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	must(t, err)
	var claims struct {
		OID string `json:"oid"`
	}
	must(t, json.Unmarshal(raw, &claims))
	return claims.OID
}
