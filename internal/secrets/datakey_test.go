package secrets_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"gatehouse/internal/secrets"
)

func TestDataKeyOpensForItsRowAndItsOrganizationOnly(t *testing.T) {
	t.Parallel()
	box := newBox(t, localKEK(t, 1))
	_, _, a := newKey(t, box)
	_, _, b := newKey(t, box)
	row, other := secrets.Label{Kind: "person", ID: "1"}, secrets.Label{Kind: "person", ID: "2"}
	stored, key, err := a.NewDataKey(row)
	if err != nil {
		t.Fatal(err)
	}
	record := secrets.Label{Kind: "record", ID: "1"}
	sealed, err := key.Encrypt(record, []byte("somebody"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.OpenDataKey(row, stored)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Decrypt(record, sealed); err != nil || string(got) != "somebody" {
		t.Errorf("%q, %v", got, err)
	}
	_, stranger, err := a.NewDataKey(row)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another organization": second(b.OpenDataKey(row, stored)), "another row": second(a.OpenDataKey(other, stored)), "nothing": second(a.OpenDataKey(row, nil)),
		"another record": second(again.Decrypt(other, sealed)), "another key": second(stranger.Decrypt(record, sealed)), "the log's key": second(logKey(t, a, 0).Decrypt(record, sealed)),
		"an altered text": second(again.Decrypt(record, append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1))),
	} {
		if !errors.Is(err, secrets.ErrAltered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %s %#v", key, key, key, key); text != "••• ••• ••• •••" {
		t.Errorf("%s", text)
	}
}

// TestKeyOfALogLastsForOneStretch holds the keys of a log against each other: one of a
// stretch says nothing in the next, also when the two are asked for in turn.
func TestKeyOfALogLastsForOneStretch(t *testing.T) {
	t.Parallel()
	_, _, a := newKey(t, newBox(t, localKEK(t, 1)))
	record := secrets.Label{Kind: "record", ID: "1"}
	const last = 1<<30 - 1
	first, err := logKey(t, a, 0).Encrypt(record, []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := logKey(t, a, last).Decrypt(record, first); err != nil || string(got) != "first" {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := logKey(t, a, last+1).Decrypt(record, first); !errors.Is(err, secrets.ErrAltered) {
			t.Errorf("the next stretch: %v", err)
		}
	}
}

func logKey(t *testing.T, k *secrets.OrgKey, record int64) *secrets.DataKey {
	t.Helper()
	key, err := k.Log(record)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func second[T any](_ T, err error) error { return err }
