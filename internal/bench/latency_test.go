package main

import (
	"math"
	"testing"
	"time"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make(latencies, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		name string
		of   latencies
		p    float64
		want time.Duration
	}{
		{"nothing", nil, 0.99, 0},
		{"one value", latencies{7}, 0.99, 7},
		{"lowest", hundred, 0, 1},
		{"half", hundred, 0.5, 50},
		{"99 of 100", hundred, 0.99, 99},
		{"a hair above a rank", hundred, 0.991, 100},
		{"highest", hundred, 1, 100},
		{"two values", latencies{3, 9}, 0.99, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.of.percentile(c.p); got != c.want {
				t.Errorf("percentile(%v) = %d, want %d", c.p, got, c.want)
			}
		})
	}
}

func TestLatenciesOfAllClientsAreOrderedTogether(t *testing.T) {
	t.Parallel()
	got := merge([][]time.Duration{{5, 1}, nil, {4, 2, 3}})
	for i, d := range got {
		if d != time.Duration(i+1) {
			t.Fatalf("merged to %v, want 1 to 5", got)
		}
	}
	if len(got) != 5 {
		t.Errorf("merged to %d values, want 5", len(got))
	}
}

func TestMedianIsTheMiddle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		if got := median(c.of); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.of, got, c.want)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing = %v, want NaN", got)
	}
}
