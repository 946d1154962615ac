package witness_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const host = "gatehouse.example"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func signer(t *testing.T, n byte) proof.Signer {
	t.Helper()
	seed := [ed25519.SeedSize]byte{n}
	s, err := proof.NewSigner(host, ed25519.NewKeyFromSeed(seed[:]))
	must(t, err)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tree is a log in memory.
type tree struct {
	origin string
	leaves []proof.Hash
}

func (l *tree) add(what string, n int) {
	for i := range n {
		l.leaves = append(l.leaves, proof.Leaf(fmt.Appendf(nil, "%s %d", what, i)))
	}
}

func (l *tree) read(all []proof.Subtree) (hashes []proof.Hash, err error) {
	for _, s := range all {
		var f proof.Frontier
		for _, leaf := range l.leaves[s.Index<<s.Level : (s.Index+1)<<s.Level] {
			f.Append(leaf)
		}
		hashes = append(hashes, f.Root())
	}
	return hashes, nil
}

// note is the checkpoint of a size, signed.
func (l *tree) note(t *testing.T, size int64, at time.Time, by ...proof.Signer) []byte {
	t.Helper()
	root, err := witness.RootAt(l.read, size)
	must(t, err)
	signed, err := proof.Checkpoint{Origin: l.origin, Size: size, Root: root, At: at, Clock: proof.Clock{Source: "database"}}.Sign(by...)
	must(t, err)
	return signed
}

// world is a platform with an organization's log, and what readers of it hold.
type world struct {
	key          proof.Signer
	org          tree
	platform     tree
	salt         witness.Salt
	entry        []byte // the checkpoint that is in the platform's log
	seq          int64
	held, mine   []byte // of the organization and of the platform
	heldN, mineN int64
}

var contoso = tenants.NewID()

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{key: signer(t, 1), seq: 5, salt: witness.Salt{1}, heldN: 20, mineN: 9}
	w.org, w.platform = tree{origin: proof.Origin(host, contoso)}, tree{origin: witness.Origin(host)}
	w.org.add("record", 33)
	w.held = w.org.note(t, w.heldN, noon, w.key)
	w.entry = w.org.note(t, 33, noon.Add(time.Hour), w.key)
	w.platform.add("others", 5)
	leaf, err := witness.Leaf(w.salt, w.entry)
	must(t, err)
	w.platform.leaves = append(w.platform.leaves, leaf)
	w.platform.add("more", 9)
	w.mine = w.platform.note(t, w.mineN, noon.Add(2*time.Hour), w.key)
	return w
}

// proof is what the platform answers.
func (w *world) proof(t *testing.T) witness.Proof {
	t.Helper()
	size := int64(len(w.platform.leaves))
	path, err := witness.Inclusion(w.platform.read, w.seq, size)
	must(t, err)
	grown, err := witness.Consistency(w.platform.read, w.mineN, size)
	must(t, err)
	own, err := witness.Consistency(w.org.read, w.heldN, 33)
	must(t, err)
	return witness.Proof{
		Platform:    string(w.platform.note(t, size, noon.Add(3*time.Hour), w.key)),
		Consistency: &witness.Growth{Hashes: witness.Texts(grown), Size: w.mineN},
		Entry: &witness.Entry{
			Checkpoint: string(w.entry), Hashes: witness.Texts(path), Salt: w.salt.String(), Seq: w.seq, Held: &witness.Growth{Hashes: witness.Texts(own), Size: w.heldN},
		},
	}
}

func (w *world) trust() witness.Trust {
	return witness.Trust{Keys: []proof.Key{w.key.Key}, Held: w.held, Platform: w.mine, Origin: w.org.origin}
}

func verify(t *testing.T, p witness.Proof, by witness.Trust) witness.Report {
	t.Helper()
	file, err := p.Bytes()
	must(t, err)
	r, err := witness.Verify(file, by)
	must(t, err)
	return r
}

func TestACheckpointIsProvedToBeInThePlatformsLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := verify(t, w.proof(t), w.trust())
	if !r.Proven() || !r.Since.Equal(noon.Add(2*time.Hour)) || r.Held == nil || r.Seq != 5 {
		t.Fatalf("%+v\n%s", r, r)
	}
	for _, line := range []string{"anchored: since 2026-11-22T14:00:00Z, records below 33", "compared: ", "held:     the log of the entry begins with the 20 records", "entry:    5 is the checkpoint of " + w.org.origin} {
		if !strings.Contains(r.String(), line) {
			t.Errorf("no %q in\n%s", line, r)
		}
	}
}

// TestEveryChangeToAPlatformsLogIsReported: to an entry, to the log, to a proof.
func TestEveryChangeToAPlatformsLogIsReported(t *testing.T) {
	t.Parallel()
	hash := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world) witness.Proof
		wrong  string
	}{
		"a changed entry": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			p := w.proof(t)
			p.Entry.Checkpoint = string(w.org.note(t, 32, noon.Add(time.Hour), w.key))
			return p
		}, "the checkpoint is not entry 5"},
		"another salt": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			p := w.proof(t)
			p.Entry.Salt = witness.Salt{2}.String()
			return p
		}, "the checkpoint is not entry 5"},
		"another place": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			p := w.proof(t)
			p.Entry.Seq = 4
			return p
		}, "the checkpoint is not entry 4"},
		"a place beyond": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			p := w.proof(t)
			p.Entry.Seq = 500
			return p
		}, "the checkpoint is not entry 500"},
		"another path": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			p := w.proof(t)
			p.Entry.Hashes[1] = hash
			return p
		}, "the checkpoint is not entry 5"},
		"a dropped entry, everything signed again": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			w.platform.leaves = append(w.platform.leaves[:2:2], w.platform.leaves[3:]...)
			w.seq = 4
			return w.proof(t)
		}, "another than the one whose checkpoint of 9 entries you hold"},
		"an entry changed in the log, everything signed again": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			w.platform.leaves[7] = proof.Leaf([]byte("another"))
			return w.proof(t)
		}, "another than the one whose checkpoint of 9 entries you hold"},
		"the same size, another log": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			w.platform.leaves = w.platform.leaves[:9]
			w.platform.leaves[7] = proof.Leaf([]byte("another"))
			p := w.proof(t)
			p.Consistency = nil
			return p
		}, "another than the one whose checkpoint of 9 entries you hold"},
		"a log rolled back": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			w.platform.leaves, w.mineN = w.platform.leaves[:7], 7
			p := w.proof(t)
			p.Consistency = nil
			return p
		}, "was rolled back"},
		"the organization's log rewritten, and in the platform's": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			w.org.leaves[3] = proof.Leaf([]byte("another"))
			w.entry = w.org.note(t, 33, noon.Add(time.Hour), w.key)
			leaf, err := witness.Leaf(w.salt, w.entry)
			must(t, err)
			w.platform.leaves, w.seq = append(w.platform.leaves, leaf), 15
			return w.proof(t)
		}, "another than the one whose checkpoint of 20 records you hold"},
		"a checkpoint by a stranger": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			p := w.proof(t)
			p.Platform = string(w.platform.note(t, 15, noon.Add(3*time.Hour), signer(t, 9)))
			return p
		}, "the platform's checkpoint: no key that is trusted"},
		"an entry by a stranger": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			w.entry = w.org.note(t, 33, noon, signer(t, 9))
			leaf, err := witness.Leaf(w.salt, w.entry)
			must(t, err)
			w.platform.leaves, w.seq = append(w.platform.leaves, leaf), 15
			return w.proof(t)
		}, "the entry: no key that is trusted"},
		"the organization's checkpoint for the platform's": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			p := w.proof(t)
			p.Platform = string(w.held)
			return p
		}, "is the name of no platform's log"},
		"an entry of another organization": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			other := tree{origin: proof.Origin(host, tenants.NewID()), leaves: w.org.leaves}
			w.entry = other.note(t, 33, noon.Add(time.Hour), w.key)
			leaf, err := witness.Leaf(w.salt, w.entry)
			must(t, err)
			w.platform.leaves, w.seq = append(w.platform.leaves, leaf), 15
			return w.proof(t)
		}, "the entry: the checkpoint is of the log"},
		"a succession that nobody signed": {func(t *testing.T, w *world) witness.Proof {
			t.Helper()
			next := signer(t, 9)
			p := w.proof(t)
			p.Successions = []witness.Succession{witness.SuccessionOf(proof.Succession{From: w.key.Key, To: next.Key, Signature: make([]byte, 64)})}
			p.Platform = string(w.platform.note(t, 15, noon.Add(3*time.Hour), next))
			return p
		}, "succession 1 is not signed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			trust := w.trust()
			r := verify(t, c.change(t, w), trust)
			if r.Wrong == nil || !strings.Contains(r.String(), c.wrong) || r.Proven() {
				t.Errorf("%v\n%s", r.Wrong, r)
			}
		})
	}
}

func TestWhatIsNotCheckedIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world, p *witness.Proof, by *witness.Trust)
		open   string
	}{
		"no checkpoint of the platform":   {func(_ *testing.T, _ *world, _ *witness.Proof, by *witness.Trust) { by.Platform = nil }, "the operator could have made this log for you alone"},
		"no checkpoint of one's own":      {func(_ *testing.T, _ *world, _ *witness.Proof, by *witness.Trust) { by.Held = nil }, "no checkpoint of the organization's log was given"},
		"another platform checkpoint":     {func(_ *testing.T, _ *world, p *witness.Proof, _ *witness.Trust) { p.Consistency = nil }, "says nothing of the platform's log of 9 entries"},
		"another checkpoint of one's own": {func(_ *testing.T, _ *world, p *witness.Proof, _ *witness.Trust) { p.Entry.Held = nil }, "says nothing of the log of 20 records"},
		"a newer checkpoint of one's own": {func(t *testing.T, w *world, _ *witness.Proof, by *witness.Trust) {
			t.Helper()
			w.org.add("later", 3)
			by.Held = w.org.note(t, 36, noon, w.key)
		}, "the platform's log gets a newer one within the hour"},
		"a newer platform checkpoint": {func(t *testing.T, w *world, _ *witness.Proof, by *witness.Trust) {
			t.Helper()
			w.platform.add("later", 3)
			by.Platform = w.platform.note(t, 18, noon.Add(4*time.Hour), w.key)
		}, "ask for the proof again"},
		"an entry after what is held": {func(t *testing.T, w *world, p *witness.Proof, by *witness.Trust) {
			t.Helper()
			by.Platform = w.platform.note(t, 4, noon, w.key)
			grown, err := witness.Consistency(w.platform.read, 4, 15)
			must(t, err)
			p.Consistency = &witness.Growth{Hashes: witness.Texts(grown), Size: 4}
		}, "the entry is younger than the platform's checkpoint"},
		"a proof for everybody": {func(_ *testing.T, _ *world, p *witness.Proof, _ *witness.Trust) { p.Entry = nil }, "says nothing of an organization's checkpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, by := w.proof(t), w.trust()
			c.change(t, w, &p, &by)
			r := verify(t, p, by)
			if r.Wrong != nil || r.Proven() || !r.Since.IsZero() && name != "no checkpoint of one's own" && name != "another checkpoint of one's own" && name != "a newer checkpoint of one's own" || !strings.Contains(r.String(), c.open) {
				t.Errorf("%v\n%s", r.Wrong, r)
			}
		})
	}
}

func TestKeysSucceedEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	next := signer(t, 2)
	p := w.proof(t)
	p.Platform = string(w.platform.note(t, 15, noon.Add(3*time.Hour), next))
	named, err := w.key.Succeed(w.platform.origin, next.Key)
	must(t, err)
	if r := verify(t, p, w.trust()); r.Wrong == nil {
		t.Error("a key that nobody named")
	}
	p.Successions = []witness.Succession{witness.SuccessionOf(named)}
	if r := verify(t, p, w.trust()); !r.Proven() {
		t.Error(r)
	}
	by := w.trust()
	by.Keys, by.Held, by.Platform, p.Entry = []proof.Key{signer(t, 3).Key}, nil, nil, nil
	if r := verify(t, p, by); r.Wrong == nil {
		t.Error("whom a stranger's key names is trusted")
	}
}

func TestWhatAReaderBringsHasToBeOfUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file, err := w.proof(t).Bytes()
	must(t, err)
	stranger := signer(t, 9)
	for name, by := range map[string]witness.Trust{
		"no key":                               {},
		"a checkpoint by a stranger":           {Keys: w.trust().Keys, Held: w.org.note(t, 20, noon, stranger)},
		"a platform checkpoint by one":         {Keys: w.trust().Keys, Platform: w.platform.note(t, 9, noon, stranger)},
		"no checkpoint at all":                 {Keys: w.trust().Keys, Held: []byte("x")},
		"a checkpoint of another platform":     {Keys: w.trust().Keys, Platform: (&tree{origin: witness.Origin("other.example"), leaves: w.platform.leaves}).note(t, 9, noon, w.key)},
		"an organization's for the platform's": {Keys: w.trust().Keys, Platform: w.held},
	} {
		if r, err := witness.Verify(file, by); err == nil {
			t.Errorf("%s: there is a verdict: %s", name, r)
		}
	}
}

func TestAProofHasOneSpelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file, err := w.proof(t).Bytes()
	must(t, err)
	text := string(file)
	for name, changed := range map[string]string{
		"white space":     strings.Replace(text, `"seq":5`, `"seq": 5`, 1),
		"a member more":   strings.Replace(text, `"seq":5`, `"seq":5,"x":1`, 1),
		"a member twice":  strings.Replace(text, `"seq":5`, `"seq":4,"seq":5`, 1),
		"another format":  strings.Replace(text, witness.Format, "gatehouse platform proof v2", 1),
		"no end":          strings.TrimSuffix(text, "\n"),
		"something after": text + "{}\n",
		"nothing":         "",
		"another case":    strings.Replace(text, `"seq"`, `"Seq"`, 1),
		"a hash wrapped":  strings.Replace(text, `"hashes":["`, `"hashes":["`+"\\n", 1),
	} {
		if r, err := witness.Verify([]byte(changed), w.trust()); err != nil || r.Wrong == nil || name == "another format" && !strings.Contains(r.String(), "is no proof of a platform's log") {
			t.Errorf("%s: %v %s", name, err, r)
		}
	}
}

func TestTheEntryIsOfTheLogThatTheReaderHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, by := tree{origin: proof.Origin(host, tenants.NewID()), leaves: w.org.leaves}, w.trust()
	by.Held, by.Origin = other.note(t, w.heldN, noon, w.key), ""
	if r := verify(t, w.proof(t), by); r.Wrong == nil || !strings.Contains(r.String(), "and you hold a checkpoint of") {
		t.Error(r)
	}
}

func TestAProofHasAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.proof(t)
	for range witness.Most / 40 {
		p.Entry.Hashes = append(p.Entry.Hashes, p.Entry.Hashes[0])
	}
	if r := verify(t, p, w.trust()); r.Wrong == nil || !strings.Contains(r.String(), "longer than") {
		t.Error(r)
	}
}

func TestProofsAreOfEverySize(t *testing.T) {
	t.Parallel()
	for size := int64(1); size <= 40; size++ {
		l := tree{origin: witness.Origin(host)}
		l.add("entry", int(size))
		for before := int64(1); before <= size; before++ {
			if _, err := witness.Consistency(l.read, before, size); err != nil {
				t.Errorf("%d to %d: %v", before, size, err)
			}
			if _, err := witness.Inclusion(l.read, before-1, size); err != nil {
				t.Errorf("%d in %d: %v", before-1, size, err)
			}
		}
		for _, bad := range []int64{-1, 0, size + 1} {
			if _, err := witness.Consistency(l.read, bad, size); fault.KindOf(err) != fault.Invalid {
				t.Errorf("consistency from %d to %d", bad, size)
			}
		}
		for _, bad := range []int64{-1, size} {
			if _, err := witness.Inclusion(l.read, bad, size); fault.KindOf(err) != fault.Invalid {
				t.Errorf("entry %d in %d", bad, size)
			}
		}
	}
}

func FuzzProofs(f *testing.F) {
	f.Add([]byte(`{"format":"gatehouse platform proof v1","platform":"","successions":[]}` + "\n"))
	key := [ed25519.PublicKeySize]byte{}
	binary.LittleEndian.PutUint32(key[:], 7)
	k, err := proof.NewKey(host, key[:])
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := witness.Verify(file, witness.Trust{Keys: []proof.Key{k}})
		if err != nil || r.Wrong == nil {
			t.Errorf("believed: %v %s", err, r)
		}
	})
}
