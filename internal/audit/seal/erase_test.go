package seal_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// sealedRows seals records in memory, and returns them with their leaves and what
// opens them.
func sealedRows(t *testing.T, n int) (tenants.ID, []seal.Row, []proof.Hash, func() *seal.Opener) {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	must(t, err)
	box, err := secrets.NewBox(kek)
	must(t, err)
	org := tenants.NewID()
	wrapped, err := box.NewOrganizationKey(t.Context(), org)
	must(t, err)
	journal := audittest.New(org, 3, 4, time.Now())
	memory := &memory{wrapped: wrapped}
	for range n {
		memory.waiting = append(memory.waiting, journal.Row())
	}
	sealtest.All(t, sealtest.New(t, memory, &sealtest.Keys{}, box, time.Now), org)
	key, err := box.Open(t.Context(), org, wrapped)
	must(t, err)
	return org, memory.sealed.Rows, memory.sealed.Tiles[0].Hashes, func() *seal.Opener {
		return seal.NewOpener(key, func(number int32) (seal.Person, error) { return memory.sealed.People[number-1], nil })
	}
}

func TestWhatIsErasedIsGoneAndTheLeafStays(t *testing.T) {
	t.Parallel()
	org, rows, leaves, opener := sealedRows(t, 200)
	for name, gone := range map[string]func(string, audit.Owner) bool{
		"nothing":          func(string, audit.Owner) bool { return false },
		"the actor":        func(_ string, of audit.Owner) bool { return of == audit.OfActor },
		"the subject":      func(_ string, of audit.Owner) bool { return of == audit.OfSubject },
		"a name":           func(name string, _ audit.Owner) bool { return name == "actor_name" },
		"a field":          func(name string, _ audit.Owner) bool { return name == "after" || name == "detail" },
		"everybody":        func(_ string, of audit.Owner) bool { return of != audit.Nobody },
		"the whole record": func(string, audit.Owner) bool { return true },
	} {
		for i, row := range rows {
			whole, err := opener().Open(row, leaves[i])
			must(t, err)
			for range 2 { // once more changes nothing
				row, err = opener().Erase(row, gone)
				must(t, err)
			}
			r, err := opener().Open(row, leaves[i])
			must(t, err)
			if leaf, err := r.Recomputed(org); err != nil || leaf != leaves[i] || len(r.Fields) != len(whole.Fields) {
				t.Fatalf("%s, record %d: %d of %d fields, %v", name, i, len(r.Fields), len(whole.Fields), err)
			}
			for _, f := range whole.Fields {
				got := r.Field(f.Name)
				if gone(f.Name, ownerIn(row, whole, f.Name)) != (got.Value == nil) || got.Value != nil && !bytes.Equal(got.Value, f.Value) || got.Value == nil && got.Salt != (proof.Salt{}) {
					t.Errorf("%s, record %d: %s is %q", name, i, f.Name, got.Value)
				}
			}
			if name == "everybody" && (row.Personal != nil || row.Concerning != nil) {
				t.Errorf("record %d still needs somebody's key", i)
			}
		}
	}
}

// ownerIn is whose a field is in a record that names its actor and its subject.
func ownerIn(_ seal.Row, whole proof.Record, name string) audit.Owner {
	of := audit.OwnerOf(name)
	if of == audit.OfSubject && whole.Field("subject_oid").Name == "" || of == audit.OfActor && whole.Field("actor_oid").Name == "" {
		return audit.Nobody
	}
	return of
}

// TestAFieldErasedAloneCannotBeGuessed: from nothing that is left of the record follows
// the salt that it had.
func TestAFieldErasedAloneCannotBeGuessed(t *testing.T) {
	t.Parallel()
	org, rows, leaves, opener := sealedRows(t, 50)
	for i, row := range rows {
		whole, err := opener().Open(row, leaves[i])
		must(t, err)
		salt := whole.Field("target").Salt
		if whole.Field("target").Name == "" {
			continue
		}
		row, err = opener().Erase(row, func(name string, _ audit.Owner) bool { return name == "target" })
		must(t, err)
		packed := seal.Unpacked(t, opener(), row)
		if bytes.Contains(packed, salt[:]) {
			t.Errorf("record %d: the salt is still there", i)
		}
		for at := range len(packed) - 32 {
			if proof.Seed(packed[at:at+32]).Salt("target") == salt {
				t.Errorf("record %d: the seed is still there", i)
			}
		}
		if r, err := opener().Open(row, leaves[i]); err != nil || slices.ContainsFunc(r.Fields, func(f proof.Field) bool { return f.Name == "target" && f.Value != nil }) {
			t.Errorf("record %d: %v", i, err)
		}
	}
	_ = org
}

func TestARowOpensAsItWasStoredOnly(t *testing.T) {
	t.Parallel()
	_, rows, leaves, opener := sealedRows(t, 20)
	other := rows[7]
	for name, alter := range map[string]func(*seal.Row){
		"the number of another":       func(r *seal.Row) { r.Seq = other.Seq },
		"the id of another":           func(r *seal.Row) { r.ID = other.ID },
		"the fields of another":       func(r *seal.Row) { r.Own = other.Own },
		"another byte":                func(r *seal.Row) { r.Own = append(bytes.Clone(r.Own[:len(r.Own)-1]), r.Own[len(r.Own)-1]^1) },
		"nothing":                     func(r *seal.Row) { r.Own = nil },
		"the person of another":       func(r *seal.Row) { r.Personal = other.Personal },
		"another person":              func(r *seal.Row) { r.Person = r.Person%3 + 1 },
		"what is of it as of another": func(r *seal.Row) { r.Concerning, r.Subject = r.Personal, r.Person },
	} {
		row := rows[3]
		alter(&row)
		if r, err := opener().Open(row, leaves[3]); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
