package seal

import (
	"context"
	"slices"
	"sync"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// turn is which keys sign next.
type turn struct {
	before  proof.Key    // of the last checkpoint; zero: there is none
	next    proof.Signer // of the next one
	changes bool         // next is not before
	former  proof.Signer // the signer of before, where that names next
	lost    bool         // before is gone, and names nobody
}

// signers are those of the next checkpoint: where a key follows another, both.
func (t turn) signers() []proof.Signer {
	if t.changes && t.former.Verifier != nil {
		return []proof.Signer{t.next, t.former}
	}
	return []proof.Signer{t.next}
}

// turn finds out whose turn it is, while nobody else seals. Keys are told apart by what
// they are, not by their names, and none comes twice: who is not sure which is the
// current one goes on with the last. If that is lost, the next one begins anew.
func (s *Sealer) turn(ctx context.Context, in Batch) (t turn, err error) {
	if in.Head.Key == "" {
		t.next, err = s.o.Keys.Current(ctx, proof.Key{})
		t.changes = true
		return t, err
	}
	if t.before, err = proof.ParseKey(in.Head.Key); err != nil {
		return t, fault.Wrap(fault.Internal, "the key of the log cannot be read", err)
	}
	if t.next, err = s.o.Keys.Current(ctx, t.before); err != nil {
		return t, err
	}
	former, err := s.o.Keys.Former(ctx, t.before)
	if t.lost = fault.KindOf(err) == fault.NotFound; err != nil && !t.lost {
		return t, err
	}
	spent, err := spent(ctx, in, t.next.Key)
	switch {
	case err != nil:
		return t, err
	case spent && t.lost:
		return t, fault.New(fault.Unavailable, "the key of the log is lost, and the current one has had its turn; the log waits for the next one")
	case spent:
		t.next = former
	default:
		t.changes, t.former = true, former
	}
	return t, nil
}

// spent reports whether a log has, or has had, a key, whatever it was called.
func spent(ctx context.Context, in Batch, key proof.Key) (bool, error) {
	if last, err := proof.ParseKey(in.Head.Key); err == nil && last.Public().Equal(key.Public()) {
		return true, nil
	}
	all, err := in.Keys(ctx)
	return slices.ContainsFunc(all, func(k LogKey) bool {
		had, err := proof.ParseKey(k.Key)
		return err == nil && had.Public().Equal(key.Public())
	}), err
}

// succeed has the key before name its successor, as the next record. The first key has
// none before it. If the one before is lost the record says so.
func (s *Sealer) succeed(b *batch, t turn) error {
	next := LogKey{Seq: b.Head.Size, Key: t.next.String()}
	b.out.Head.Key = next.Key
	if t.before.Verifier == nil {
		b.out.Keys = []LogKey{next}
		return nil
	}
	event := audit.Event{Kind: audit.LogKey, Target: b.Head.Origin, Before: keyText(t.before), After: keyText(t.next.Key), Outcome: audit.OK}
	if t.lost {
		event.Outcome, event.Reason = audit.Failed, "key_lost"
	} else {
		succession, err := t.former.Succeed(b.Head.Origin, t.next.Key)
		if err != nil {
			return err
		}
		next.Signature = succession.Signature
		event.Detail = signatureText(succession.Signature)
	}
	row, err := s.scribe.Row(caller(b.org), event)
	b.Rows = slices.Insert(b.Rows, 0, row)
	b.out.Keys = []LogKey{next}
	return err
}

// memory is how far a process has seen logs reach: under its eyes none becomes shorter,
// nor another.
type memory struct {
	mu  *sync.Mutex
	who map[tenants.ID]proof.Checkpoint
}

func newMemory() memory { return memory{&sync.Mutex{}, map[tenants.ID]proof.Checkpoint{}} }

// keep takes note of what was stored.
func (m memory) keep(org tenants.ID, stored Head) {
	if c, err := proof.ReadCheckpoint(stored.Checkpoint); err == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.who[org] = c
	}
}

// check holds what a log is against what it was: nothing is added to a log that does not
// go on from there, whoever signed it.
func (m memory) check(ctx context.Context, org tenants.ID, b *batch) error {
	m.mu.Lock()
	was, there := m.who[org]
	m.mu.Unlock()
	if !there {
		return nil
	}
	if was.Size <= b.Head.Size {
		goesOn, err := b.goesOnFrom(ctx, was)
		if goesOn || err != nil {
			return err
		}
	}
	return fault.New(fault.Internal, "the log is not what this process has sealed; nothing is added to it. If an earlier state of the database was restored on purpose, restart the worker")
}

// goesOnFrom reports whether the tree begins with the one that a checkpoint of it was
// made of: the proof of RFC 9162, section 2.1.4.2, of which both sides are here.
func (b *batch) goesOnFrom(ctx context.Context, was proof.Checkpoint) (bool, error) {
	root, err := b.tree.root()
	if err != nil || was.Size == b.Head.Size {
		return root == was.Root, err
	}
	before, since := proof.Cover(0, was.Size), proof.Cover(was.Size, b.Head.Size)
	hashes, err := b.Subtrees(ctx, slices.Concat(before, since))
	if err != nil {
		return false, err
	}
	var f proof.Frontier
	for i, s := range before {
		if err := f.AppendSubtree(s.Level, hashes[i]); err != nil {
			return false, err
		}
	}
	begins := f.Root() == was.Root
	for i, s := range since {
		if err := f.AppendSubtree(s.Level, hashes[len(before)+i]); err != nil {
			return false, err
		}
	}
	return begins && f.Root() == root, nil
}
