package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/tenants"
)

// TestARecordOfNoInstantStopsNobody: the outbox refuses it, and one that is there all
// the same is replaced, while everybody else is sealed.
func TestARecordOfNoInstantStopsNobody(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	late := l.journal.Row()
	late.At = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := l.outbox.Append(t.Context(), []audit.Row{late}); !isPoison(err) {
		t.Errorf("a record of the year 12000 is taken: %v", err)
	}
	conn := connect(t, l.d.Superuser)
	_, err := conn.Exec(t.Context(), "ALTER TABLE audit_outbox DROP CONSTRAINT audit_outbox_at_check")
	must(t, err)
	ids := map[string]string{"infinity": "00000000-0000-7000-8000-000000000001", "-infinity": "00000000-0000-7000-8000-000000000002", "20000-01-01": "00000000-0000-7000-8000-000000000003"}
	for at, id := range ids {
		_, err := conn.Exec(t.Context(), "INSERT INTO audit_outbox (id, org_id, at, kind, payload) VALUES ($1, $2, $3::text::timestamptz, 'x', '{}')", id, l.org.ID.String(), at)
		must(t, err)
	}
	l.write(t, 1)
	if h := l.head(t); h.Waiting.Records != 4 {
		t.Errorf("%+v", h.Waiting)
	}
	if logs, err := l.worker.WaitingLogs(t.Context(), tenants.ID{}, 10); err != nil || len(logs) != 1 {
		t.Errorf("%v, %v", logs, err)
	}
	l.seal(t)
	if all := l.read(t); len(all) != 5 || l.head(t).SealedAt.After(time.Now().Add(time.Minute)) {
		t.Errorf("%d records, sealed at %s", len(all), l.head(t).SealedAt)
	}
	for at, id := range ids {
		l.rejected(t, at, audit.ID(tenants.MustGUID(id).Bytes()))
	}
}

// rejected holds the record of an id against what stands for one that is none.
func (l *logbook) rejected(t *testing.T, name string, id audit.ID) {
	t.Helper()
	row, leaf, err := l.db.FindSealed(t.Context(), l.org.ID, id)
	must(t, err)
	r, err := l.opener(t).Open(row, leaf)
	if is := func(field, want string) bool { return strings.Trim(string(r.Field(field).Value), `"`) == want }; err != nil || !is("kind", "record_rejected") || !is("call", id.String()) || !is("id", id.String()) {
		t.Errorf("%s: %v, %v", name, r, err)
	}
}

// TestWhatIsDamagedOrComesAgainStopsNobody: a record that is sealed already, and one of
// somebody whose key cannot be opened.
func TestWhatIsDamagedOrComesAgainStopsNobody(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	l.write(t, 30)
	l.seal(t)
	must(t, l.outbox.Append(t.Context(), l.wrote[:1]))
	_, err := connect(t, l.d.Superuser).Exec(t.Context(), "UPDATE audit_people SET key = set_byte(key, 9, get_byte(key, 9) # 1)")
	must(t, err)
	before := l.head(t)
	l.write(t, 30)
	l.seal(t)
	l.seal(t)
	if h := l.head(t); h.Size != before.Size+31 || h.Waiting.Records != 0 || h.People < before.People+7 { // seven people act
		t.Errorf("%+v", h)
	}
	opener, duplicates := l.opener(t), 0
	must(t, l.db.SealedRows(t.Context(), l.org.ID, seal.Query{From: before.Size, To: before.Size + 31}, func(row seal.Row, leaf proof.Hash) error {
		r, err := opener.Open(row, leaf)
		if strings.Trim(string(r.Field("reason").Value), `"`) == "duplicate" {
			duplicates++
		}
		return err
	}))
	if duplicates != 1 {
		t.Errorf("%d duplicates", duplicates)
	}
}

// TestAKeyIsNoOtherByAnotherName: a log whose key has the name of another host is not
// looked for, and one whose organization is gone is not either.
func TestAKeyIsNoOtherByAnotherName(t *testing.T) {
	t.Parallel()
	l := newLogbook(t)
	renamed, err := proof.NewKey("another.test", sealtest.Signer(0).Public())
	must(t, err)
	for key, want := range map[string]int{sealtest.Signer(0).String(): 0, renamed.String(): 0, sealtest.Signer(1).String(): 1} {
		if orgs, err := l.worker.LogsUnderAnotherKey(t.Context(), key, 10); err != nil || len(orgs) != want {
			t.Errorf("%s: %v, %v", key, orgs, err)
		}
	}
	_, err = connect(t, l.d.Superuser).Exec(t.Context(), "ALTER TABLE audit_keys DROP CONSTRAINT audit_keys_org_id_fkey; ALTER TABLE audit_people DROP CONSTRAINT audit_people_org_id_fkey; ALTER TABLE audit_tiles DROP CONSTRAINT audit_tiles_org_id_fkey; UPDATE audit_heads SET org_id = gen_random_uuid()")
	must(t, err)
	if orgs, err := l.worker.LogsUnderAnotherKey(t.Context(), sealtest.Signer(1).String(), 10); err != nil || len(orgs) != 0 {
		t.Errorf("%v, %v", orgs, err)
	}
}

func isPoison(err error) bool {
	_, is := errors.AsType[*audit.PoisonError](err)
	return is
}
