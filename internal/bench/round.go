package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// warmUp is how long each side of a round is under load before it counts.
const warmUp = 300 * time.Millisecond

// contender is one side of a comparison: a server, the connections to it, and
// what to send.
type contender struct {
	name   string
	server measured
	fleet  *fleet
	warm   phase
	phase  func(round int) phase
}

// measured is a server whose CPU time counts.
type measured interface{ pid() int }

// reading is what one round told about one side.
type reading struct {
	outcome
	cpu time.Duration // of the server, per reply
}

// pair is one round: both sides under the same load, one after the other.
type pair struct{ floor, product reading }

// match is two sides with the same work.
type match struct{ floor, product contender }

// duel measures both sides in turns. Rates of a shared machine drift within a
// minute; what stands side by side in a round has seen the same machine.
func (m match) duel(ctx context.Context, rounds int) ([]pair, error) {
	var pairs []pair
	for n := range rounds {
		floor, err := m.floor.round(ctx, n)
		if err != nil {
			return nil, err
		}
		product, err := m.product.round(ctx, n)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{floor, product})
	}
	return pairs, nil
}

// close ends the connections of both sides.
func (m match) close() error {
	var errs []error
	for _, c := range []contender{m.floor, m.product} {
		if c.fleet != nil {
			errs = append(errs, c.fleet.close())
		}
	}
	return errors.Join(errs...)
}

// send returns the side with a load, the same in every round.
func (c contender) send(load phase) contender {
	c.warm, c.phase = load, func(int) phase { return load }
	return c
}

// round puts one side under load.
func (c contender) round(ctx context.Context, n int) (reading, error) {
	c.warm.lasts = warmUp
	if _, err := c.fleet.drive(ctx, c.warm); err != nil {
		return reading{}, fmt.Errorf("warm up %s: %w", c.name, err)
	}
	before, err := cpuTime(c.server.pid())
	if err != nil {
		return reading{}, err
	}
	o, err := c.fleet.drive(ctx, c.phase(n))
	if err != nil {
		return reading{}, fmt.Errorf("measure %s: %w", c.name, err)
	}
	after, err := cpuTime(c.server.pid())
	if err != nil {
		return reading{}, err
	}
	return reading{outcome: o, cpu: (after - before) / time.Duration(o.replies)}, nil
}

// The figures that a round gives.
func rateRatio(p pair) float64 { return p.product.rate() / p.floor.rate() }
func cpuRatio(p pair) float64  { return float64(p.product.cpu) / float64(p.floor.cpu) }

// callsRatio compares how many calls a second of each server's CPU carries.
func callsRatio(p pair) float64 { return float64(p.floor.cpu) / float64(p.product.cpu) }

func tailRatio(p pair) float64 {
	return float64(p.product.times.percentile(0.99)) / float64(p.floor.times.percentile(0.99))
}

// across returns the median of a figure over all rounds.
func across(pairs []pair, figure func(pair) float64) float64 {
	var values []float64
	for _, p := range pairs {
		values = append(values, figure(p))
	}
	return median(values)
}
