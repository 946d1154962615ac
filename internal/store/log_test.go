package store_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// numbers asks for rows and returns their numbers, in the order in which they came.
func (l *logbook) numbers(t *testing.T, q seal.Query) (forwards, backwards []int64) {
	t.Helper()
	must(t, l.db.SealedRows(t.Context(), l.org.ID, q, func(r seal.Row, _ proof.Hash) error { forwards = append(forwards, r.Seq); return nil }))
	must(t, l.db.SealedBackwards(t.Context(), l.org.ID, q, func(r seal.Row, _ proof.Hash) error { backwards = append(backwards, r.Seq); return nil }))
	return forwards, backwards
}

func TestRowsAreFoundByRangeAndPerson(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 700)
	l.seal(t)
	size := l.head(t).Size
	all := l.read(t)
	people, err := l.db.LogPeople(t.Context(), l.org.ID, l.journal.People[0], l.journal.People[6])
	must(t, err)
	byOID := map[string]int32{}
	for _, p := range people {
		byOID[`"`+p.OID.String()+`"`] = p.Number
	}
	one, both := []int32{people[0].Number}, []int32{people[0].Number, people[1].Number}
	for _, q := range []seal.Query{
		{From: 0, To: size},
		{From: 100, To: 420},
		{From: 255, To: 257},
		{From: 5, To: 5},
		{From: size - 1, To: size + 100},
		{From: 0, To: size, People: one},
		{From: 0, To: size, People: both},
		{From: 50, To: 600, People: both},
		{From: 0, To: size, People: []int32{}},
		{From: 0, To: size, People: []int32{999}},
	} {
		var want []int64
		for _, r := range all {
			if r.Seq < q.From || r.Seq >= q.To {
				continue
			}
			actor, subject := byOID[string(r.Field("actor_oid").Value)], byOID[string(r.Field("subject_oid").Value)]
			if q.People == nil || actor > 0 && slices.Contains(q.People, actor) || subject > 0 && slices.Contains(q.People, subject) {
				want = append(want, r.Seq)
			}
		}
		forwards, backwards := l.numbers(t, q)
		slices.Reverse(backwards)
		if !slices.Equal(forwards, want) || !slices.Equal(backwards, want) {
			t.Errorf("%+v: %d forwards, %d backwards, want %d", q, len(forwards), len(backwards), len(want))
		}
	}
	enough := errors.New("enough")
	if err := l.db.SealedRows(t.Context(), l.org.ID, seal.Query{To: size}, func(seal.Row, proof.Hash) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
}

func TestAnInstantHasAPlaceInTheLog(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	began := time.Now().Add(-time.Minute)
	var sealed []time.Time // of each record
	for _, n := range []int{300, 1, 255, 20} {
		l.write(t, n)
		l.seal(t)
	}
	must(t, l.db.SealedRows(t.Context(), l.org.ID, seal.Query{To: l.head(t).Size}, func(r seal.Row, _ proof.Hash) error { sealed = append(sealed, r.SealedAt); return nil }))
	instants := []time.Time{began, time.Now().Add(time.Minute)}
	for _, at := range slices.Compact(slices.Clone(sealed)) {
		instants = append(instants, at, at.Add(-time.Microsecond), at.Add(time.Microsecond))
	}
	for _, at := range instants {
		want := slices.IndexFunc(sealed, func(s time.Time) bool { return !s.Before(at) })
		if want < 0 {
			want = len(sealed)
		}
		if got, err := l.db.SeqAt(t.Context(), l.org.ID, at); err != nil || got != int64(want) {
			t.Errorf("%s: %d, want %d, %v", at, got, want, err)
		}
	}
}

func TestSubtreesAreThoseOfTheTree(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 599)
	l.seal(t)
	var leaves []proof.Hash
	for _, r := range l.read(t) {
		leaves = append(leaves, r.Leaf)
	}
	for _, s := range append(proof.Cover(0, 600), proof.Cover(37, 598)...) {
		var f proof.Frontier
		for _, leaf := range leaves[s.Index<<s.Level : (s.Index+1)<<s.Level] {
			f.Append(leaf)
		}
		got, err := l.db.LogSubtrees(t.Context(), l.org.ID, []proof.Subtree{s})
		if err != nil || got[0] != f.Root() {
			t.Errorf("%+v: %v, %v", s, got, err)
		}
	}
	for _, beyond := range []proof.Subtree{{Level: 0, Index: 600}, {Level: 9, Index: 1}, {Level: 10, Index: 0}, {Level: 30, Index: 0}} {
		if _, err := l.db.LogSubtrees(t.Context(), l.org.ID, []proof.Subtree{beyond}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%+v: %v", beyond, err)
		}
	}
}

func TestARecordIsFoundOnceItIsSealed(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 1)
	id := l.wrote[0].ID
	if _, _, err := l.db.FindSealed(t.Context(), l.org.ID, id); fault.KindOf(err) != fault.NotFound || !errors.Is(err, store.ErrWaiting) {
		t.Errorf("while it waits: %v", err)
	}
	if h := l.head(t); h.Waiting.Records != 1 || !h.Waiting.Since.Equal(l.wrote[0].At) {
		t.Errorf("%+v", h.Waiting)
	}
	l.seal(t)
	row, leaf, err := l.db.FindSealed(t.Context(), l.org.ID, id)
	if err != nil || row.ID != id || row.Seq != 1 || leaf != l.read(t)[1].Leaf {
		t.Errorf("%+v, %v", row, err)
	}
	if _, _, err := l.db.FindSealed(t.Context(), l.org.ID, audit.ID{1}); fault.KindOf(err) != fault.NotFound || errors.Is(err, store.ErrWaiting) {
		t.Errorf("one that is nowhere: %v", err)
	}
	if h := l.head(t); h.Waiting.Records != 0 || !h.Waiting.Since.IsZero() {
		t.Errorf("%+v", h.Waiting)
	}
}

func TestRecordsAreReadSealedOrNot(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 40)
	l.seal(t)
	l.write(t, 20)
	var got []store.StoredRecord
	must(t, l.db.Records(t.Context(), l.box.Open, l.org.ID, tenants.GUID{}, func(r store.StoredRecord) error { got = append(got, r); return nil }))
	got = slices.DeleteFunc(got, func(r store.StoredRecord) bool { return r.Seq == 0 }) // of the claim
	if len(got) != len(l.wrote) {
		t.Fatalf("%d records, %d were written", len(got), len(l.wrote))
	}
	for i, r := range got {
		w := l.wrote[i]
		if r.ID.String() != w.ID.String() || !r.At.Equal(w.At) || !bytes.Equal(r.Payload, w.Payload) || (r.Seq >= 0) != (i < 40) || r.SealedAt.IsZero() != (i >= 40) {
			t.Errorf("record %d: %+v", i, r)
		}
	}
	n := 0
	must(t, l.db.Records(t.Context(), l.box.Open, l.org.ID, got[30].ID, func(store.StoredRecord) error { n++; return nil }))
	if n != 30 { // with that of the claim
		t.Errorf("%d records after the 31st of 61", n)
	}
	if err := l.db.Records(t.Context(), nil, l.org.ID, tenants.GUID{}, func(store.StoredRecord) error { return nil }); fault.KindOf(err) != fault.Internal {
		t.Errorf("a sealed record is read without a key: %v", err)
	}
}

func TestAPersonWhoseKeyIsDestroyedComesBackAsSomebodyElse(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 50)
	l.seal(t)
	before, err := l.db.LogPeople(t.Context(), l.org.ID, l.journal.People...)
	must(t, err)
	conn := connect(t, l.d.Superuser)
	_, err = conn.Exec(t.Context(), "UPDATE audit_people SET key = '' WHERE person = $1", before[0].Number)
	must(t, err)
	l.write(t, 50)
	l.seal(t)
	after, err := l.db.LogPeople(t.Context(), l.org.ID, before[0].OID)
	if err != nil || len(after) != 2 || len(after[0].Key) != 0 || len(after[1].Key) == 0 || after[1].Number == before[0].Number {
		t.Errorf("%+v, %v", after, err)
	}
	broken := 0
	opener := l.opener(t)
	must(t, l.db.SealedRows(t.Context(), l.org.ID, seal.Query{To: l.head(t).Size}, func(row seal.Row, leaf proof.Hash) error {
		_, err := opener.Open(row, leaf)
		if of := row.Person == before[0].Number || row.Subject == before[0].Number; of != (err != nil) {
			t.Errorf("record %d of person %d: %v", row.Seq, row.Person, err)
		} else if of {
			broken++
		}
		return nil
	}))
	if broken == 0 {
		t.Error("nothing was of the person")
	}
}

func TestWhoMayDoWhatWithTheLog(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	tables := []string{"audit_heads", "audit_keys", "audit_people", "audit_records", "audit_tiles"}
	refused := map[string][]string{d.API: {"SELECT * FROM waiting_logs('00000000-0000-0000-0000-000000000000', 1)", "SELECT logs_under_another_key('x', 1)"}, d.Worker: nil, d.Audit: nil, d.Operator: nil}
	for _, table := range tables {
		refused[d.API] = append(refused[d.API], "INSERT INTO "+table+" DEFAULT VALUES", "UPDATE "+table+" SET org_id = org_id", "DELETE FROM "+table)
		for _, dsn := range []string{d.Audit, d.Operator} {
			refused[dsn] = append(refused[dsn], "SELECT * FROM "+table, "INSERT INTO "+table+" DEFAULT VALUES", "UPDATE "+table+" SET org_id = org_id", "DELETE FROM "+table)
		}
		refused[d.Worker] = append(refused[d.Worker], "UPDATE "+table+" SET org_id = org_id", "TRUNCATE "+table)
		if table != "audit_people" && table != "audit_records" { // retention takes these
			refused[d.Worker] = append(refused[d.Worker], "DELETE FROM "+table)
		}
	}
	refused[d.Worker] = append(refused[d.Worker], "UPDATE audit_records SET seq = seq", "UPDATE audit_people SET person = person", "UPDATE audit_heads SET origin = origin", "UPDATE audit_keys SET key = key", "UPDATE audit_tiles SET n = n", "UPDATE audit_outbox SET kind = 'x'")
	for dsn, all := range refused {
		conn := connect(t, dsn)
		for _, sql := range all {
			if _, err := conn.Exec(t.Context(), sql); err == nil || !bytes.Contains([]byte(err.Error()), []byte("42501")) {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
}
