package proof_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/tenants"
)

const host = "gatehouse.example"

func organization(t *testing.T) tenants.ID {
	t.Helper()
	org, err := tenants.ParseID("3f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506")
	if err != nil {
		t.Fatal(err)
	}
	return org
}

// signer returns a signer whose key follows from a number.
func signer(t *testing.T, number byte) proof.Signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = number
	s, err := proof.NewSigner(host, ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCommitmentsDependOnSaltNameAndValue(t *testing.T) {
	t.Parallel()
	seed := proof.Seed{1}
	seen := map[proof.Hash]string{}
	for _, c := range []struct {
		seed        proof.Seed
		name, value string
	}{
		{seed, "tool", `"a"`}, {seed, "tool", `"b"`}, {seed, "target", `"a"`}, {proof.Seed{2}, "tool", `"a"`}, {seed, "too", `l"a"`},
	} {
		h := proof.Commit(c.seed.Salt(c.name), c.name, []byte(c.value))
		if other, there := seen[h]; there {
			t.Errorf("%v has the commitment of %s", c, other)
		}
		seen[h] = fmt.Sprint(c)
	}
	if again := proof.Commit(seed.Salt("tool"), "tool", []byte(`"a"`)); seen[again] == "" {
		t.Error("the same field has another commitment")
	}
	salt := seed.Salt("tool")
	if back, err := proof.ParseSalt(salt.String()); err != nil || back != salt {
		t.Errorf("salt %v, %v", back, err)
	}
	for _, bad := range []string{"", "AAAA", salt.String() + "=", strings.TrimRight(salt.String(), "=")} {
		if _, err := proof.ParseSalt(bad); err == nil {
			t.Errorf("salt %q is read", bad)
		}
	}
}

func TestEntryIsTextWithAscendingNames(t *testing.T) {
	t.Parallel()
	org := organization(t)
	entry, err := proof.Entry(org, []proof.Commitment{{"actor_oid", proof.Hash{1}}, {"at", proof.Hash{2}}})
	want := "gatehouse record v1\n3f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506\nactor_oid AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nat AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	if err != nil || string(entry) != want {
		t.Errorf("%s, %v", entry, err)
	}
	for name, fields := range map[string][]proof.Commitment{
		"none": nil, "twice": {{"at", proof.Hash{}}, {"at", proof.Hash{}}}, "descending": {{"b", proof.Hash{}}, {"a", proof.Hash{}}},
		"a line of its own": {{"a\nb", proof.Hash{}}}, "no name": {{"", proof.Hash{}}}, "capitals": {{"At", proof.Hash{}}},
		"too many": make([]proof.Commitment, proof.MaxFields+1),
	} {
		if _, err := proof.Entry(org, fields); err == nil {
			t.Errorf("%s: an entry is made of it", name)
		}
	}
}

// hashes are those of a tree, as tlog stores them.
type hashes []proof.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		out[i] = h[at]
	}
	return out, nil
}

func tree(t *testing.T, size int64) (stored hashes) {
	t.Helper()
	for n := range size {
		more, err := tlog.StoredHashesForRecordHash(n, leaf(n), stored)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	return stored
}

func leaf(n int64) proof.Hash { return proof.Leaf(fmt.Append(nil, n)) }

// TestFrontierHasTheRootOfTheTree: for every range of every tree, from the leaves of
// the range and the subtrees beside it.
func TestFrontierHasTheRootOfTheTree(t *testing.T) {
	t.Parallel()
	const most = 40
	stored := tree(t, most)
	for size := range int64(most + 1) {
		want, err := tlog.TreeHash(size, stored)
		if err != nil {
			t.Fatal(err)
		}
		for from := range size + 1 {
			for to := from; to <= size; to++ {
				var f proof.Frontier
				beside := func(from, to int64) {
					for _, s := range proof.Cover(from, to) {
						if err := f.AppendSubtree(s.Level, stored[tlog.StoredHashIndex(s.Level, s.Index)]); err != nil {
							t.Fatal(err)
						}
					}
				}
				beside(0, from)
				for n := from; n < to; n++ {
					f.Append(leaf(n))
				}
				beside(to, size)
				if f.Size() != size || f.Root() != want {
					t.Fatalf("%d..%d of %d: size %d, root %v, want %v", from, to, size, f.Size(), f.Root(), want)
				}
			}
		}
	}
}

func TestFrontierRefusesSubtreesOutOfPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ size, level int }{{1, 1}, {2, 2}, {3, 1}, {0, -1}, {0, 63}} {
		var f proof.Frontier
		for n := range c.size {
			f.Append(leaf(int64(n)))
		}
		if err := f.AppendSubtree(c.level, proof.Hash{}); err == nil {
			t.Errorf("a subtree of level %d is taken at leaf %d", c.level, c.size)
		}
	}
}

func TestCheckpointIsReadBackOnlyAsItWasSigned(t *testing.T) {
	t.Parallel()
	old, next := signer(t, 1), signer(t, 2)
	c := proof.Checkpoint{
		Origin: proof.Origin(host, organization(t)), Size: 1 << 40, Root: proof.Hash{7},
		At: time.UnixMilli(1795348169344).UTC(), Clock: proof.Clock{Source: "database", Ahead: -12 * time.Millisecond},
	}
	signed, err := c.Sign(old, next)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []proof.Key{old.Key, next.Key} {
		if got, err := proof.OpenCheckpoint(signed, c.Origin, k); err != nil || got != c {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if got, err := proof.ReadCheckpoint(signed); err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := proof.OpenCheckpoint(signed, c.Origin, signer(t, 3).Key); err == nil || !strings.Contains(err.Error(), "no key that is trusted") {
		t.Errorf("a stranger's key: %v", err)
	}
	if _, err := proof.OpenCheckpoint(signed, c.Origin+"x", old.Key); err == nil || !strings.Contains(err.Error(), "is of the log") {
		t.Errorf("another log: %v", err)
	}
	for i := range strings.Index(string(signed), "\n\n") {
		altered := []byte(string(signed))
		altered[i] ^= 1
		if _, err := proof.OpenCheckpoint(altered, c.Origin, old.Key, next.Key); err == nil {
			t.Errorf("byte %d may be altered", i)
		}
	}
}

func TestCheckpointHasOneSpelling(t *testing.T) {
	t.Parallel()
	root := "BwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	good := "o\n7\n" + root + "\ntime 2026-11-22T11:49:29.344Z database -12\n"
	if _, err := proof.ReadCheckpoint([]byte(good + "\n— x y\n")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"leading zero": strings.Replace(good, "\n7\n", "\n07\n", 1), "negative": strings.Replace(good, "\n7\n", "\n-7\n", 1),
		"another line": good + "more\n", "a line less": "o\n7\n" + root + "\n", "short root": strings.Replace(good, root, "AAAA", 1),
		"no time": strings.Replace(good, "time", "date", 1), "an offset": strings.Replace(good, "344Z", "344+00:00", 1), "plus": strings.Replace(good, "-12", "+12", 1),
	} {
		if c, err := proof.ReadCheckpoint([]byte(text + "\n— x y\n")); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestKeyNamesItsSuccessorForOneLog(t *testing.T) {
	t.Parallel()
	old, next, stranger := signer(t, 1), signer(t, 2), signer(t, 3)
	const origin = "one log"
	s, err := old.Succeed(origin, next.Key)
	if err != nil || s.Check(origin) != nil {
		t.Fatal(err, s.Check(origin))
	}
	for name, bad := range map[string]error{
		"another log":       s.Check("another log"),
		"another successor": proof.Succession{From: s.From, To: stranger.Key, Signature: s.Signature}.Check(origin),
		"another key":       proof.Succession{From: stranger.Key, To: s.To, Signature: s.Signature}.Check(origin),
	} {
		if bad == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for i := range 20 { // base64 of some keys has plus signs
		k := signer(t, byte(i)).Key
		if back, err := proof.ParseKey(k.String()); err != nil || back.String() != k.String() {
			t.Errorf("%s: %v", k, err)
		}
	}
	if _, err := proof.NewKey("a name", old.Public()); err == nil {
		t.Error("a name with a space is taken")
	}
}

// TestBase64HasOneSpelling: decoders pass over ends of lines.
func TestBase64HasOneSpelling(t *testing.T) {
	t.Parallel()
	hash := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, end := range []string{"\r", "\n"} {
		if _, err := proof.ParseHash(hash[:8] + end + hash[8:]); err == nil {
			t.Errorf("a hash with %q is read", end)
		}
		if _, err := proof.ParseSalt(proof.Salt{}.String() + end); err == nil {
			t.Errorf("a salt with %q is read", end)
		}
	}
}
