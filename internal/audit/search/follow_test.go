package search_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/fault"
)

// TestFollowReadsEachRecordOnce: in order, from what was sealed at an instant on, and no
// further than one request may.
func TestFollowReadsEachRecordOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.Since(t.Context(), r.org, begin); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("of a log without records: %v", err)
	}
	r.write(700)
	all, err := r.Since(t.Context(), r.org, time.Unix(0, 0))
	must(t, err)
	if all.From != 0 || all.To < 700 || all.SealedAt.IsZero() {
		t.Fatalf("all of it is %+v", all)
	}
	var seqs []int64
	follow := func(s search.Stretch) int64 {
		next, err := r.Follow(t.Context(), r.org, s, func(p proof.Record) error {
			seqs = append(seqs, p.Seq)
			r.ahead.Add(int64(20 * time.Millisecond)) // 5 seconds are over after 250
			return nil
		})
		must(t, err)
		return next
	}
	requests := 0
	for s := all; s.From < s.To; s.From = follow(s) {
		requests++
	}
	if int64(len(seqs)) != all.To || requests < 3 || requests > 4 {
		t.Errorf("%d records of %d in %d requests", len(seqs), all.To, requests)
	}
	for i, seq := range seqs {
		if seq != int64(i) {
			t.Fatalf("record %d comes as number %d", seq, i)
		}
	}
	some, err := r.Since(t.Context(), r.org, r.all[len(r.all)-1].At)
	must(t, err)
	if some.From == 0 || some.To != all.To {
		t.Errorf("since the last: %+v", some)
	}
	fails := errors.New("no more")
	if next, err := r.Follow(t.Context(), r.org, all, func(proof.Record) error { return fails }); !errors.Is(err, fails) || next != 0 {
		t.Errorf("a failure: %d %v", next, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.Follow(stopped, r.org, all, func(proof.Record) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	must(t, r.NoteReplay(t.Context(), r.auditor, search.Stretch{From: 3, To: 9}, []byte("x")))
	if e := r.noted[len(r.noted)-1]; e.Kind != audit.Export || e.Detail != "what_if" || e.Count != 6 || e.After != `{"from":3,"proposal":"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","to":9}` || e.Outcome != audit.OK {
		t.Errorf("noted is %+v", e)
	}
}
