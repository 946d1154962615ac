package main

import (
	"math"
	"slices"
	"time"
)

// latencies are the times of the replies of one round, ascending.
type latencies []time.Duration

// merge returns all of the parts, ascending.
func merge(parts [][]time.Duration) latencies {
	all := slices.Concat(parts...)
	slices.Sort(all)
	return all
}

// percentile returns the smallest latency that at least p of all replies did not
// exceed (nearest rank). Of nothing it is 0.
func (l latencies) percentile(p float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	rank := int(math.Ceil(p * float64(len(l))))
	return l[min(max(rank, 1), len(l))-1]
}

// median returns the middle value, or the mean of the two in the middle. Of
// nothing it is NaN, which no target accepts.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}
