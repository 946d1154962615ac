package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit/platform"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func init() {
	maps.Copy(violations, map[string]string{
		"platform_log_one_check":         anInsert + "platform_log VALUES (false, 'x')",
		"platform_leaves_leaf_check":     anInsert + "platform_leaves VALUES ('x')",
		"platform_leaves_seq_key":        anInsert + "platform_leaves SELECT sha256(n::text::bytea), 7 FROM generate_series(1, 2) n",
		"logged_checkpoints_org_id_fkey": anInsert + "logged_checkpoints VALUES (" + noOrg + ", 1, '', '', '')",
		"sinks_format_check":             "UPDATE sinks SET format = 'x'",
	})
	refusesTheAPI := func(ask func(ctx context.Context, p pair) error) func(*testing.T, pair) {
		return func(t *testing.T, p pair) {
			t.Helper()
			if err := ask(t.Context(), p); fault.KindOf(err) != fault.Internal {
				t.Errorf("the role of the api may: %v", err)
			}
		}
	}
	maps.Copy(crossings, map[string]func(*testing.T, pair){
		"MovedLogs":       refusesTheAPI(func(ctx context.Context, p pair) error { _, err := p.db.MovedLogs(ctx, tenants.ID{}, 10); return err }),
		"PlatformLogSent": refusesTheAPI(func(ctx context.Context, p pair) error { return p.db.PlatformLogSent(ctx, 1) }),
		"GrowPlatformLog": refusesTheAPI(func(ctx context.Context, p pair) error { return p.db.GrowPlatformLog(ctx, "x", 1, nil) }),
		"TakeCheckpoint": func(t *testing.T, p pair) {
			t.Helper()
			taken := platform.Taken{Size: 1, Note: []byte("b"), Leaf: proof.Hash{1}}
			if err := p.db.TakeCheckpoint(t.Context(), caller(p.b), taken); fault.KindOf(err) != fault.Internal {
				t.Errorf("the role of the api takes checkpoints: %v", err)
			}
			must(t, p.worker.TakeCheckpoint(t.Context(), caller(p.b), taken))
		},
		"LoggedCheckpoint": func(t *testing.T, p pair) {
			t.Helper()
			must(t, p.worker.TakeCheckpoint(t.Context(), caller(p.b), platform.Taken{Size: 9, Note: []byte("b"), Leaf: proof.Hash{2}}))
			must(t, p.worker.GrowPlatformLog(t.Context(), "x", 10, func(_ context.Context, b platform.Batch) (platform.Grown, error) {
				b.Head.Size += int64(len(b.Leaves))
				return platform.Grown{Head: b.Head}, nil
			}))
			if l, err := p.db.LoggedCheckpoint(t.Context(), p.a.ID, 0); fault.KindOf(err) != fault.NotFound {
				t.Errorf("A reads %+v %v", l, err)
			}
			if l, err := p.db.LoggedCheckpoint(t.Context(), p.b.ID, 0); err != nil || string(l.Note) != "b" {
				t.Errorf("B reads %+v %v", l, err)
			}
		},
		"PlatformLog":      func(*testing.T, pair) {}, // it is everybody's
		"PlatformLogKeys":  func(*testing.T, pair) {},
		"PlatformSubtrees": func(*testing.T, pair) {},
	})
}

// commons is a platform with two organizations whose logs grow, and its own.
type commons struct {
	*logbook
	other    *logbook
	recorder *platform.Recorder
	at       time.Time
	prover   platform.Prover
}

func newCommons(t *testing.T) *commons {
	t.Helper()
	c := &commons{logbook: newLogbook(t), at: time.Now()}
	c.other = &logbook{d: c.d, db: c.db, worker: c.worker, outbox: c.outbox, box: c.box, sealer: c.sealer, org: organization("fabrikam")}
	claimSealed(t, c.db, c.box, c.other.org)
	c.other.seal(t)
	c.recorder, c.prover = c.newRecorder(t), platform.Prover{Store: c.db}
	return c
}

func (c *commons) newRecorder(t *testing.T) *platform.Recorder {
	t.Helper()
	r, err := platform.NewRecorder(platform.Options{
		Store: c.worker, Keys: &c.keys, Host: sealtest.Host, Now: func() time.Time { return c.at }, Logger: slog.New(slog.DiscardHandler),
		Clock: func() proof.Clock { return proof.Clock{Source: "database"} },
	})
	must(t, err)
	return r
}

func (c *commons) grow(t *testing.T, n int) {
	t.Helper()
	c.write(t, n)
	c.seal(t)
}

// record records after a time, and returns the platform's checkpoint then.
func (c *commons) record(t *testing.T, after time.Duration) platform.Head {
	t.Helper()
	c.at = c.at.Add(after)
	must(t, c.recorder.Record(t.Context()))
	h, err := c.db.PlatformLog(t.Context())
	must(t, err)
	return h
}

func (c *commons) trust() witness.Trust {
	return witness.Trust{Keys: []proof.Key{sealtest.Signer(0).Key}, Origin: proof.Origin(sealtest.Host, c.org.ID)}
}

func TestCheckpointsOfAllOrganizationsAreInOneLog(t *testing.T) {
	t.Parallel()
	c := newCommons(t)
	if h, err := c.db.PlatformLog(t.Context()); err != nil || h.Size != 0 {
		t.Fatalf("%+v %v", h, err)
	}
	if _, err := c.prover.Everybody(t.Context(), 0); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an empty log: %v", err)
	}
	c.grow(t, 30)
	held := c.head(t) // what a sink got
	if h := c.record(t, 0); h.Size != 2 || h.Origin != "gatehouse.test/platform/log" {
		t.Fatalf("%+v", h)
	}
	first := c.record(t, time.Minute)
	c.grow(t, 300)
	if h := c.record(t, 58*time.Minute); h.Size != 2 {
		t.Error("it grows more often than once an hour")
	}
	if h := c.record(t, time.Minute); h.Size != 3 {
		t.Errorf("the one that moved: %d", h.Size)
	}
	if h := c.record(t, 5*time.Hour); h.Size != 3 || h.GrownAt.Equal(c.at) {
		t.Error("it grows though nothing has moved")
	}
	for n := range 5 {
		c.grow(t, 10+n)
		c.record(t, time.Hour)
	}
	file, err := c.prover.Organization(t.Context(), c.org.ID, platform.Wanted{Held: held.Size, Since: first.Size})
	must(t, err)
	by := c.trust()
	by.Held, by.Platform = held.Checkpoint, first.Checkpoint
	if r, err := witness.Verify(file, by); err != nil || !r.Proven() || r.Entry.Size != held.Size || r.Platform.Size != 8 || r.Since.IsZero() {
		t.Errorf("%v\n%s", err, r)
	}
	newest, err := c.prover.Organization(t.Context(), c.org.ID, platform.Wanted{Since: first.Size})
	must(t, err)
	if r, err := witness.Verify(newest, by); err != nil || r.Wrong != nil || r.Entry.Size != c.head(t).Size {
		t.Errorf("%v\n%s", err, r)
	}
	if _, err := c.prover.Organization(t.Context(), c.org.ID, platform.Wanted{Held: c.head(t).Size + 1}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("one that is not there yet: %v", err)
	}
	if _, err := c.prover.Everybody(t.Context(), 9); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a size that the log never had: %v", err)
	}
	disclosesNothing(t, file, c)
}

// disclosesNothing holds a proof of one organization against what is another's.
func disclosesNothing(t *testing.T, file []byte, c *commons) {
	t.Helper()
	other, err := c.db.LoggedCheckpoint(t.Context(), c.other.org.ID, 0)
	must(t, err)
	var p witness.Proof
	must(t, json.Unmarshal(file, &p))
	bare, err := witness.Leaf(witness.Salt{}, other.Note)
	must(t, err)
	text := string(file)
	for what, secret := range map[string]string{"id": c.other.org.ID.String(), "salt": other.Salt.String(), "slug": c.other.org.Slug.String(), "a hash that can be guessed": bare.String()} {
		if strings.Contains(text, secret) {
			t.Errorf("the proof tells the other's %s", what)
		}
	}
}

func TestOneWorkerAtATimeAddsToThePlatformsLog(t *testing.T) {
	t.Parallel()
	c := newCommons(t)
	c.grow(t, 5)
	var all sync.WaitGroup
	for range 6 {
		r := c.newRecorder(t)
		all.Go(func() {
			if err := r.Record(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if h := c.record(t, time.Hour); h.Size != 2 {
		t.Errorf("it has %d entries", h.Size)
	}
	taken := platform.Taken{Size: 1, Note: []byte("x"), Leaf: proof.Hash{1}}
	for range 2 {
		must(t, c.worker.TakeCheckpoint(t.Context(), caller(c.other.org), taken))
	}
}

func TestThePlatformsLogIsNotBuiltOnAnother(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"a leaf is another":    "UPDATE platform_tiles SET hashes = overlay(hashes PLACING sha256('x') FROM 1) WHERE level = 0",
		"a leaf is gone":       "UPDATE platform_tiles SET hashes = substr(hashes, 1, 32)",
		"it became shorter":    "UPDATE platform_log SET size = 1; UPDATE platform_tiles SET hashes = substr(hashes, 1, 32)",
		"its name is another":  "UPDATE platform_log SET origin = 'x'",
		"its checkpoint is":    "UPDATE platform_log SET checkpoint = overlay(checkpoint PLACING 'x' FROM 1)",
		"its key is another's": "UPDATE platform_log SET key = '" + sealtest.Signer(7).String() + "'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommons(t)
			c.record(t, 0)
			c.grow(t, 3)
			_, err := connect(t, c.d.Superuser).Exec(t.Context(), change)
			must(t, err)
			c.at = c.at.Add(time.Hour)
			c.keys.Number.Store(0)
			if err := c.newRecorder(t).Record(t.Context()); err == nil || fault.KindOf(err) != fault.Internal && name != "its key is another's" {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestARestoredPlatformsLogIsNoticed: an earlier state is sound by itself.
func TestARestoredPlatformsLogIsNoticed(t *testing.T) {
	t.Parallel()
	c := newCommons(t)
	early := c.record(t, 0)
	c.grow(t, 3)
	c.record(t, time.Hour)
	_, err := connect(t, c.d.Superuser).Exec(t.Context(), "UPDATE platform_log SET size = $1, checkpoint = $2; ", early.Size, early.Checkpoint)
	must(t, err)
	_, err = connect(t, c.d.Superuser).Exec(t.Context(), "UPDATE platform_tiles SET hashes = substr(hashes, 1, 64); UPDATE platform_leaves SET seq = NULL WHERE seq = 2")
	must(t, err)
	c.at = c.at.Add(time.Hour)
	if err := c.recorder.Record(t.Context()); fault.KindOf(err) != fault.Internal {
		t.Errorf("the process that has signed more: %v", err)
	}
	must(t, c.newRecorder(t).Record(t.Context()))
}

// TestARewrittenPlatformsLogIsReported: the operator drops an entry, makes the tree anew
// and signs it with the real key. Whoever holds a checkpoint notices.
func TestARewrittenPlatformsLogIsReported(t *testing.T) {
	t.Parallel()
	c := newCommons(t)
	held := c.record(t, 0)
	c.grow(t, 3)
	c.record(t, time.Hour)
	_, err := connect(t, c.d.Superuser).Exec(t.Context(), "DELETE FROM platform_tiles; DELETE FROM platform_leaves WHERE seq = 0; UPDATE platform_leaves SET seq = NULL; DELETE FROM platform_log_keys; DELETE FROM platform_log")
	must(t, err)
	must(t, c.newRecorder(t).Record(t.Context()))
	c.grow(t, 3)
	c.at = c.at.Add(time.Hour)
	must(t, c.newRecorder(t).Record(t.Context()))
	file, err := c.prover.Everybody(t.Context(), held.Size)
	must(t, err)
	by := c.trust()
	by.Platform = held.Checkpoint
	r, err := witness.Verify(file, by)
	if err != nil || r.Wrong == nil || !strings.Contains(r.String(), "somebody was shown another log, or it was rewritten") {
		t.Errorf("%v %s", err, r)
	}
}

func TestTheKeyOfThePlatformsLogNamesTheNext(t *testing.T) {
	t.Parallel()
	c := newCommons(t)
	held := c.record(t, 0)
	c.keys.Number.Store(1)
	c.grow(t, 3)
	c.record(t, time.Hour)
	c.grow(t, 3)
	c.record(t, time.Hour)
	file, err := c.prover.Everybody(t.Context(), held.Size)
	must(t, err)
	by := c.trust()
	by.Platform = held.Checkpoint
	if r, err := witness.Verify(file, by); err != nil || !r.Proven() {
		t.Errorf("%v %s", err, r)
	}
	keys, err := c.db.PlatformLogKeys(t.Context())
	if err != nil || len(keys) != 2 || keys[1].Signature == nil {
		t.Errorf("%+v %v", keys, err)
	}
	c.keys.Lost.Store(2)
	c.keys.Number.Store(2)
	c.grow(t, 3)
	c.record(t, time.Hour)
	if file, err = c.prover.Everybody(t.Context(), held.Size); err != nil {
		t.Fatal(err)
	}
	if r, err := witness.Verify(file, by); err != nil || r.Wrong == nil {
		t.Errorf("a key that nobody named is trusted: %v %s", err, r)
	}
	c.grow(t, 3)
	c.keys.Number.Store(1) // it has had its turn
	c.keys.Lost.Store(3)
	c.at = c.at.Add(time.Hour)
	if err := c.recorder.Record(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a key comes twice: %v", err)
	}
}

func TestWhoMayDoWhatWithThePlatformsLog(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	for _, table := range []string{"platform_log", "platform_log_keys", "platform_leaves", "platform_tiles", "logged_checkpoints"} {
		writes := []string{"INSERT INTO " + table + " DEFAULT VALUES", "DELETE FROM " + table, "TRUNCATE " + table}
		refused := map[string][]string{d.API: writes, d.Audit: append(writes, "SELECT * FROM "+table), d.Operator: append(writes, "SELECT * FROM "+table), d.Worker: {"TRUNCATE " + table}}
		if table != "logged_checkpoints" {
			refused[d.Worker] = append(refused[d.Worker], "DELETE FROM "+table)
		}
		for dsn, all := range refused {
			conn := connect(t, dsn)
			for _, sql := range all {
				if _, err := conn.Exec(t.Context(), sql); err == nil || !bytes.Contains([]byte(err.Error()), []byte("42501")) {
					t.Errorf("%s: %v", sql, err)
				}
			}
		}
	}
	worker := connect(t, d.Worker)
	for _, sql := range []string{"UPDATE platform_log SET origin = 'x'", "UPDATE platform_leaves SET leaf = leaf", "UPDATE platform_tiles SET n = n", "UPDATE platform_log_keys SET key = key", "UPDATE logged_checkpoints SET size = size"} {
		if _, err := worker.Exec(t.Context(), sql); err == nil || !bytes.Contains([]byte(err.Error()), []byte("42501")) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
