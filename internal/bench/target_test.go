package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestVerdictFollowsTheDirectionOfTheTarget(t *testing.T) {
	t.Parallel()
	up := target{goal: 0.5, bound: 0.3}
	down := target{goal: 1.3, bound: 2, better: lower}
	for _, c := range []struct {
		name   string
		target target
		figure float64
		want   verdict
	}{
		{"above the goal", up, 0.6, reached},
		{"at the goal", up, 0.5, reached},
		{"short of the goal", up, 0.49, between},
		{"at the bound", up, 0.3, between},
		{"below the bound", up, 0.29, beyond},
		{"lower than the goal", down, 1.1, reached},
		{"at the lower goal", down, 1.3, reached},
		{"above the lower goal", down, 1.31, between},
		{"at the upper bound", down, 2, between},
		{"above the upper bound", down, 2.01, beyond},
		{"no figure at all", up, math.NaN(), beyond},
		{"no figure where lower is better", down, math.NaN(), beyond},
		{"infinite where lower is better", down, math.Inf(1), beyond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.target.judge(c.figure); got != c.want {
				t.Errorf("judge(%v) = %s, want %s", c.figure, got, c.want)
			}
		})
	}
}

func TestRowsAreChosenByName(t *testing.T) {
	t.Parallel()
	all, err := parseRows("")
	if err != nil || !slices.Equal(all, rowNames) {
		t.Errorf("no choice gives %v, %v; want every row", all, err)
	}
	some, err := parseRows("p11, P1c, e2, c3")
	if err != nil || !slices.Equal(some, []string{"P11", "P1", "E1", "C3"}) {
		t.Errorf("p11, P1c, e2, c3 gives %v, %v", some, err)
	}
	_, err = parseRows("P1,P99")
	if err == nil || !strings.Contains(err.Error(), `"P99"`) || !strings.Contains(err.Error(), "P11") {
		t.Errorf("error = %v, want one that names P99 and the choices", err)
	}
}

func TestOneFigureBeyondItsBoundFailsTheRun(t *testing.T) {
	t.Parallel()
	good := result{target: callRate, figure: 0.4}
	bad := result{target: callCPU, figure: 4.1}
	missing := result{target: listRate, figure: 0.9, err: errors.New("the server is gone")}
	for _, c := range []struct {
		name    string
		results []result
		want    bool
	}{
		{"within the bounds", []result{good, good}, true},
		{"one beyond", []result{good, bad}, false},
		{"one not measured", []result{missing, good}, false},
		{"one without its peer", []result{{target: peerCalls, err: absent(errors.New("no Go"))}, good}, true},
		{"one whose peer broke", []result{{target: peerCalls, err: errors.New("no Go")}, good}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := held(c.results); got != c.want {
				t.Errorf("held = %v, want %v", got, c.want)
			}
		})
	}
}

func TestTableSaysWhatFellShort(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := writeTable(&out, []result{
		{target: callRate, figure: 0.437, detail: "22000/s against 50000/s"},
		{target: idleMemory, figure: 17.25},
		{target: listRate, figure: 0.9, err: errors.New("the server is gone")},
		{target: peerCalls, err: fmt.Errorf("measure: %w", absent(errors.New("no Go here")))},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines, want a heading and four rows:\n%s", len(lines), out.String())
	}
	for i, want := range [][]string{
		{"today", "goal", "never below"},
		{"P1", "0.44", "≥ 0.50", "0.30", "ok", "22000/s against 50000/s"},
		{"P10", "17.2 kB", "≤ 8.00 kB", "16.0 kB", "BELOW"},
		{"P3", " - ", "BELOW", "not measured: the server is gone"},
		{"P6", " - ", "≥ 12.0", "5.00", "?", "not measured: measure: no Go here"},
	} {
		for _, part := range want {
			if !strings.Contains(lines[i], part) {
				t.Errorf("line %d lacks %q: %s", i, part, lines[i])
			}
		}
	}
	if strings.Contains(lines[3], "0.90") {
		t.Errorf("a figure that was not measured is shown: %s", lines[3])
	}
}
