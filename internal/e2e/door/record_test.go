package door_test

import (
	"context"
	"slices"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// records returns an organization's whole log, every record decoded.
func (k *stack) records(t *testing.T, slug string) []audit.Record {
	t.Helper()
	var all []audit.Record
	err := k.db.Records(context.WithoutCancel(t.Context()), nil, k.orgs[slug].ID, tenants.GUID{}, func(s store.StoredRecord) error {
		r, err := audit.Decode(s.Payload)
		if err != nil {
			t.Errorf("record %s cannot be decoded: %v\n%.500q", s.ID, err, s.Payload)
		}
		if strays := audit.Strays(r); err == nil && len(strays) > 0 {
			t.Errorf("a record of %s has %v", r.Kind, strays)
		}
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// recordsOf returns the records that a test asks for.
func (k *stack) recordsOf(t *testing.T, slug string, wanted func(audit.Record) bool) []audit.Record {
	t.Helper()
	return slices.DeleteFunc(k.records(t, slug), func(r audit.Record) bool { return !wanted(r) })
}

// record returns the one record with an id.
func (k *stack) record(t *testing.T, slug, id string) audit.Record {
	t.Helper()
	found := k.recordsOf(t, slug, func(r audit.Record) bool { return r.ID.String() == id })
	if len(found) != 1 {
		t.Fatalf("%d records with the id %s", len(found), id)
	}
	return found[0]
}

func isCall(r audit.Record) bool { return r.Kind == audit.ToolCall }
