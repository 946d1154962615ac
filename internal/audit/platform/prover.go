package platform

import (
	"context"
	"fmt"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/witness"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Prover makes proofs about the log.
type Prover struct{ Store Reader }

// Wanted is what a proof is asked for.
type Wanted struct {
	Held  int64 // size of the organization's checkpoint that whoever asks holds; 0: the newest entry
	Since int64 // size of the platform's checkpoint that they hold; 0: none
}

var errEmpty = fault.New(fault.NotFound, "the platform's log has no entries yet; a worker has to run")

// Organization proves that a checkpoint of an organization's is in the log, and that its
// log begins with what whoever asks holds. It is NotFound while there is no such entry.
func (p Prover) Organization(ctx context.Context, org tenants.ID, w Wanted) ([]byte, error) {
	entry, err := p.Store.LoggedCheckpoint(ctx, org, w.Held)
	if err != nil {
		return nil, err
	}
	out, size, err := p.about(ctx, w.Since) // read afterwards, so that the entry is in it
	if err != nil {
		return nil, err
	}
	path, err := witness.Inclusion(p.tree(ctx), entry.Seq, size)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", entry.Seq, err)
	}
	out.Entry = &witness.Entry{Checkpoint: string(entry.Note), Hashes: witness.Texts(path), Salt: entry.Salt.String(), Seq: entry.Seq}
	if w.Held > 0 && w.Held < entry.Size {
		own := func(all []proof.Subtree) ([]proof.Hash, error) { return p.Store.LogSubtrees(ctx, org, all) }
		grown, err := witness.Consistency(own, w.Held, entry.Size)
		if err != nil {
			return nil, fmt.Errorf("prove the log from %d to %d: %w", w.Held, entry.Size, err)
		}
		out.Entry.Held = &witness.Growth{Hashes: witness.Texts(grown), Size: w.Held}
	}
	return out.Bytes()
}

// Everybody proves that the log begins with what it was at a smaller size; with 0 it
// tells the newest checkpoint only.
func (p Prover) Everybody(ctx context.Context, since int64) ([]byte, error) {
	out, _, err := p.about(ctx, since)
	if err != nil {
		return nil, err
	}
	return out.Bytes()
}

// about is what every proof has.
func (p Prover) about(ctx context.Context, since int64) (out witness.Proof, size int64, err error) {
	head, err := p.Store.PlatformLog(ctx)
	if err != nil {
		return out, 0, err
	}
	if head.Size == 0 {
		return out, 0, errEmpty
	}
	if since < 0 || since > head.Size {
		return out, 0, fault.Newf(fault.Invalid, "since: the platform's log has %d entries and never had %d; whoever signed that checkpoint has shown you another log", head.Size, since)
	}
	out.Platform = string(head.Checkpoint)
	if since > 0 && since < head.Size {
		grown, err := witness.Consistency(p.tree(ctx), since, head.Size)
		if err != nil {
			return out, 0, fmt.Errorf("prove the platform's log from %d to %d: %w", since, head.Size, err)
		}
		out.Consistency = &witness.Growth{Hashes: witness.Texts(grown), Size: since}
	}
	out.Successions, err = p.successions(ctx)
	return out, head.Size, err
}

func (p Prover) tree(ctx context.Context) witness.Tree {
	return func(all []proof.Subtree) ([]proof.Hash, error) { return p.Store.PlatformSubtrees(ctx, all) }
}

// successions are those of the log since the last key that could not name another.
func (p Prover) successions(ctx context.Context) (all []witness.Succession, err error) {
	keys, err := p.Store.PlatformLogKeys(ctx)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		if len(k.Signature) == 0 {
			all = nil
			continue
		}
		s, err := successionOf(keys[i-1], k)
		if err != nil {
			return nil, err
		}
		all = append(all, witness.SuccessionOf(s))
	}
	return all, nil
}

func successionOf(before, k seal.LogKey) (s proof.Succession, err error) {
	if s.From, err = proof.ParseKey(before.Key); err != nil {
		return s, err
	}
	s.To, err = proof.ParseKey(k.Key)
	s.Signature = k.Signature
	return s, err
}
