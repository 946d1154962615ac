package store_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/tenants"
)

// TestDamagedRecordStopsNoErasure changes a byte of one record and erases somebody, and
// of another that has a tombstone and has a worker start.
func TestDamagedRecordStopsNoErasure(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.peopled()
	backup := k.backup()
	const damage = "UPDATE audit_records SET own = set_byte(own, 30, get_byte(own, 30) # 1) WHERE seq = "
	k.exec(damage + "(SELECT min(seq) FROM audit_records)")
	id, err := k.ask(anna, "anna@contoso.example")
	must(t, err)
	must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
	k.now = time.Now()
	k.seal()
	k.erasePeople()
	if k.erasure(id).DoneAt.IsZero() {
		t.Fatal("nobody is erased")
	}
	if raw, err := os.ReadFile(k.file); err != nil || strings.Count(string(raw), "\n") < 4 {
		t.Fatalf("tombstones: %v %q", err, raw)
	}

	k.restore(backup)
	for which, who := range map[string]tenants.GUID{"min": bert, "max": anna} { // what is erased of Bert's is fields, of Anna's all that is hers
		k.exec(damage+"(SELECT "+which+"(seq) FROM audit_records WHERE person = (SELECT person FROM audit_people WHERE oid = $1))", who.String())
	}
	must(t, k.newKeeper(k.worker).Sync(t.Context()))
	if n := k.number("SELECT count(*) FROM audit_people WHERE octet_length(key) > 0 AND oid = $1", anna.String()); n != 0 {
		t.Error("the person's key is there again")
	}
	text, unreadable := k.legible()
	if strings.Contains(text, "Anna Arden") || strings.Contains(text, anna.String()) || !strings.Contains(text, "Bert Bo") {
		t.Errorf("what can be read is\n%s", text)
	}
	if unreadable != 2 {
		t.Errorf("%d records cannot be read", unreadable)
	}
}

// legible returns what can be read of the log, and how many records cannot.
func (k *keptLog) legible() (text string, unreadable int) {
	k.Helper()
	wrapped, err := k.worker.WrappedKey(k.Context(), k.org.ID)
	must(k.T, err)
	key, err := k.box.Open(k.Context(), k.org.ID, wrapped)
	must(k.T, err)
	opener := seal.NewOpener(key, func(n int32) (seal.Person, error) { return k.worker.LogPerson(k.Context(), k.org.ID, n) })
	h := k.head()
	var all []proof.Record
	must(k.T, k.worker.SealedRows(k.Context(), k.org.ID, seal.Query{From: h.First, To: h.Size}, func(row seal.Row, leaf proof.Hash) error {
		r, err := opener.Open(row, leaf)
		if errors.Is(err, seal.ErrUnreadable) {
			unreadable++
			return nil
		}
		all = append(all, r)
		return err
	}))
	return says(all), unreadable
}
