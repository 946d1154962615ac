package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// result is one line of the table: a target and what was measured, or why
// nothing could be.
type result struct {
	target
	figure float64
	detail string // the absolute values behind the figure
	err    error
}

// verdict is the target's, and beyond for what could not be measured, unless
// there is nothing here to measure it against.
func (r result) verdict() verdict {
	if isAbsent(r.err) {
		return unknown
	}
	if r.err != nil {
		return beyond
	}
	return r.judge(r.figure)
}

// writeTable prints the results, one a line.
func writeTable(w io.Writer, results []result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) // keeps what it is given; Flush tells what went wrong
	_, _ = fmt.Fprintln(t, "#\twhat\ttoday\tgoal\tnever below\t\tmeasured")
	for _, r := range results {
		goal, bound := r.bounds()
		today, detail := r.target.figure(r.figure), r.detail
		if r.err != nil {
			today, detail = "-", "not measured: "+r.err.Error()
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.name, r.what, today, goal, bound, r.verdict(), detail)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// held reports whether every result is within its bound.
func held(results []result) bool {
	for _, r := range results {
		if r.verdict() == beyond {
			return false
		}
	}
	return true
}

// rates tells the medians behind a ratio of rates.
func rates(pairs []pair) string {
	product := across(pairs, func(p pair) float64 { return p.product.rate() })
	floor := across(pairs, func(p pair) float64 { return p.floor.rate() })
	return fmt.Sprintf("%.0f/s against %.0f/s", product, floor)
}

// costs tells the medians behind a ratio of CPU times.
func costs(pairs []pair) string {
	product := across(pairs, func(p pair) float64 { return float64(p.product.cpu) })
	floor := across(pairs, func(p pair) float64 { return float64(p.floor.cpu) })
	return fmt.Sprintf("%s against %s", micros(product), micros(floor))
}

// tails tells the medians behind a ratio of latencies.
func tails(pairs []pair) string {
	product := across(pairs, func(p pair) float64 { return float64(p.product.times.percentile(0.99)) })
	floor := across(pairs, func(p pair) float64 { return float64(p.floor.times.percentile(0.99)) })
	return fmt.Sprintf("%s against %s", micros(product), micros(floor))
}

func micros(nanoseconds float64) string {
	return time.Duration(nanoseconds).Round(100 * time.Nanosecond).String()
}
