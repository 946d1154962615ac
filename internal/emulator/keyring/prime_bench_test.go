package keyring_test

import (
	"strconv"
	"testing"

	"gatehouse/internal/emulator/keyring"
)

// One derived ring: two keys side by side.
func BenchmarkDerivedKeys(b *testing.B) {
	for i := range b.N {
		if _, err := keyring.New(keyring.NewSource(strconv.Itoa(i)), born).Published(""); err != nil {
			b.Fatal(err)
		}
	}
}

// One fresh ring, for comparison.
func BenchmarkFreshKeys(b *testing.B) {
	for b.Loop() {
		if _, err := keyring.New(keyring.NewSource(""), born).Published(""); err != nil {
			b.Fatal(err)
		}
	}
}
