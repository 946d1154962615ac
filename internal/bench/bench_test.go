package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// brief is a run whose figures mean nothing, and whose every step is taken.
func brief(t *testing.T) settings {
	t.Helper()
	return settings{
		rounds: 1, lasts: minDuration, rows: rowNames, profiles: filepath.Join(t.TempDir(), "profiles"), peers: foundPeers,
		sizes: sizes{coldTokens: 300, idle: 100, looks: 1, records: 600, pages: 3},
	}
}

func TestEveryRowIsMeasuredOnTheProduct(t *testing.T) {
	t.Parallel()
	s := brief(t)
	var out, notes bytes.Buffer
	// How the figures turn out is not this test's business.
	if err := benchmark(t.Context(), s, &out, &notes); err != nil && !errors.Is(err, errBeyond) {
		t.Fatal(err)
	}
	t.Log("\n" + out.String())
	if strings.Count(out.String(), "not measured") > strings.Count(out.String(), errNotBuilt.Error()) {
		t.Error("a row could not be measured")
	}
	for _, want := range []string{"fsync on", "P1 ", "P1c", "P2 ", "P3 ", "P6 ", "P7 ", "P8 ", "P9 ", "P10", "P11", "P13", "P14 ", "P14c", "E1 ", "E2 ", "C1 ", "C2 ", "C3 ", "took "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	for _, row := range []string{"P1", "P3", "P7", "P8", "P9"} {
		if info, err := os.Stat(filepath.Join(s.profiles, row+".pprof")); err != nil || info.Size() == 0 {
			t.Errorf("profile of %s: %v", row, err)
		}
	}
}

func TestRowThatFailsIsReportedForEachOfItsFigures(t *testing.T) {
	t.Parallel()
	gone := errors.New("the server is gone")
	failed := taken(nil, gone)([]target{callRate, callCPU})
	if len(failed) != 2 || failed[1].name != "P1c" || !errors.Is(failed[0].err, gone) || held(failed) {
		t.Errorf("results = %v", failed)
	}
	measured := []result{{target: listRate, figure: 1}}
	if kept := taken(measured, nil)([]target{listRate}); len(kept) != 1 || kept[0].err != nil {
		t.Errorf("results = %v", kept)
	}
}

func TestListMustBeWholeAndFiltered(t *testing.T) {
	t.Parallel()
	list := func(names ...string) []byte {
		return fmt.Appendf(nil, `{"tools":[{"name":"%s"}]}`, strings.Join(names, `"},{"name":"`))
	}
	others := []string{calledTool, backTool(0)}
	var open []string
	for i := range sampleTools / 2 {
		open = append(open, fmt.Sprintf("%s%02d", openPrefix, i))
	}
	if err := listsWhatTheRoleMay(list(append(open, calledTool, backTool(0))...)); err != nil {
		t.Errorf("a whole list is refused: %v", err)
	}
	for _, c := range []struct {
		name   string
		answer []byte
		want   string
	}{
		{"short", list(append(others, open[1:]...)...), "24 of the 25"},
		{"without what is behind the organization", list(append(open, calledTool)...), backTool(0)},
		{"unfiltered", list(append(open, closedPrefix+"01")...), "sample_closed_01"},
		{"unfiltered of what is behind it", list(append(open, backName+"_"+backSealed)...), "bench_sealed"},
		{"one page of several", []byte(strings.TrimSuffix(string(list(append(others, open...)...)), "}") + `,"nextCursor":"x"}`), "several pages"},
		{"no list", []byte(`"tools"`), "read list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := listsWhatTheRoleMay(c.answer)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestFiguresAreMediansOfTheRounds(t *testing.T) {
	t.Parallel()
	reading := func(replies int, cpu, slowest time.Duration) reading {
		return reading{outcome: outcome{replies: replies, took: time.Second, times: latencies{slowest}}, cpu: cpu}
	}
	pairs := []pair{
		{floor: reading(100, 20, 10), product: reading(50, 60, 20)},
		{floor: reading(100, 20, 10), product: reading(10, 200, 90)},
		{floor: reading(200, 20, 10), product: reading(80, 50, 15)},
	}
	for _, c := range []struct {
		name   string
		figure func(pair) float64
		want   float64
	}{{"rate", rateRatio, 0.4}, {"CPU", cpuRatio, 3}, {"tail", tailRatio, 2}} {
		if got := across(pairs, c.figure); got != c.want {
			t.Errorf("%s = %v, want %v", c.name, got, c.want)
		}
	}
	if got := rates(pairs); got != "50/s against 100/s" {
		t.Errorf("rates = %q", got)
	}
}

func TestInterruptedRunLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	s := brief(t)
	s.lasts, s.rows = 20*time.Second, []string{"P1"}
	var out bytes.Buffer
	notes, write := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- benchmark(ctx, s, &out, write) }()
	if _, err := notes.Read(make([]byte, 64)); err != nil { // "measuring P1"
		t.Fatal(err)
	}
	began := time.Now()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) || err.Error() != context.Canceled.Error() {
		t.Errorf("error = %v, want that it was interrupted and nothing else", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}
