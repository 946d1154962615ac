package seal_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// ring is a worker that takes one key for the current one, and knows several.
type ring struct {
	current proof.Signer
	known   []proof.Signer
}

func (r ring) Current(context.Context, proof.Key) (proof.Signer, error) { return r.current, nil }

func (r ring) Former(_ context.Context, key proof.Key) (proof.Signer, error) {
	for _, s := range r.known {
		if s.Public().Equal(key.Public()) {
			return s, nil
		}
	}
	return proof.Signer{}, fault.New(fault.NotFound, "the key is gone")
}

// TestKeysNeverGoBack: whoever takes the key before for the current one goes on with
// the one that has followed it.
func TestKeysNeverGoBack(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	one, two := sealtest.Signer(1), sealtest.Signer(2)
	both := []proof.Signer{one, two}
	for _, current := range []proof.Signer{one, two, one, two, one} {
		must(t, d.seal(d.sealer(ring{current, both}), d.row(time.Now())))
	}
	if len(d.keys) != 2 || d.keys[1].Key != two.String() || d.keys[1].Signature == nil || len(d.rows) != 6 {
		t.Fatalf("%d keys, %d records", len(d.keys), len(d.rows))
	}
	if _, err := proof.OpenCheckpoint(d.head.Checkpoint, d.head.Origin, two.Key); err != nil {
		t.Error(err)
	}
}

// TestTheKeyIsAskedForWhileTheLogIsHeld: what was current before somebody else sealed
// is not taken for what is.
func TestTheKeyIsAskedForWhileTheLogIsHeld(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	keys := &sealtest.Keys{}
	s := d.sealer(keys)
	must(t, d.seal(s, d.row(time.Now())))
	d.held = func() { keys.Number.Store(1) }
	must(t, d.seal(s, d.row(time.Now())))
	if len(d.keys) != 2 || d.head.Key != sealtest.Signer(1).String() {
		t.Errorf("%d keys, the head's is %s", len(d.keys), d.head.Key)
	}
}

// TestALostKeyBeginsAnewUnderAKeyThatIsNew and under no other.
func TestALostKeyBeginsAnewUnderAKeyThatIsNew(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	one, two, three := sealtest.Signer(1), sealtest.Signer(2), sealtest.Signer(3)
	must(t, d.seal(d.sealer(ring{one, []proof.Signer{one}}), d.row(time.Now())))
	must(t, d.seal(d.sealer(ring{two, []proof.Signer{one, two}}), d.row(time.Now())))
	if err := d.seal(d.sealer(ring{one, []proof.Signer{one}}), d.row(time.Now())); fault.KindOf(err) != fault.Unavailable || len(d.keys) != 2 {
		t.Errorf("a key has had two turns: %v", err)
	}
	must(t, d.seal(d.sealer(ring{three, []proof.Signer{one, three}})))
	if len(d.keys) != 3 || d.keys[2].Signature != nil || text(d.read(d.rows[3]), "reason") != "key_lost" || d.rows[3].Seq != d.keys[2].Seq {
		t.Errorf("%+v", d.keys)
	}
}

// TestNothingIsAddedToALogThatNobodySigned: whoever may write to the database and has no
// key cannot have a history signed, nor the log of one organization for another's.
func TestNothingIsAddedToALogThatNobodySigned(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]func(d *disk){
		"a record taken out": func(d *disk) {
			tile := d.tiles[[2]int64{}]
			tile.Hashes = slices.Delete(slices.Clone(tile.Hashes), 1, 2)
			d.tiles[[2]int64{}] = tile
			var f proof.Frontier
			for _, h := range tile.Hashes {
				f.Append(h)
			}
			lines := strings.Split(string(d.head.Checkpoint), "\n")
			root := f.Root()
			lines[1], lines[2] = "2", root.String()
			d.head.Checkpoint, d.head.Size = []byte(strings.Join(lines, "\n")), 2
		},
		"another's origin": func(d *disk) { d.head.Origin = proof.Origin(sealtest.Host, tenants.NewID()) },
		"another's origin, of a log that begins": func(d *disk) {
			d.head, d.rows, d.keys, d.tiles = seal.Head{Origin: proof.Origin(sealtest.Host, tenants.NewID())}, nil, nil, map[[2]int64]seal.Tile{}
		},
		"no origin before the organization's": func(d *disk) { d.head = seal.Head{Origin: proof.Origin("", d.org)} },
		"a key of their own": func(d *disk) {
			own := sealtest.Signer(77)
			c, err := proof.ReadCheckpoint(d.head.Checkpoint)
			must(t, err)
			d.head.Checkpoint, err = c.Sign(own)
			must(t, err)
		},
	} {
		d := newDisk(t)
		must(t, d.seal(d.sealer(&sealtest.Keys{}), d.row(time.Now()), d.row(time.Now()), d.row(time.Now())))
		alter(d)
		before := len(d.rows)
		if err := d.seal(d.sealer(&sealtest.Keys{}), d.row(time.Now())); err == nil || len(d.rows) != before {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestALogDoesNotBecomeShorterUnderAProcess: an earlier state of it was signed too.
func TestALogDoesNotBecomeShorterUnderAProcess(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	s := d.sealer(&sealtest.Keys{})
	must(t, d.seal(s, d.row(time.Now())))
	earlier := *d
	tile := d.tiles[[2]int64{}]
	must(t, d.seal(s, d.row(time.Now())))
	d.head, d.rows = earlier.head, d.rows[:1]
	d.tiles[[2]int64{}] = tile
	if err := d.seal(s, d.row(time.Now())); err == nil {
		t.Error("the log was rolled back, and goes on")
	}
	must(t, d.seal(d.sealer(&sealtest.Keys{}), d.row(time.Now())))
}

// TestALogDoesNotBecomeAnotherUnderAProcess, not even one that is longer and that the
// platform's own key has signed; one that another worker has gone on with it takes.
func TestALogDoesNotBecomeAnotherUnderAProcess(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	rows := make([]audit.Row, 300)
	for i := range rows {
		rows[i] = d.row(time.Now())
	}
	s := d.sealer(&sealtest.Keys{})
	must(t, d.seal(s, rows[:257]...))
	must(t, d.seal(d.sealer(&sealtest.Keys{}), rows[257:290]...))
	must(t, d.seal(s, rows[290:]...))

	old := *d
	for _, length := range []int{299, 300, 301, 600} {
		*d = old
		d.head, d.rows, d.people, d.keys, d.tiles = seal.Head{}, nil, nil, nil, map[[2]int64]seal.Tile{}
		for range length {
			d.waiting = append(d.waiting, d.row(time.Now()))
		}
		must(t, d.seal(d.sealer(&sealtest.Keys{})))
		if err := d.seal(s, d.row(time.Now())); fault.KindOf(err) != fault.Internal || int64(length) != d.head.Size {
			t.Errorf("a log of 300 records was another, of %d, and goes on: %v", length, err)
		}
	}
	*d = old
	must(t, d.seal(s, d.row(time.Now())))
}
