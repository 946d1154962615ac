package proof

import (
	"crypto/ed25519"
	"testing"
	"time"

	"gatehouse/internal/fault"
)

// TestOnlyWhatCanBeReadIsSigned: of a checkpoint that nobody could read nothing is
// signed, and a clock that is off by years leads to none.
func TestOnlyWhatCanBeReadIsSigned(t *testing.T) {
	t.Parallel()
	signer, err := NewSigner("gatehouse.test", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	whole := Checkpoint{Origin: "gatehouse.test/log", Size: 7, At: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), Clock: Clock{Source: "database"}}
	for ahead, want := range map[time.Duration]time.Duration{0: 0, -time.Second: -time.Second, 56 * 365 * 24 * time.Hour: mostAhead, -56 * 365 * 24 * time.Hour: -mostAhead} {
		c := whole
		c.Clock.Ahead = ahead
		signed, err := c.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OpenCheckpoint(signed, c.Origin, signer.Key); err != nil || got.Clock.Ahead != want {
			t.Errorf("%s ahead: %+v, %v", ahead, got, err)
		}
	}
	for name, alter := range map[string]func(*Checkpoint){
		"the year 10000":       func(c *Checkpoint) { c.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a negative size":      func(c *Checkpoint) { c.Size = -1 },
		"two lines":            func(c *Checkpoint) { c.Origin = "a\nb" },
		"no origin":            func(c *Checkpoint) { c.Origin = "" },
		"a clock of two words": func(c *Checkpoint) { c.Clock.Source = "a b" },
	} {
		c := whole
		alter(&c)
		if signed, err := c.Sign(signer); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %q, %v", name, signed, err)
		}
	}
}
