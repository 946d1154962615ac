package proof_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

func TestSalterDerivesTheSaltsOfEachSeed(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s := proof.NewSalter()
	for range 200 {
		var seed proof.Seed
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		s.Seed(seed)
		for n := range random.IntN(5) * random.IntN(60) {
			name := strings.Repeat("x", n)
			mac := hmac.New(sha256.New, seed[:])
			mac.Write([]byte(name))
			if got := s.Salt(name); !bytes.Equal(got[:], mac.Sum(nil)[:16]) || got != seed.Salt(name) {
				t.Fatalf("a name of %d bytes has the salt %x", n, got)
			}
		}
	}
}

// TestCommitmentsOfEveryLengthAreTheSameHash: short ones are hashed another way than
// long ones.
func TestCommitmentsOfEveryLengthAreTheSameHash(t *testing.T) {
	t.Parallel()
	salt := proof.Salt{1, 2, 3}
	for length := range 700 {
		value := bytes.Repeat([]byte{'v'}, length)
		want := sha256.Sum256(slices.Concat([]byte("gatehouse field v1\n"), salt[:], []byte("target\x00"), value))
		if got := proof.Commit(salt, "target", value); got != want {
			t.Fatalf("a value of %d bytes has the commitment %v", length, got)
		}
	}
}

// fields are those of a call.
func fields() (all []proof.Field, commitments []proof.Commitment) {
	for i := range 30 {
		f := proof.Field{Name: fmt.Sprintf("field_%02d", i), Salt: proof.Salt{byte(i)}, Value: []byte(`"203.0.113.0/24"`)}
		all = append(all, f)
		commitments = append(commitments, proof.Commitment{Name: f.Name, Hash: f.Closed().Hash})
	}
	return all, commitments
}

func TestLeafOfIsTheLeafOfTheEntry(t *testing.T) {
	t.Parallel()
	all, commitments := fields()
	org := tenants.NewID()
	entry, err := proof.Entry(org, commitments)
	if err != nil {
		t.Fatal(err)
	}
	of, err1 := proof.LeafOf(org, commitments)
	again, err2 := proof.Record{Fields: all}.Recomputed(org)
	if want := proof.Leaf(entry); of != want || again != want || err1 != nil || err2 != nil {
		t.Errorf("%v and %v instead of %v; %v, %v", of, again, want, err1, err2)
	}
	slices.Reverse(commitments)
	if _, err := proof.LeafOf(org, commitments); err == nil {
		t.Error("names that do not ascend have a leaf")
	}
	if got, err := proof.LeafOf(org, commitments[29:]); err != nil || got == of {
		t.Errorf("after an error: %v, %v", got, err)
	}
}

// TestHashingAllocatesNothingForAField: every record of a log passes through it, on its
// way in and on its way out, with some thirty fields. The race detector adds a few to
// each record.
func TestHashingAllocatesNothingForAField(t *testing.T) {
	all, commitments := fields()
	org, salter := tenants.NewID(), proof.NewSalter()
	salter.Seed(proof.Seed{1})
	record := proof.Record{Fields: all}
	for name, of := range map[string]struct {
		most float64
		do   func()
	}{
		"salt": {0, func() { salter.Salt("actor_delegated") }}, "seed": {2, func() { salter.Seed(proof.Seed{2}) }},
		"commitment": {0, func() { proof.Commit(proof.Salt{}, "source", all[0].Value) }},
		"leaf":       {8, func() { _, _ = proof.LeafOf(org, commitments) }},
		"record":     {8, func() { _, _ = record.Recomputed(org) }},
	} {
		if got := testing.AllocsPerRun(100, of.do); got > of.most {
			t.Errorf("%s: %.1f allocations, want at most %.0f", name, got, of.most)
		}
	}
}
