package search

import (
	"context"
	"io"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
)

// disclosures are how evidence calls what it proves.
var disclosures = map[Completeness]evidence.Disclosure{Proven: evidence.FilterFields, Unproven: evidence.MatchesOnly}

// prove writes the evidence of an export: the same bytes each time, unless what it
// tells was erased meanwhile.
func (r *Reader) prove(ctx context.Context, l *ledger, x Export, out io.Writer) error {
	h, err := l.header(ctx, x)
	if err != nil {
		return err
	}
	w, err := evidence.NewWriter(out, h)
	if err != nil {
		return err
	}
	if err := l.everyRecord(ctx, x.From, x.To, w.Write); err != nil {
		return err
	}
	return r.sign(ctx, l, x, w)
}

// header is the first line of the evidence of an export.
func (l *ledger) header(ctx context.Context, x Export) (h evidence.Header, err error) {
	checkpoint, err := proof.ReadCheckpoint(x.Checkpoint)
	if err != nil {
		return h, err
	}
	stops := evidence.Stops(x.From, x.To, checkpoint.Size, x.Wanted.Sizes...)
	before, _, err := evidence.Plan(x.From, x.To, checkpoint.Size, stops)
	if err != nil {
		return h, err
	}
	left, err := l.store.LogSubtrees(ctx, l.org, before)
	if err != nil {
		return h, err
	}
	_, successions, err := l.keys(ctx, checkpoint.Size)
	if err != nil {
		return h, err
	}
	produced := x.At
	if checkpoint.At.After(produced) { // by another clock
		produced = checkpoint.At
	}
	return evidence.Header{
		Origin: checkpoint.Origin, Org: l.org, From: x.From, To: x.To, Filter: x.Wanted.Filter, Disclosure: disclosures[x.Wanted.Completeness],
		Checkpoint: x.Checkpoint, Successions: successions, Stops: stops, Before: left, Produced: produced,
	}, nil
}

// sign writes the end of the evidence of an export.
func (r *Reader) sign(ctx context.Context, l *ledger, x Export, w *evidence.Writer) error {
	checkpoint, err := proof.ReadCheckpoint(x.Checkpoint)
	if err != nil {
		return err
	}
	stops := evidence.Stops(x.From, x.To, checkpoint.Size, x.Wanted.Sizes...)
	_, after, err := evidence.Plan(x.From, x.To, checkpoint.Size, stops)
	if err != nil {
		return err
	}
	right, err := l.store.LogSubtrees(ctx, l.org, after)
	if err != nil {
		return err
	}
	key, _, err := l.keys(ctx, checkpoint.Size)
	if err != nil {
		return err
	}
	signer, err := r.Signer(ctx, key)
	if err != nil {
		return err
	}
	_, err = w.Close(right, "Gatehouse "+r.Version, signer)
	return err
}

// everyRecord calls each with the records from..to-1, every one of them: one whose row
// is not there has its leaf, which the tree still holds, and no fields.
func (l *ledger) everyRecord(ctx context.Context, from, to int64, each func(proof.Record) error) error {
	next := from
	lost := func(end int64) error {
		for next < end {
			var parts []proof.Subtree
			for n := next; n < min(end, next+manyRows); n++ {
				parts = append(parts, proof.Subtree{Index: n})
			}
			leaves, err := l.store.LogSubtrees(ctx, l.org, parts)
			if err != nil {
				return err
			}
			for _, leaf := range leaves {
				if err := each(proof.Record{Seq: next, Leaf: leaf}); err != nil {
					return err
				}
				next++
			}
		}
		return nil
	}
	err := l.ascend(ctx, seal.Query{From: from, To: to}, l.read, func(r proof.Record) error {
		if err := lost(r.Seq); err != nil {
			return err
		}
		next = r.Seq + 1
		return each(r)
	})
	if err != nil {
		return err
	}
	return lost(to)
}

// keys returns the key under which a log was sealed when it had a size, and how the
// keys until then named each other.
func (l *ledger) keys(ctx context.Context, size int64) (last proof.Key, chain []proof.Succession, err error) {
	all, err := l.store.LogKeys(ctx, l.org)
	if err != nil {
		return last, nil, err
	}
	for _, k := range all {
		if k.Seq >= size {
			break
		}
		key, err := proof.ParseKey(k.Key)
		if err != nil {
			return last, nil, err
		}
		if k.Signature == nil {
			chain = nil // the first key, or one that the lost one before could not name
		} else {
			chain = append(chain, proof.Succession{From: last, To: key, Signature: k.Signature})
		}
		last = key
	}
	if last.Verifier == nil {
		return last, nil, fault.New(fault.Internal, "the log has no key")
	}
	return last, chain, nil
}
