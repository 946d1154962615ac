package store_test

import (
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
)

func TestOneOfManyPlatformKeysWins(t *testing.T) {
	t.Parallel()
	db := storetest.New(t).Open(t)
	if _, err := db.PlatformKey(t.Context()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("before: %v, want NotFound", err)
	}
	winners := make([]string, 8)
	var wg sync.WaitGroup
	for i := range winners {
		wg.Go(func() {
			winner, err := db.CreatePlatformKey(t.Context(), []byte{byte(i)})
			if err != nil {
				t.Error(err)
			}
			winners[i] = string(winner)
		})
	}
	wg.Wait()
	stored, err := db.PlatformKey(t.Context())
	if err != nil || len(stored) != 1 {
		t.Fatalf("%x %v", stored, err)
	}
	for i, winner := range winners {
		if winner != string(stored) {
			t.Errorf("number %d was told %x, stored is %x", i, winner, stored)
		}
	}
}

func TestPlatformKeyIsReplacedOnlyWhileItIsTheOldOne(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db := d.Open(t)
	if err := db.RewrapPlatformKey(t.Context(), []byte("old"), []byte("new")); fault.KindOf(err) != fault.Conflict {
		t.Errorf("without one: %v, want Conflict", err)
	}
	if _, err := db.CreatePlatformKey(t.Context(), []byte("old")); err != nil {
		t.Fatal(err)
	}
	must(t, db.RewrapPlatformKey(t.Context(), []byte("old"), []byte("new")))
	if err := db.RewrapPlatformKey(t.Context(), []byte("old"), []byte("newer")); fault.KindOf(err) != fault.Conflict {
		t.Errorf("again: %v, want Conflict", err)
	}
	if stored, err := db.PlatformKey(t.Context()); err != nil || string(stored) != "new" {
		t.Errorf("%q %v", stored, err)
	}
	for _, sql := range []string{"DELETE FROM platform_keys", "INSERT INTO platform_keys (one, wrapped) VALUES (false, '')", "TRUNCATE platform_keys"} {
		if _, err := connect(t, d.API).Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
