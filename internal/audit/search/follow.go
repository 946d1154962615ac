package search

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Stretch is a part of a log: the records From..To-1.
type Stretch struct {
	From, To int64
	SealedAt time.Time // of the last record of the log
}

// Since returns what was sealed at an instant or later. Where some of it has been
// removed, because its time was over, it is Conflict.
func (r *Reader) Since(ctx context.Context, org tenants.ID, at time.Time) (Stretch, error) {
	l, err := r.ledger(ctx, org)
	if err != nil {
		return Stretch{}, err
	}
	if l.head.Size == 0 {
		return Stretch{}, errNothing
	}
	if err := r.Store.CheckKept(ctx, org, l.head.First, at); err != nil {
		return Stretch{}, err
	}
	from, to, err := l.stretch(ctx, filter.Filter{From: at})
	return Stretch{from, to, l.head.SealedAt}, err
}

// What Follow reads at most.
const (
	mostFollowed = 200_000
	followFor    = 5 * time.Second
)

// Follow calls each with the records of a stretch in their order, so many of them as
// one request may read, and returns the number of the first that is left; To where none
// is.
func (r *Reader) Follow(ctx context.Context, org tenants.ID, s Stretch, each func(proof.Record) error) (next int64, err error) {
	l, err := r.ledger(ctx, org)
	if err != nil {
		return s.From, err
	}
	next, end := s.From, l.now().Add(followFor)
	to := min(s.To, s.From+mostFollowed)
	err = l.ascend(ctx, seal.Query{From: s.From, To: to}, l.values, func(record proof.Record) error {
		if next > s.From && !l.now().Before(end) {
			return errEnough
		}
		if err := each(record); err != nil {
			return err
		}
		next = record.Seq + 1
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return next, nil
	case err != nil:
		return s.From, err
	}
	return to, nil
}

// NoteReplay records that somebody is about to be told what a proposal would have done
// to the calls of a stretch, with the digest of the proposal, and returns when that is
// durable.
func (r *Reader) NoteReplay(ctx context.Context, by authz.Caller, s Stretch, proposal []byte) error {
	sum := sha256.Sum256(proposal)
	said, err := json.Marshal(map[string]any{"from": s.From, "proposal": "sha256:" + hex.EncodeToString(sum[:]), "to": s.To})
	if err != nil {
		return fmt.Errorf("say what is replayed: %w", err)
	}
	return r.Record(ctx, by, audit.Event{Kind: audit.Export, Target: "what-if", Detail: "what_if", After: string(said), Count: s.To - s.From, Outcome: audit.OK})
}
