package platform

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/fault"
)

// grow says what becomes of the log when leaves are added.
func (r *Recorder) grow(ctx context.Context, b Batch) (Grown, error) {
	if len(b.Leaves) == 0 || !r.due(b.Head) {
		return Grown{Head: b.Head}, nil
	}
	if !witness.IsOrigin(b.Head.Origin) {
		return Grown{}, fault.New(fault.Internal, "the platform's log has the origin of another; nothing is added to it")
	}
	g, err := seal.Grow(b.Head.Size, b.Tiles, b.Leaves)
	if err != nil {
		return Grown{}, err
	}
	turn, err := r.turn(ctx, b)
	if err != nil {
		return Grown{}, err
	}
	if err := r.check(b.Head, turn.before, g.Before); err != nil {
		return Grown{}, err
	}
	out := Grown{Head: b.Head, Tiles: g.Tiles}
	out.Head.Size, out.Head.GrownAt, out.Head.Key = g.Size, latest(r.o.Now(), b.Head.GrownAt), turn.signers[0].String()
	if turn.succession != nil {
		out.Keys = []seal.LogKey{*turn.succession}
	}
	c := proof.Checkpoint{Origin: b.Head.Origin, Size: g.Size, Root: g.After, At: out.Head.GrownAt, Clock: r.o.Clock()}
	if out.Head.Checkpoint, err = c.Sign(turn.signers...); err != nil {
		return Grown{}, err
	}
	return out, nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// check says whether the log is the one that was signed last, and not an earlier state
// of what this process has signed: nothing is built on another.
func (r *Recorder) check(h Head, key proof.Key, root proof.Hash) error {
	r.mu.Lock()
	last := r.last
	r.mu.Unlock()
	if h.Size < last.Size || h.Size == last.Size && last.Size > 0 && root != last.Root {
		return fault.New(fault.Internal, "the platform's log is not what this process has signed; nothing is added to it. If an earlier state of the database was restored on purpose, restart the worker")
	}
	if h.Size == 0 {
		return nil
	}
	signed, err := proof.OpenCheckpoint(h.Checkpoint, h.Origin, key)
	if err != nil {
		return fault.Wrap(fault.Internal, "the last checkpoint of the platform's log is not one that was signed; nothing is added to the log", err)
	}
	if signed.Size != h.Size || signed.Root != root {
		return fault.New(fault.Internal, "the platform's log is not as its last checkpoint says; nothing is added to it")
	}
	return nil
}

// turn is which keys sign.
type turn struct {
	before     proof.Key      // of the last checkpoint
	signers    []proof.Signer // the one in force first
	succession *seal.LogKey   // nil: the key is the one before
}

// turn finds out whose turn it is. A key that follows another is named by it, if that is
// still there, and none comes twice.
func (r *Recorder) turn(ctx context.Context, b Batch) (t turn, err error) {
	if b.Head.Key == "" {
		next, err := r.o.Keys.Current(ctx, proof.Key{})
		return turn{signers: []proof.Signer{next}, succession: &seal.LogKey{Key: next.String()}}, err
	}
	if t.before, err = proof.ParseKey(b.Head.Key); err != nil {
		return t, fault.Wrap(fault.Internal, "the key of the platform's log cannot be read", err)
	}
	next, err := r.o.Keys.Current(ctx, t.before)
	if err != nil {
		return t, err
	}
	if next.Public().Equal(t.before.Public()) {
		t.signers = []proof.Signer{next}
		return t, nil
	}
	former, err := r.o.Keys.Former(ctx, t.before)
	lost := fault.KindOf(err) == fault.NotFound
	switch {
	case err != nil && !lost:
		return t, err
	case hadIts(b.Keys, next.Key) && lost:
		return t, fault.New(fault.Unavailable, "the key of the platform's log is lost, and the current one has had its turn; the log waits for the next one")
	case hadIts(b.Keys, next.Key):
		t.signers = []proof.Signer{former}
		return t, nil
	}
	t.signers, t.succession = []proof.Signer{next}, &seal.LogKey{Seq: b.Head.Size, Key: next.String()}
	if lost {
		return t, nil
	}
	named, err := former.Succeed(b.Head.Origin, next.Key)
	t.signers, t.succession.Signature = append(t.signers, former), named.Signature
	return t, err
}

// hadIts reports whether a log has had a key.
func hadIts(all []seal.LogKey, key proof.Key) bool {
	return slices.ContainsFunc(all, func(k seal.LogKey) bool {
		had, err := proof.ParseKey(k.Key)
		return err == nil && had.Public().Equal(key.Public())
	})
}
