package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// errBeyond ends a run in which a figure is beyond its bound.
var errBeyond = errors.New("a figure is beyond what may never be")

// measurements are the rows in the order in which they are taken.
var measurements = []struct {
	row     string
	targets []target // reported as not measured when the row fails
	take    func(*lab, context.Context) ([]result, error)
}{
	{"P1", []target{callRate, callCPU}, (*lab).measureCalls},
	{"P2", []target{callTail, pacedTail}, (*lab).measureTails},
	{"P3", []target{listRate}, (*lab).measureList},
	{"P6", []target{peerCalls}, (*lab).measurePeer},
	{"P7", []target{forwardCPU}, (*lab).measureForward},
	{"P8", []target{coldRate}, (*lab).measureCold},
	{"P9", []target{organizationGrowth, toolGrowth, groupGrowth}, (*lab).measureGrowth},
	{"P10", []target{idleMemory, coldStart}, (*lab).measureIdle},
	{"P11", []target{groupRate}, (*lab).measureGroupCommit},
	{"P13", []target{refreshRate, refreshShare}, (*lab).measureRefreshes},
	{"P14", []target{auditRate, auditCPU, auditTail}, (*lab).measureAuditing},
	{"E1", []target{crowdLoad, crowdTail}, (*lab).measureDirectory},
	{"C1", []target{firstOverview, firstAudit}, (*lab).measureViews},
	{"C2", []target{scrollFrame, scrollWorst, recordOpens}, (*lab).measureScrolling},
	{"C3", []target{layoutShift}, (*lab).measureShifts},
}

// benchmark measures the chosen rows and prints the table. Progress goes to
// notes.
func benchmark(ctx context.Context, s settings, out, notes io.Writer) (err error) {
	began := time.Now()
	l, err := openLab(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	l.notes = notes
	_, _ = fmt.Fprintf(out, "%d cores, %s, %s; %d connections, %d rounds of %s a side\n",
		runtime.NumCPU(), runtime.Version(), l.around.databases.about, connections, s.rounds, s.lasts)
	var results []result
	for _, m := range measurements {
		if !slices.Contains(s.rows, m.row) {
			continue
		}
		_, _ = fmt.Fprintf(notes, "measuring %s\n", m.row)
		results = append(results, taken(m.take(l, ctx))(m.targets)...)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := writeTable(out, results); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "took %s\n", time.Since(began).Round(time.Second))
	if !held(results) {
		return errBeyond
	}
	return nil
}

// taken turns a row that could not be measured into results that say so.
func taken(results []result, err error) func([]target) []result {
	return func(targets []target) []result {
		if err == nil {
			return results
		}
		var failed []result
		for _, t := range targets {
			failed = append(failed, result{target: t, err: err})
		}
		return failed
	}
}
