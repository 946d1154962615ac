package store_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// logbook is an organization whose records are written and sealed.
type logbook struct {
	d       storetest.Database
	db      *store.DB // of the api
	worker  *store.DB
	outbox  *store.Outbox
	box     *secrets.Box
	keys    sealtest.Keys
	sealer  *seal.Sealer
	org     tenants.Organization
	journal *audittest.Journal
	wrote   []audit.Row
}

func newLogbook(t *testing.T) *logbook {
	t.Helper()
	l := &logbook{d: storetest.New(t), box: newBox(t), org: organization("contoso")}
	l.db, l.worker, l.outbox = l.d.Open(t), l.d.OpenWorker(t), l.d.OpenOutbox(t)
	l.sealer = sealtest.New(t, l.worker, &l.keys, l.box, time.Now)
	claimSealed(t, l.db, l.box, l.org)
	sealtest.All(t, l.sealer, l.org.ID) // the record of the claim
	l.journal = audittest.New(l.org.ID, 1, 7, time.Now().Add(-time.Hour))
	l.journal.TID = l.org.TID
	return l
}

func newBox(tb testing.TB) *secrets.Box {
	tb.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	must(tb, err)
	box, err := secrets.NewBox(kek)
	must(tb, err)
	return box
}

// claimSealed adds an organization whose key can be opened.
func claimSealed(tb testing.TB, db *store.DB, box *secrets.Box, o tenants.Organization) {
	tb.Helper()
	wrapped, err := box.NewOrganizationKey(tb.Context(), o.ID)
	must(tb, err)
	must(tb, db.ClaimOrganization(tb.Context(), caller(o), tenants.NewOrganization{Organization: o, WrappedKey: wrapped, Credential: []byte("encrypted"), Owner: owner()}))
}

// write appends records.
func (l *logbook) write(t *testing.T, n int) {
	t.Helper()
	var rows []audit.Row
	for range n {
		rows = append(rows, l.journal.Row())
	}
	l.wrote = append(l.wrote, rows...)
	must(t, l.outbox.Append(t.Context(), rows))
}

func (l *logbook) seal(t *testing.T) {
	t.Helper()
	sealtest.All(t, l.sealer, l.org.ID)
}

func (l *logbook) head(t *testing.T) seal.Head {
	t.Helper()
	h, err := l.db.LogHead(t.Context(), l.org.ID)
	must(t, err)
	return h
}

// checkpoint opens the head's, which keys have signed.
func (l *logbook) checkpoint(t *testing.T, keys ...proof.Key) proof.Checkpoint {
	t.Helper()
	h := l.head(t)
	c, err := proof.OpenCheckpoint(h.Checkpoint, proof.Origin(sealtest.Host, l.org.ID), keys...)
	must(t, err)
	if c.Size != h.Size || !c.At.Equal(h.SealedAt) {
		t.Errorf("the head is of %d records sealed by %s, its checkpoint of %d by %s", h.Size, h.SealedAt, c.Size, c.At)
	}
	return c
}

func (l *logbook) opener(t *testing.T) *seal.Opener {
	t.Helper()
	wrapped, err := l.db.WrappedKey(t.Context(), l.org.ID)
	must(t, err)
	key, err := l.box.Open(t.Context(), l.org.ID, wrapped)
	must(t, err)
	return seal.NewOpener(key, func(number int32) (seal.Person, error) { return l.db.LogPerson(t.Context(), l.org.ID, number) })
}

// read returns the whole log, opened, after it was held against the tree and its
// checkpoint.
func (l *logbook) read(t *testing.T) (all []proof.Record) {
	t.Helper()
	opener := l.opener(t)
	var tree proof.Frontier
	must(t, l.db.SealedRows(t.Context(), l.org.ID, seal.Query{To: l.head(t).Size}, func(row seal.Row, leaf proof.Hash) error {
		r, err := opener.Open(row, leaf)
		if err != nil {
			return err
		}
		if got, err := r.Recomputed(l.org.ID); err != nil || got != leaf || row.Seq != tree.Size() {
			t.Errorf("record %d: leaf %v, of its fields %v, %v", row.Seq, leaf, got, err)
		}
		tree.Append(leaf)
		all = append(all, r)
		return nil
	}))
	if c := l.checkpoint(t, sealtest.Signer(l.keys.Number.Load()).Key); tree.Root() != c.Root || tree.Size() != c.Size {
		t.Errorf("%d records have the root %v, the checkpoint is of %d with %v", tree.Size(), tree.Root(), c.Size, c.Root)
	}
	return all
}

func TestRecordsAreSealedOnceInOrderAsTheyWere(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	for _, n := range []int{1, 250, 3, 300, 1} { // over the edges of tiles
		l.write(t, n)
		l.seal(t)
	}
	all := l.read(t)
	if len(all) != 1+len(l.wrote) || l.head(t).Waiting.Records != 0 {
		t.Fatalf("%d records, %d were written", len(all), len(l.wrote))
	}
	var before []byte
	for i, row := range l.wrote {
		fields, err := audit.Fields(row.Payload)
		must(t, err)
		r := all[i+1]
		if len(r.Fields) != len(fields)+1 {
			t.Errorf("record %d has %d fields, %d were written", i, len(r.Fields), len(fields))
		}
		for _, f := range fields {
			if got := r.Field(f.Name); !bytes.Equal(got.Value, f.Value) {
				t.Errorf("record %d: %s is %s, it was %s", i, f.Name, got.Value, f.Value)
			}
		}
		sealedAt, at := r.Field(seal.SealedAt).Value, r.Field("at").Value
		if bytes.Compare(sealedAt, before) < 0 || bytes.Compare(sealedAt, at) < 0 {
			t.Errorf("record %d of %s is sealed at %s, the one before at %s", i, at, sealedAt, before)
		}
		before = sealedAt
	}
}

func TestWhatIsOfAPersonLiesUnderTheirKey(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 60)
	l.seal(t)
	people, err := l.db.LogPeople(t.Context(), l.org.ID, l.journal.People...)
	must(t, err)
	named := map[int32]string{}
	for _, p := range people {
		named[p.Number] = p.OID.String()
	}
	if len(named) != len(l.journal.People) || len(people) != len(named) {
		t.Fatalf("%d of %d people have numbers", len(named), len(l.journal.People))
	}
	opener := l.opener(t)
	must(t, l.db.SealedRows(t.Context(), l.org.ID, seal.Query{From: 1, To: l.head(t).Size}, func(row seal.Row, leaf proof.Hash) error {
		r, err := opener.Open(row, leaf)
		if oid := strings.Trim(string(r.Field("actor_oid").Value), `"`); err != nil || named[row.Person] != oid || row.Personal == nil {
			t.Errorf("record %d is of person %d, %s: %v", row.Seq, row.Person, oid, err)
		}
		if oid := strings.Trim(string(r.Field("subject_oid").Value), `"`); named[row.Subject] != oid || (oid == "") != (row.Concerning == nil) {
			t.Errorf("record %d is about person %d, %q", row.Seq, row.Subject, oid)
		}
		row.Personal = nil
		if r, err = opener.Open(row, leaf); err != nil || slices.ContainsFunc(r.Fields, func(f proof.Field) bool { return audit.OwnerOf(f.Name) == audit.OfActor }) {
			t.Errorf("record %d tells who acted without what is of them: %v", row.Seq, err)
		}
		return nil
	}))
}

func TestSealersTakeTurns(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sealers sync.WaitGroup
	for range 3 {
		other := sealtest.New(t, l.d.OpenWorker(t), &l.keys, l.box, time.Now)
		sealers.Go(func() { other.Run(ctx) })
	}
	var tree []proof.Checkpoint
	for range 25 {
		l.write(t, 40)
		tree = append(tree, l.checkpoint(t, sealtest.Signer(0).Key))
	}
	eventuallySealed(t, l)
	stop()
	sealers.Wait()
	all := l.read(t)
	seen := map[string]int{}
	for _, r := range all {
		seen[string(r.Field("id").Value)]++
	}
	for _, row := range l.wrote {
		if n := seen[`"`+row.ID.String()+`"`]; n != 1 {
			t.Errorf("record %s is sealed %d times", row.ID, n)
		}
	}
	if len(all) != 1+len(l.wrote) {
		t.Errorf("%d records, %d were written", len(all), len(l.wrote))
	}
	for _, c := range tree {
		if root := rootAt(t, l, c.Size); root != c.Root {
			t.Errorf("the checkpoint of %d records had the root %v, now it is %v", c.Size, c.Root, root)
		}
	}
}

func eventuallySealed(t *testing.T, l *logbook) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); l.head(t).Waiting.Records > 0; {
		if time.Now().After(deadline) {
			t.Fatal("records still wait after a minute")
		}
		<-time.After(10 * time.Millisecond)
	}
}

// rootAt is the root that the tree had when it was of a size.
func rootAt(t *testing.T, l *logbook, size int64) proof.Hash {
	t.Helper()
	subtrees := proof.Cover(0, size)
	hashes, err := l.db.LogSubtrees(t.Context(), l.org.ID, subtrees)
	must(t, err)
	var f proof.Frontier
	for i, s := range subtrees {
		must(t, f.AppendSubtree(s.Level, hashes[i]))
	}
	return f.Root()
}

func TestAKeyNamesItsSuccessorInTheLog(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 3)
	l.seal(t)
	l.keys.Number.Store(1)
	l.write(t, 2)
	l.seal(t)
	first, second := sealtest.Signer(0), sealtest.Signer(1)
	l.checkpoint(t, first.Key) // both have signed it
	l.checkpoint(t, second.Key)
	all := l.read(t)
	s, err := seal.SuccessionIn(func(name string) []byte { return all[4].Field(name).Value })
	if err != nil || s.Check(proof.Origin(sealtest.Host, l.org.ID)) != nil || s.From.String() != first.String() || s.To.String() != second.String() {
		t.Fatalf("%+v, %v", s, err)
	}
	keys, err := l.db.LogKeys(t.Context(), l.org.ID)
	if err != nil || len(keys) != 2 || keys[0].Signature != nil || keys[1].Seq != 4 || keys[1].Key != second.String() || !bytes.Equal(keys[1].Signature, s.Signature) {
		t.Errorf("%+v, %v", keys, err)
	}
	l.write(t, 1)
	l.seal(t)
	if _, err := proof.OpenCheckpoint(l.head(t).Checkpoint, proof.Origin(sealtest.Host, l.org.ID), first.Key); err == nil {
		t.Error("the key before goes on signing")
	}
	if _, err := seal.SuccessionIn(func(name string) []byte { return all[1].Field(name).Value }); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a call is about keys: %v", err)
	}
}

func TestAQuietLogNamesItsNextKeyToo(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.keys.Number.Store(1)
	ctx, stop := context.WithCancel(t.Context())
	var sealers sync.WaitGroup
	sealers.Go(func() { l.sealer.Run(ctx) })
	for deadline := time.Now().Add(time.Minute); l.head(t).Key != sealtest.Signer(1).String() && time.Now().Before(deadline); {
		<-time.After(10 * time.Millisecond)
	}
	stop()
	sealers.Wait()
	if all := l.read(t); len(all) != 2 || string(all[1].Field("kind").Value) != `"log_key"` {
		t.Errorf("%d records", len(all))
	}
}

func TestALostKeyIsSaidToBe(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.keys.Number.Store(1)
	l.keys.Lost.Store(1)
	l.write(t, 1)
	l.seal(t)
	all := l.read(t)
	s, err := seal.SuccessionIn(func(name string) []byte { return all[1].Field(name).Value })
	if err != nil || s.Check(proof.Origin(sealtest.Host, l.org.ID)) == nil || string(all[1].Field("reason").Value) != `"key_lost"` {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestNothingIsAddedToALogThatIsNotAsItWasSigned(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a leaf is another":   "UPDATE audit_tiles SET hashes = overlay(hashes PLACING sha256('x') FROM 1) WHERE level = 0",
		"a leaf is gone":      "UPDATE audit_tiles SET hashes = substring(hashes FROM 33) WHERE level = 0",
		"the tile is gone":    "DELETE FROM audit_tiles",
		"the log is shorter":  "UPDATE audit_heads SET size = size - 1; UPDATE audit_tiles SET hashes = substring(hashes FOR 32 * 3) WHERE level = 0",
		"another origin":      "UPDATE audit_heads SET origin = 'another'",
		"no checkpoint":       "UPDATE audit_heads SET checkpoint = ''",
		"an older checkpoint": "UPDATE audit_heads SET checkpoint = (SELECT checkpoint FROM kept)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLogbook(t)
			conn := connect(t, l.d.Superuser)
			_, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT checkpoint FROM audit_heads")
			must(t, err)
			l.write(t, 3)
			l.seal(t)
			_, err = conn.Exec(t.Context(), sql)
			must(t, err)
			l.write(t, 1)
			_, _, err = l.sealer.Seal(t.Context(), l.org.ID, seal.Limits{Records: 10, Bytes: 1 << 20})
			if h := l.head(t); err == nil || h.Waiting.Records != 1 {
				t.Errorf("%d records wait, %v", h.Waiting.Records, err)
			}
		})
	}
}

func TestARecordThatIsNoneIsReplaced(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 1)
	hostile := row(t, l.org, []byte("nul \x00 lone \xed\xa0\x80"))
	sealedAlready := row(t, l.org, []byte(`{"id":"x","sealed_at":"y","v":1}`))
	must(t, l.outbox.Append(t.Context(), []audit.Row{hostile, sealedAlready}))
	l.write(t, 1)
	l.seal(t)
	if all := l.read(t); len(all) != 5 {
		t.Fatalf("%d records", len(all))
	}
	for _, bad := range []audit.Row{hostile, sealedAlready} {
		found, leaf, err := l.db.FindSealed(t.Context(), l.org.ID, bad.ID)
		must(t, err)
		r, err := l.opener(t).Open(found, leaf)
		if err != nil || string(r.Field("kind").Value) != `"record_rejected"` || string(r.Field("call").Value) != `"`+bad.ID.String()+`"` {
			t.Errorf("%v, %v", r, err)
		}
	}
}

func TestWhatFailsSealsNothing(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 5)
	before := dump(t, l.d, l.org.ID)
	broken := errors.New("broken")
	err := l.worker.SealLog(t.Context(), authz.SystemCaller(l.org.ID, "test"), "x", seal.Limits{Records: 3, Bytes: 1 << 20}, func(_ context.Context, b seal.Batch) (seal.Sealed, error) {
		if len(b.Rows) != 3 {
			t.Errorf("%d rows", len(b.Rows))
		}
		return seal.Sealed{}, broken
	})
	if !errors.Is(err, broken) || !slices.Equal(before, dump(t, l.d, l.org.ID)) {
		t.Errorf("something has changed: %v", err)
	}
	if err := l.db.SealLog(t.Context(), caller(l.org), "x", seal.Limits{Records: 1, Bytes: 1}, nil); fault.KindOf(err) != fault.Internal {
		t.Errorf("the role of the api seals: %v", err)
	}
}

func TestABatchIsBounded(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 10)
	size := 0
	for _, r := range l.wrote[:4] {
		size += len(r.Payload)
	}
	for _, c := range []struct {
		most seal.Limits
		want int
		more bool
	}{{seal.Limits{Records: 2, Bytes: 1 << 20}, 2, true}, {seal.Limits{Records: 9, Bytes: 1}, 1, true}, {seal.Limits{Records: 100, Bytes: 1 << 20}, 7, false}, {seal.Limits{Records: 100, Bytes: 1 << 20}, 0, false}} {
		n, more, err := l.sealer.Seal(t.Context(), l.org.ID, c.most)
		if err != nil || n != c.want || more != c.more {
			t.Errorf("%+v: %d, %t, %v", c, n, more, err)
		}
	}
	l.read(t)
}
