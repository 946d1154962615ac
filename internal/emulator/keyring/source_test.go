package keyring_test

import (
	"bytes"
	"sync"
	"testing"

	"gatehouse/internal/emulator/keyring"

	"github.com/google/uuid"
)

func TestTheSameEntropyGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	a, b, other := keyring.NewSource("one"), keyring.NewSource("one"), keyring.NewSource("two")
	first := a.Bytes(100)
	if !bytes.Equal(first, b.Bytes(100)) {
		t.Error("two sources of the same text differ")
	}
	if bytes.Equal(first, other.Bytes(100)) {
		t.Error("sources of different texts agree")
	}
	next := a.Bytes(100)
	if bytes.Equal(first, next) {
		t.Error("the stream repeats itself")
	}
	a.Restart()
	if again := a.Bytes(100); !bytes.Equal(first, again) {
		t.Error("after a restart it begins elsewhere")
	}
}

func TestFreshRandomnessStaysFresh(t *testing.T) {
	t.Parallel()
	a, b := keyring.NewSource(""), keyring.NewSource("")
	first := a.Bytes(16)
	a.Restart()
	if bytes.Equal(first, b.Bytes(16)) || bytes.Equal(first, a.Bytes(16)) {
		t.Error("bytes came twice")
	}
}

func TestLanesDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	alone, beside := keyring.NewSource("x"), keyring.NewSource("x")
	want := append(alone.Lane("tokens").Bytes(8), alone.Lane("tokens").Bytes(8)...)
	var others sync.WaitGroup
	for _, name := range []string{"graph", "pages", "traces"} {
		others.Go(func() {
			for range 100 {
				beside.Lane(name).Bytes(7)
			}
		})
	}
	got := append(beside.Lane("tokens").Bytes(8), beside.Lane("tokens").Bytes(8)...)
	others.Wait()
	if !bytes.Equal(got, want) {
		t.Error("what others drew changed the lane")
	}
	if bytes.Equal(alone.Lane("a", "b").Bytes(8), alone.Lane("ab").Bytes(8)) {
		t.Error("two names are one lane")
	}
}

func TestGUIDsAreVersion4(t *testing.T) {
	t.Parallel()
	for _, entropy := range []string{"", "x"} {
		source := keyring.NewSource(entropy)
		first := source.GUID()
		id, err := uuid.Parse(first)
		if err != nil || id.Version() != 4 || id.Variant() != uuid.RFC4122 || source.GUID() == first {
			t.Errorf("GUID is %s: %v", first, err)
		}
	}
}
