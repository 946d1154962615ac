package keyring_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator/keyring"
)

var born = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const one, two = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"

func ring() *keyring.Ring { return keyring.New(keyring.NewSource("ring"), born) }

// ids are the key ids a tenant publishes, the signing one marked.
func ids(t *testing.T, r *keyring.Ring, tid string) (published []string, signing string) {
	t.Helper()
	keys, err := r.Published(tid)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		published = append(published, key.ID)
	}
	current, err := r.Current(tid)
	if err != nil {
		t.Fatal(err)
	}
	return published, current.ID
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func signed(t *testing.T, r *keyring.Ring, tid string) string {
	t.Helper()
	key, err := r.Current(tid)
	do(t, err)
	token, err := key.Sign(nil, map[string]any{"tid": tid})
	do(t, err)
	return token
}

func TestDerivedKeysAreTheSameAndSound(t *testing.T) {
	t.Parallel()
	a, _ := ring().Published(one)
	b, _ := ring().Published(one)
	other, _ := keyring.New(keyring.NewSource("another"), born).Published(one)
	for i, key := range a {
		if key.ID != b[i].ID || !key.Private.Equal(b[i].Private) {
			t.Errorf("key %d differs", i)
		}
		if key.Private.Equal(other[i].Private) {
			t.Errorf("key %d does not depend on the text", i)
		}
		if key.Private.N.BitLen() != 2048 || key.Private.Validate() != nil {
			t.Errorf("key %d has %d bits: %v", i, key.Private.N.BitLen(), key.Private.Validate())
		}
		for _, p := range key.Private.Primes {
			if !p.ProbablyPrime(30) {
				t.Errorf("key %d has a factor that is not prime", i)
			}
		}
	}
	if a[0].ID == a[1].ID {
		t.Error("both keys are one")
	}
	later, _ := keyring.New(keyring.NewSource("ring"), born.AddDate(1, 0, 0)).Published(one)
	if later[0].ID == a[0].ID || !later[0].Private.Equal(a[0].Private) {
		t.Error("a certificate born later is not another certificate of the same key")
	}
}

func TestRollingGoesInThreePhases(t *testing.T) {
	t.Parallel()
	r := ring()
	before, signing := ids(t, r, one)
	if len(before) != 2 || signing != before[1] {
		t.Fatalf("%v, %s signs", before, signing)
	}
	do(t, r.Add(one))
	added, signing := ids(t, r, one)
	if len(added) != 3 || signing != before[1] {
		t.Errorf("after the addition %v, %s signs", added, signing)
	}
	do(t, r.SignWithNewest(one))
	turned, signing := ids(t, r, one)
	if !slices.Equal(turned, added) || signing != added[2] {
		t.Errorf("after the turn %v, %s signs", turned, signing)
	}
	if err := r.SignWithNewest(one); !errors.Is(err, keyring.ErrNothingNew) {
		t.Errorf("a second turn: %v", err)
	}
	do(t, r.Drop(one))
	do(t, r.Drop(one))
	if left, signing := ids(t, r, one); len(left) != 1 || left[0] != added[2] || signing != left[0] {
		t.Errorf("after the drops %v, %s signs", left, signing)
	}
	if err := r.Drop(one); !errors.Is(err, keyring.ErrNothingOld) {
		t.Errorf("the signing key can be dropped: %v", err)
	}
	do(t, r.Roll(one))
	if all, signing := ids(t, r, two); len(all) != 2 || all[0] != added[2] || signing != all[1] {
		t.Errorf("after a whole roll %v, %s signs", all, signing)
	}
	r.Reset()
	if back, signing := ids(t, r, one); !slices.Equal(back, before) || signing != before[1] {
		t.Errorf("after a reset %v, %s signs", back, signing)
	}
}

func TestATenantCanHaveKeysOfItsOwn(t *testing.T) {
	t.Parallel()
	r := ring()
	shared, _ := ids(t, r, two)
	old := signed(t, r, one)
	do(t, r.Separate(one))
	own, _ := ids(t, r, one)
	if len(own) != 2 || slices.Contains(shared, own[0]) || slices.Contains(shared, own[1]) {
		t.Errorf("own %v, shared %v", own, shared)
	}
	if still, _ := ids(t, r, two); !slices.Equal(still, shared) {
		t.Errorf("the other tenant's keys became %v", still)
	}
	if got := r.Separated(); !slices.Equal(got, []string{one}) {
		t.Errorf("separate are %v", got)
	}
	if _, err := r.Verify(old); !errors.Is(err, keyring.ErrKey) {
		t.Errorf("a token signed with the shared key: %v", err)
	}
	// A token of the tenant's key that claims to be of the other.
	key, err := r.Current(one)
	do(t, err)
	crossed, err := key.Sign(nil, map[string]any{"tid": two})
	do(t, err)
	if _, err := r.Verify(crossed); !errors.Is(err, keyring.ErrKey) {
		t.Errorf("another tenant's key: %v", err)
	}
	if _, err := r.Verify(signed(t, r, one)); err != nil {
		t.Error(err)
	}
	do(t, r.Roll(one))
	if rolled, _ := ids(t, r, one); rolled[0] != own[1] || rolled[1] == own[1] {
		t.Errorf("rolled to %v", rolled)
	}
	if still, _ := ids(t, r, two); !slices.Equal(still, shared) {
		t.Errorf("rolling one tenant's keys changed the shared ones to %v", still)
	}
}

func TestAnEmergencyLeavesNoOldKey(t *testing.T) {
	t.Parallel()
	r := ring()
	do(t, r.Separate(one))
	var before []string
	tokens := []string{signed(t, r, one), signed(t, r, two)}
	for _, tid := range []string{one, two} {
		published, _ := ids(t, r, tid)
		before = append(before, published...)
	}
	do(t, r.Replace())
	for i, tid := range []string{one, two} {
		after, _ := ids(t, r, tid)
		if len(after) != 2 || slices.ContainsFunc(after, func(id string) bool { return slices.Contains(before, id) }) {
			t.Errorf("keys are %v, were %v", after, before)
		}
		if _, err := r.Verify(tokens[i]); !errors.Is(err, keyring.ErrKey) {
			t.Errorf("a token of before: %v", err)
		}
	}
}

func TestTokensAreReadOnlyAsTheyWereSigned(t *testing.T) {
	t.Parallel()
	r := ring()
	token := signed(t, r, one)
	parts := strings.Split(token, ".")
	for name, row := range map[string]struct {
		token string
		want  error
	}{
		"as it is":          {token, nil},
		"two parts":         {parts[0] + "." + parts[1], keyring.ErrMalformed},
		"no base64":         {parts[0] + "." + parts[1] + ".!", keyring.ErrMalformed},
		"another signature": {parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), keyring.ErrSignature},
	} {
		if _, err := r.Verify(row.token); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	key, err := r.Current(one)
	do(t, err)
	none, err := key.Sign(map[string]any{"alg": "none"}, map[string]any{"tid": one})
	do(t, err)
	if _, err := r.Verify(none); !errors.Is(err, keyring.ErrMalformed) {
		t.Errorf("alg none: %v", err)
	}
}

func TestSealedValuesOpenAsTheirKindOnly(t *testing.T) {
	t.Parallel()
	s, err := keyring.NewSealer(keyring.NewSource("seal"))
	do(t, err)
	text, err := s.Seal("page", 42)
	do(t, err)
	again, err := s.Seal("page", 42)
	do(t, err)
	var got int
	if !s.Open("page", text, &got) || got != 42 || text == again {
		t.Errorf("opened %d; sealed %s and %s", got, text, again)
	}
	if s.Open("code", text, &got) || s.Open("page", text[:len(text)-8]+"AAAAAAAA", &got) || s.Open("page", "AA", &got) {
		t.Error("opened what it had not sealed as that")
	}
	do(t, s.Renew())
	if s.Open("page", text, &got) {
		t.Error("opened what was sealed with another key")
	}
}

func TestKeysChangeWhileTheyAreUsed(t *testing.T) {
	t.Parallel()
	r := ring()
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			tid := strconv.Itoa(i % 2)
			for range 20 {
				key, err := r.Current(tid)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := key.Sign(nil, map[string]any{"tid": tid}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() {
		for _, change := range []func() error{
			func() error { return r.Separate("1") }, func() error { return r.Roll("1") }, func() error { return r.Roll("0") },
			r.Replace, func() error { r.Reset(); return nil },
		} {
			if err := change(); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
}
