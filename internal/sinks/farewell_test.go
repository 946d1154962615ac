package sinks_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// partings satisfies sinks.Farewells.
type partings struct {
	all   []sinks.Farewell
	ended []sinks.Outcome
}

func (p *partings) Farewells(context.Context, tenants.ID) ([]sinks.Farewell, error) {
	return slices.Clone(p.all), nil
}

func (p *partings) EndFarewell(_ context.Context, _ authz.Caller, f sinks.Farewell, o sinks.Outcome) error {
	p.all = slices.DeleteFunc(p.all, func(g sinks.Farewell) bool { return g.ID == f.ID })
	p.ended = append(p.ended, o)
	return nil
}

// TestASinkThatGetsNoMoreIsToldSo: with the record of that, or with a checkpoint that
// commits to it; for an hour, and then contacts are told instead.
func TestASinkThatGetsNoMoreIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organization("contoso")
	w.seal(org, 9)
	r := newReceiver()
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})
	anchored := records("anchored")
	anchored.Records, anchored.Checkpoints = false, true
	p := &partings{all: []sinks.Farewell{
		{ID: tenants.NewGUID(), Sink: records("gone"), Seq: 7, MadeAt: w.clock.now()},
		{ID: tenants.NewGUID(), Sink: anchored, Seq: 7, MadeAt: w.clock.now()},
		{ID: tenants.NewGUID(), Sink: records("unsealed"), Seq: -1, MadeAt: w.clock.now()},
		{ID: tenants.NewGUID(), Sink: records("down"), Seq: 7, MadeAt: w.clock.now()},
	}}
	r.fail = func(name string, _ sinks.Batch) error {
		if name == "down" {
			return errors.New("down")
		}
		return nil
	}
	again, err := s.SayFarewell(t.Context(), org, p)
	if err != nil || again != 2*time.Second || len(p.all) != 2 || !slices.Equal(p.ended, []sinks.Outcome{sinks.Arrived, sinks.Arrived}) {
		t.Errorf("again %s, left %+v, ended %v, %v", again, p.all, p.ended, err)
	}
	if got := r.seqs("gone"); !slices.Equal(got, []int64{7}) || !slices.Equal(r.anchors["anchored"], []int64{9}) {
		t.Errorf("brought were %v and %v", got, r.anchors)
	}
	p.all[0].Seq = 8
	again, err = s.SayFarewell(t.Context(), org, p)
	if err != nil || again != time.Minute || !slices.Equal(r.seqs("unsealed"), []int64{8}) {
		t.Errorf("again %s, %v; brought %v", again, err, r.seqs("unsealed"))
	}
	w.clock.advance(time.Hour)
	again, err = s.SayFarewell(t.Context(), org, p)
	if err != nil || again != 0 || len(p.all) != 0 || p.ended[3] != sinks.Failed {
		t.Errorf("again %s, left %+v, ended %v, %v", again, p.all, p.ended, err)
	}
}
