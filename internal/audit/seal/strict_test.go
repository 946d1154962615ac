package seal_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/tenants"
)

func many(n int) (members []string) {
	for i := range n {
		members = append(members, fmt.Sprintf(`"f%03d":1`, i))
	}
	return members
}

// TestNoRowStopsALog: what no verifier would take is replaced by a record that says so,
// of the same id and of the batch's time, and what stands behind it is sealed.
func TestNoRowStopsALog(t *testing.T) {
	t.Parallel()
	now := time.Now().Add(-time.Second)
	replaced := map[string]func(d *disk) audit.Row{
		"nothing":                 func(d *disk) audit.Row { r := d.row(now); r.Payload = []byte("nothing"); return r },
		"a name in capitals":      func(d *disk) audit.Row { return d.row(now, `"A":1`) },
		"no name":                 func(d *disk) audit.Row { return d.row(now, `"":1`) },
		"128 fields":              func(d *disk) audit.Row { return d.row(now, many(123)...) },
		"no UTF-8":                func(d *disk) audit.Row { return d.row(now, "\"detail\":\"\xff\"") },
		"2^53":                    func(d *disk) audit.Row { return d.row(now, `"count":9007199254740992`) },
		"2^64":                    func(d *disk) audit.Row { return d.row(now, `"count":18446744073709551616`) },
		"sealed already, it says": func(d *disk) audit.Row { return d.row(now, `"sealed_at":"2027-01-01T00:00:00.000000Z"`) },
		"another time":            func(d *disk) audit.Row { r := d.row(now); r.At = now.Add(-time.Hour); return r },
		"no instant":              func(d *disk) audit.Row { return d.row(now, `"at":"yesterday"`) },
		"no time":                 func(d *disk) audit.Row { return d.row(now, `"at":`) },
		"another id":              func(d *disk) audit.Row { return d.row(now, `"id":"`+tenants.NewID().String()+`"`) },
		"another organization":    func(d *disk) audit.Row { return d.row(now, `"org":"`+tenants.NewID().String()+`"`) },
		"another kind":            func(d *disk) audit.Row { return d.row(now, `"kind":"erasure"`) },
		"a kind of bytes":         func(d *disk) audit.Row { r := d.row(now); r.Kind = "x\x00y"; return r },
		"the next minute":         func(d *disk) audit.Row { return d.row(time.Now().Add(time.Minute)) },
		"the next year":           func(d *disk) audit.Row { return d.row(time.Now().AddDate(1, 0, 0)) },
		"the year 294276":         func(d *disk) audit.Row { return d.row(time.Date(294276, 1, 1, 0, 0, 0, 0, time.UTC)) },
		"the last microsecond":    func(d *disk) audit.Row { return d.row(time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)) },
		"before 1970":             func(d *disk) audit.Row { return d.row(time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)) },
	}
	for name, row := range replaced {
		d := newDisk(t)
		bad, good := row(d), d.row(now)
		must(t, d.seal(d.sealer(&sealtest.Keys{}), d.row(now), bad, good))
		must(t, d.seal(d.sealer(&sealtest.Keys{}), d.row(time.Now())))
		if len(d.rows) != 4 || d.head.SealedAt.After(time.Now().Add(time.Second)) {
			t.Fatalf("%s: %d records, sealed at %s", name, len(d.rows), d.head.SealedAt)
		}
		r := d.read(d.rows[1])
		if text(r, "kind") != "record_rejected" || text(r, "id") != bad.ID.String() || text(r, "call") != bad.ID.String() || d.rows[1].ID != bad.ID {
			t.Errorf("%s: %s of %s, in the place of %s", name, text(r, "kind"), text(r, "id"), bad.ID)
		}
		if bytes.Compare(r.Field("at").Value, r.Field("sealed_at").Value) > 0 {
			t.Errorf("%s: it was made at %s, after it was sealed", name, text(r, "at"))
		}
		if got := d.read(d.rows[2]); text(got, "kind") != "consent" || text(got, "id") != good.ID.String() {
			t.Errorf("%s: behind it is %v", name, got)
		}
	}
}

// TestWhatIsAtABoundIsSealed: the strict rules refuse no record that verifiers take.
func TestWhatIsAtABoundIsSealed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, row := range map[string]func(d *disk) audit.Row{
		"127 fields": func(d *disk) audit.Row { return d.row(now, many(proof.MaxFields-1-5)...) },
		"2^53-1":     func(d *disk) audit.Row { return d.row(now, `"count":9007199254740991`) },
		"ahead":      func(d *disk) audit.Row { return d.row(now.Add(20 * time.Second)) },
		"1970":       func(d *disk) audit.Row { return d.row(time.Unix(0, 0)) },
		"later v":    func(d *disk) audit.Row { return d.row(now, `"unheard_of":["a"]`, `"v":2`) },
	} {
		d := newDisk(t)
		must(t, d.seal(d.sealer(&sealtest.Keys{}), row(d)))
		if r := d.read(d.rows[0]); text(r, "kind") != "consent" || bytes.Compare(r.Field("at").Value, r.Field("sealed_at").Value) > 0 {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// TestARecordIsSealedOnce: what comes again is replaced, under an id of its own.
func TestARecordIsSealedOnce(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	first, next := d.row(time.Now()), d.row(time.Now())
	must(t, d.seal(d.sealer(&sealtest.Keys{}), first))
	must(t, d.seal(d.sealer(&sealtest.Keys{}), first, next))
	r := d.read(d.rows[1])
	if len(d.rows) != 3 || d.rows[2].ID != next.ID || d.rows[1].ID == first.ID || text(r, "id") != d.rows[1].ID.String() || text(r, "call") != first.ID.String() || text(r, "reason") != "duplicate" {
		t.Errorf("%d records, the second is %v", len(d.rows), r)
	}
}

// TestADamagedKeyOfAPersonStopsNobody: they have another one from then on.
func TestADamagedKeyOfAPersonStopsNobody(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	actor := func() audit.Row {
		return d.row(time.Now(), `"actor_oid":"00000000-0000-4000-8000-000000000001"`, `"actor_tid":"00000000-0000-4000-8000-000000000002"`)
	}
	must(t, d.seal(d.sealer(&sealtest.Keys{}), actor()))
	d.people[0].Key[len(d.people[0].Key)-1] ^= 1
	must(t, d.seal(d.sealer(&sealtest.Keys{}), actor()))
	must(t, d.seal(d.sealer(&sealtest.Keys{}), actor()))
	if len(d.people) != 2 || d.rows[1].Person != 2 || d.rows[2].Person != 2 || text(d.read(d.rows[2]), "actor_oid") == "" {
		t.Errorf("%d people, %+v", len(d.people), d.rows)
	}
}
