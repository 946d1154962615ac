package proof_test

import (
	"slices"
	"testing"

	"gatehouse/internal/audit/proof"
)

func TestRecordHasTheLeafOfItsFieldsOpenOrClosed(t *testing.T) {
	t.Parallel()
	org, seed := organization(t), proof.Seed{7}
	open := func(name, value string) proof.Field {
		salt := seed.Salt(name)
		return proof.Field{Name: name, Salt: salt, Value: []byte(value), Hash: proof.Commit(salt, name, []byte(value))}
	}
	whole := proof.Record{Seq: 3, Fields: []proof.Field{open("actor_oid", `"a"`), open("at", `"b"`), open("v", "1")}}
	leaf, err := whole.Recomputed(org)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range whole.Fields {
		part := proof.Record{Fields: slices.Clone(whole.Fields)}
		part.Fields[i] = proof.Field{Name: f.Name, Hash: f.Hash}
		if got, err := part.Recomputed(org); err != nil || got != leaf {
			t.Errorf("without %s: %v, %v", f.Name, got, err)
		}
		part.Fields[i] = f
		part.Fields[i].Value = []byte(`"another"`) // its Hash is what it was
		if got, err := part.Recomputed(org); err != nil || got == leaf {
			t.Errorf("another %s: %v, %v", f.Name, got, err)
		}
		part.Fields[i] = proof.Field{Name: f.Name}
		if got, err := part.Recomputed(org); err != nil || got == leaf {
			t.Errorf("another commitment to %s: %v, %v", f.Name, got, err)
		}
	}
	slices.Reverse(whole.Fields)
	if _, err := whole.Recomputed(org); err == nil {
		t.Error("fields in another order have a leaf")
	}
	if whole.Field("at").Name != "at" || whole.Field("ax").Name != "" {
		t.Error("a field is found by another name")
	}
}
