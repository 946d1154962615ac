package main

import (
	"context"
	"math"
	"testing"
	"time"

	"gatehouse/internal/audit"
)

type slowOutbox struct{ took []time.Duration }

func (o *slowOutbox) Append(context.Context, []audit.Row) error {
	next := o.took[0]
	o.took = o.took[1:]
	<-time.After(next)
	return nil
}

func TestSinkNotesCommitsOrForgetsRecords(t *testing.T) {
	t.Parallel()
	o := &slowOutbox{[]time.Duration{50 * time.Millisecond, time.Millisecond, time.Millisecond}}
	s := &sink{Outbox: o, kind: timed}
	for range 3 {
		if err := s.Append(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.commit(); got < time.Millisecond || len(o.took) != 0 {
		t.Errorf("the median commit took %s", got)
	}
	if got := s.commit(); got != 0 {
		t.Errorf("commits are told twice: %s", got)
	}
	forgets := &sink{Outbox: o, kind: null}
	if err := forgets.Append(t.Context(), nil); err != nil || forgets.commit() != 0 {
		t.Errorf("%v", err)
	}
}

func TestNoMoreIsOfferedThanAMachineCarries(t *testing.T) {
	t.Parallel()
	for carried, want := range map[float64]float64{30_000: 5000, 6250: 5000, 6249: 4999.2, 1000: 800} {
		if got := offer(carried); math.Abs(got-want) > 0.01 {
			t.Errorf("of %.0f, %.1f are offered", carried, got)
		}
	}
}

func TestTailIsComparedInCommits(t *testing.T) {
	t.Parallel()
	of := func(tail time.Duration) reading { return reading{outcome: outcome{times: latencies{tail}}} }
	if got := inCommits(pair{floor: of(4 * time.Millisecond), product: of(6 * time.Millisecond)}, time.Millisecond); got != 2 {
		t.Errorf("2 ms are %v commits of 1 ms", got)
	}
}
