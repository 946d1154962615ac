package audit_test

import (
	"bytes"
	"errors"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// mirror is a cipher that hides nothing.
type mirror struct{ broken error }

func (mirror) Person() int32 { return 7 }

func (m mirror) Encrypt(call audit.ID, part audit.Part, plain []byte) ([]byte, error) {
	return append([]byte(call.String()+" "+string(part)+" "), plain...), m.broken
}

// bodies returns those of the rows that were appended, in order.
func (o *outbox) bodies(t *testing.T) (all []audit.Body) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, rows := range o.stored {
		for _, r := range rows {
			all = append(all, r.Bodies...)
		}
	}
	return all
}

func TestBodiesComeWithTheRecordThatCommitsToThem(t *testing.T) {
	t.Parallel()
	for _, effect := range []audit.Effect{audit.Read, audit.Write} {
		store := &outbox{}
		log := start(t, store, options())
		entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("notes_write"))
		if err != nil {
			t.Fatal(err)
		}
		long := bytes.Repeat([]byte("é"), audit.BodyLimit)
		if err := entry.Bodies(mirror{}, &audit.Text{Form: audit.Full, Bytes: int64(len(long)), Content: long}); err != nil {
			t.Fatal(err)
		}
		if err := entry.Intend(t.Context(), effect); err != nil {
			t.Fatal(err)
		}
		if got := len(store.bodies(t)); (got == 1) != (effect == audit.Write) {
			t.Errorf("%s: with the intent there are %d bodies", effect, got)
		}
		if err := entry.End(t.Context(), audit.Ending{Outcome: audit.OK, Result: []byte(`"a":1`), Body: &audit.Text{Form: audit.Redacted, Bytes: 7, Content: []byte(`{"a":"number"}`)}}); err != nil {
			t.Fatal(err)
		}
		all, records := store.bodies(t), store.records(t)
		outcome := records[len(records)-1]
		if len(all) != 2 || all[0].Part != audit.ArgumentsPart || all[1].Part != audit.ResultPart {
			t.Fatalf("%s: bodies are %+v", effect, all)
		}
		for i, digest := range []audit.Digest{outcome.ArgumentsBody, outcome.ResultBody} {
			b := all[i]
			plain, found := bytes.CutPrefix(b.Encrypted, []byte(entry.ID()+" "+string(b.Part)+" "))
			if !found || b.Person != 7 || b.Call.String() != entry.ID() || audit.DigestBody(outcome.DigestSalt, b.Part, plain) != digest {
				t.Errorf("%s: the record commits to another %s", effect, b.Part)
			}
			text, err := audit.ParseText(plain)
			if err != nil || text.Truncated != (i == 0) || i == 0 && (text.Bytes != int64(len(long)) || len(text.Content) > audit.BodyLimit) || i == 1 && string(text.Content) != `{"a":"number"}` {
				t.Errorf("%s: %s is %s %d %v of %d bytes, %v", effect, b.Part, text.Form, text.Bytes, text.Truncated, len(text.Content), err)
			}
		}
		if effect == audit.Write && (records[0].ArgumentsBody != outcome.ArgumentsBody || records[0].ResultBody != audit.Digest{}) {
			t.Error("the intent does not commit to the arguments, or to a result")
		}
		if load := log.Load(); load.Rows != 0 || load.Bytes != 0 {
			t.Errorf("left behind: %+v", load)
		}
	}
}

// TestWhatCannotBeKeptIsNotDone: neither without room nor without a key, and the room is
// given back.
func TestWhatCannotBeKeptIsNotDone(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		bytes  int
		cipher mirror
	}{"no room": {500 << 10, mirror{}}, "no key": {100 << 20, mirror{errors.New("no")}}} {
		o := options()
		o.QueueBytes, o.OrganizationShare = row.bytes, 0.25
		store := &outbox{}
		log := start(t, store, o)
		entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("notes_write"))
		if err != nil {
			t.Fatal(err)
		}
		if err := entry.Bodies(row.cipher, &audit.Text{Form: audit.Full, Content: []byte("{}")}); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if err := entry.End(t.Context(), audit.Ending{Outcome: audit.Failed}); err != nil {
			t.Fatal(err)
		}
		if load := log.Load(); load.Bytes != 0 || len(store.bodies(t)) != 0 {
			t.Errorf("%s: left behind: %+v", name, load)
		}
	}
}

func TestTextsOfBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	for _, plain := range []string{"", "full 3", "full\nx", "full x\nx", "half 3\nx", "full 3 cut\nx", "full 3 truncated x\nx"} {
		if _, err := audit.ParseText([]byte(plain)); err == nil {
			t.Errorf("%q passes", plain)
		}
	}
	if got, err := audit.ParseText([]byte("redacted 3 truncated\na\nb")); err != nil || got.Form != audit.Redacted || got.Bytes != 3 || !got.Truncated || string(got.Content) != "a\nb" {
		t.Errorf("%+v, %v", got, err)
	}
	salt := audit.Salt{1}
	if audit.DigestBody(salt, audit.ArgumentsPart, nil) == audit.DigestBody(salt, audit.ResultPart, nil) {
		t.Error("the digest of arguments is that of a result")
	}
}

// TestWithoutBodiesACallCostsNothingMore: none are allocated, and none are stored.
func TestWithoutBodiesACallCostsNothingMore(t *testing.T) {
	t.Parallel()
	store := &outbox{}
	log := start(t, store, options())
	entry, err := log.Begin(t.Context(), alice(t, tenants.NewID()), attempt("notes_write"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(entry.Intend(t.Context(), audit.Write), entry.End(t.Context(), audit.Ending{Outcome: audit.OK, Result: []byte("x"), Body: &audit.Text{}})); err != nil {
		t.Fatal(err)
	}
	for _, r := range store.records(t) {
		if r.ArgumentsBody != (audit.Digest{}) || r.ResultBody != (audit.Digest{}) {
			t.Errorf("a record commits to bodies: %+v", r)
		}
	}
	if all := store.bodies(t); all != nil {
		t.Errorf("there are bodies: %+v", all)
	}
}
