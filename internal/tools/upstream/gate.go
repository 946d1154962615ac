package upstream

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// gate bounds the requests to one server at a time, and those that wait.
type gate struct {
	places  chan struct{}
	waiting atomic.Int64
}

const (
	defaultPlaces = 32
	gatePatience  = time.Second
	waitersEach   = 4 // callers that may wait for each place
)

// errFull says that no place became free in time.
var errFull = errors.New("no place became free")

func newGate(places int) *gate {
	if places <= 0 {
		places = defaultPlaces
	}
	return &gate{places: make(chan struct{}, places)}
}

// enter takes a place, waiting a moment for one. The error is errFull or ctx's.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.places <- struct{}{}:
		return nil
	default:
	}
	if g.waiting.Add(1) > int64(waitersEach*cap(g.places)) {
		g.waiting.Add(-1)
		return errFull
	}
	defer g.waiting.Add(-1)
	late := time.NewTimer(gatePatience)
	defer late.Stop()
	select {
	case g.places <- struct{}{}:
		return nil
	case <-late.C:
		return errFull
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) leave() { <-g.places }
