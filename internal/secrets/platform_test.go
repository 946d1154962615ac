package secrets_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// table keeps wrapped keys in memory, as the database does.
type table struct {
	mu       sync.Mutex
	platform []byte
	keys     []secrets.WrappedKey // sorted by id
	asked    int                  // for the platform's key

	beforeCreate  func()
	beforeReplace func(org tenants.ID)
	broken        func() error // asked before each answer
}

func (s *table) fail() error {
	if s.broken == nil {
		return nil
	}
	return s.broken()
}

func (s *table) PlatformKey(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if err := s.fail(); err != nil {
		return nil, err
	}
	if s.platform == nil {
		return nil, fault.New(fault.NotFound, "there is no such thing")
	}
	return s.platform, nil
}

func (s *table) CreatePlatformKey(_ context.Context, wrapped []byte) ([]byte, error) {
	if s.beforeCreate != nil {
		s.beforeCreate()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.platform == nil {
		s.platform = bytes.Clone(wrapped)
	}
	return s.platform, nil
}

var platformLabel = secrets.Label{Kind: "console session", ID: "row-1"}

func platformBox(t *testing.T, kek secrets.KEK, keys secrets.PlatformKeys) *secrets.PlatformBox {
	t.Helper()
	box, err := secrets.NewPlatformBox(kek, keys)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestPlatformValueOpensOnAnotherReplica(t *testing.T) {
	t.Parallel()
	keys := &table{}
	ciphertext, err := platformBox(t, localKEK(t, 1), keys).Encrypt(t.Context(), platformLabel, []byte("swordfish"))
	if err != nil || bytes.Contains(ciphertext, []byte("swordfish")) {
		t.Fatalf("ciphertext = %q, error = %v", ciphertext, err)
	}
	plaintext, err := platformBox(t, localKEK(t, 1), keys).Decrypt(t.Context(), platformLabel, ciphertext)
	if err != nil || string(plaintext) != "swordfish" {
		t.Errorf("plaintext = %q, error = %v", plaintext, err)
	}
}

func TestReplicasThatStartTogetherAgreeOnOnePlatformKey(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	keys := &table{beforeCreate: func() { both.Done(); both.Wait() }}
	boxes := []*secrets.PlatformBox{platformBox(t, localKEK(t, 1), keys), platformBox(t, localKEK(t, 1), keys)}
	ciphertexts := make([][]byte, len(boxes))
	var wg sync.WaitGroup
	for i, box := range boxes {
		wg.Go(func() { ciphertexts[i], _ = box.Encrypt(t.Context(), platformLabel, []byte("x")) })
	}
	wg.Wait()
	for i, box := range boxes {
		if _, err := box.Decrypt(t.Context(), platformLabel, ciphertexts[1-i]); err != nil {
			t.Errorf("one replica cannot read the other's: %v", err)
		}
	}
}

func TestPlatformValueOpensOnlyUnderItsOwnLabel(t *testing.T) {
	t.Parallel()
	box := platformBox(t, localKEK(t, 1), &table{})
	ciphertext, err := box.Encrypt(t.Context(), secrets.Label{Kind: "ab", ID: "c"}, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []secrets.Label{{Kind: "xy", ID: "c"}, {Kind: "ab", ID: "d"}, {Kind: "a", ID: "bc"}} {
		if _, err := box.Decrypt(t.Context(), other, ciphertext); !errors.Is(err, secrets.ErrAltered) {
			t.Errorf("%+v: error = %v, want ErrAltered", other, err)
		}
	}
	for i := range ciphertext {
		altered := bytes.Clone(ciphertext)
		altered[i] ^= 1
		if _, err := box.Decrypt(t.Context(), secrets.Label{Kind: "ab", ID: "c"}, altered); !errors.Is(err, secrets.ErrAltered) {
			t.Errorf("byte %d altered: %v", i, err)
		}
	}
	if _, err := box.Decrypt(t.Context(), secrets.Label{Kind: "ab", ID: "c"}, nil); !errors.Is(err, secrets.ErrAltered) {
		t.Errorf("nothing: %v", err)
	}
	for _, incomplete := range []secrets.Label{{}, {Kind: "x"}, {ID: "x"}} {
		if _, err := box.Encrypt(t.Context(), incomplete, nil); err == nil {
			t.Errorf("encrypted under %+v", incomplete)
		}
	}
}

func TestOrganizationsKeyIsNoPlatformKey(t *testing.T) {
	t.Parallel()
	_, wrapped, _ := newKey(t, newBox(t, localKEK(t, 1)))
	if _, err := platformBox(t, localKEK(t, 1), &table{platform: wrapped}).Encrypt(t.Context(), platformLabel, nil); err == nil {
		t.Error("an organization's key served as the platform's")
	}
}

func TestPlatformKeyIsUnwrappedOnceAndAFailureIsNotKept(t *testing.T) {
	t.Parallel()
	keys := &table{}
	ciphertext, err := platformBox(t, localKEK(t, 1), keys).Encrypt(t.Context(), platformLabel, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	kek := &countingKEK{KEK: localKEK(t, 1), broken: fault.New(fault.Unavailable, "away")}
	box := platformBox(t, kek, keys)
	if _, err := box.Decrypt(t.Context(), platformLabel, ciphertext); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error = %v, want Unavailable", err)
	}
	kek.broken = nil
	for range 3 {
		if _, err := box.Decrypt(t.Context(), platformLabel, ciphertext); err != nil {
			t.Error(err)
		}
	}
	if got := kek.unwrapped.Load(); got != 2 {
		t.Errorf("unwrapped %d times, want one failure and one success", got)
	}
}

func TestWaitingForThePlatformKeyEndsWithTheWaiter(t *testing.T) {
	t.Parallel()
	held, release := make(chan struct{}), make(chan struct{})
	box := platformBox(t, localKEK(t, 1), &table{beforeCreate: func() { close(held); <-release }})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = box.Encrypt(context.WithoutCancel(t.Context()), platformLabel, nil)
	}()
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := box.Encrypt(ctx, platformLabel, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the waiter's own", err)
	}
	close(release)
	<-done
}

func TestPlatformBoxIsNeverPrinted(t *testing.T) {
	t.Parallel()
	box := platformBox(t, localKEK(t, 1), &table{})
	if _, err := box.Encrypt(t.Context(), platformLabel, nil); err != nil {
		t.Fatal(err)
	}
	text, err := box.MarshalText()
	if got := fmt.Sprintf("%v %+v %#v %s %s", box, box, box, text, box.LogValue()); err != nil || got != "••• ••• ••• ••• •••" {
		t.Errorf("printed as %s", got)
	}
}
