package store_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func row(t *testing.T, o tenants.Organization, payload []byte) audit.Row {
	t.Helper()
	r, err := audit.NewScribe(time.Now).Row(caller(o), audit.Event{Kind: audit.ConfigChange, Target: "test"})
	must(t, err)
	if payload != nil {
		r.Payload = payload
	}
	return r
}

func stored(t *testing.T, db *store.DB, o tenants.Organization) (all []store.StoredRecord) {
	t.Helper()
	must(t, db.Records(t.Context(), nil, o.ID, tenants.GUID{}, func(r store.StoredRecord) error { all = append(all, r); return nil }))
	return all
}

func TestOneAppendServesManyOrganizations(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	must(t, d.OpenOutbox(t).Append(t.Context(), []audit.Row{row(t, p.a, nil), row(t, p.b, nil), row(t, p.a, nil)}))
	if a, b := len(stored(t, p.db, p.a)), len(stored(t, p.db, p.b)); a != 4 || b != 3 { // two are the records of newPair
		t.Errorf("A has %d records, B has %d", a, b)
	}
}

func TestHostileBytesAreStoredAsTheyAre(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	hostile := []byte("nul \x00 lone \xed\xa0\x80 invalid \xff\xfe quote '\"\\")
	must(t, d.OpenOutbox(t).Append(t.Context(), []audit.Row{row(t, p.a, hostile)}))
	all := stored(t, p.db, p.a)
	if last := all[len(all)-1]; !bytes.Equal(last.Payload, hostile) {
		t.Errorf("%q", last.Payload)
	}
}

func TestPoisonIsToldFromTrouble(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	outbox := d.OpenOutbox(t)
	err := outbox.Append(t.Context(), []audit.Row{row(t, p.a, nil), row(t, p.b, make([]byte, audit.MaxPayload+1))})
	if poison, ok := errors.AsType[*audit.PoisonError](err); !ok || poison.Code != "23514" {
		t.Errorf("a record that is too long: %v", err)
	}
	if len(stored(t, p.db, p.a)) != 2 {
		t.Error("part of a refused batch was stored")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	err = outbox.Append(gone, []audit.Row{row(t, p.a, nil)})
	if _, ok := errors.AsType[*audit.PoisonError](err); ok || err == nil {
		t.Errorf("a cancelled append: %v", err)
	}
	must(t, outbox.Append(t.Context(), nil)) // asks whether rows could be stored
}

func TestChangeAndItsRecordAreOneTransaction(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	before := len(stored(t, p.db, p.a))
	conn := connect(t, d.Superuser)
	_, err := conn.Exec(t.Context(), "ALTER TABLE audit_outbox ADD CONSTRAINT nothing_more CHECK (kind <> 'config_change') NOT VALID")
	must(t, err)
	if err := setState(t.Context(), p.db, p.a, tenants.Suspended); err == nil {
		t.Error("a change without a record went through")
	}
	o, err := p.db.Organization(t.Context(), p.a.ID)
	must(t, err)
	if o.State != tenants.Active || len(stored(t, p.db, p.a)) != before {
		t.Errorf("state %s, %d records", o.State, len(stored(t, p.db, p.a)))
	}
}

func TestEveryChangeNamesItsActor(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	for _, r := range stored(t, p.db, p.a) {
		record, err := audit.Decode(r.Payload)
		must(t, err)
		if record.Kind != audit.ConfigChange || record.Actor.Name != "store test" || record.Org != p.a.ID {
			t.Errorf("%+v", record)
		}
	}
}
