package usage

import (
	"math"
	"slices"
	"time"
)

// Histogram counts durations by buckets whose limits never change, so that what was
// kept at different times can be added. Bucket 0 holds what is below a bound of 128 µs.
// From there on each ends at 2^(1/4) times where it begins, up to 18 minutes, and the
// last one holds what is above. Buckets at the end that hold nothing may be missing.
type Histogram []int64

const (
	lowest    = 128 // microseconds
	perOctave = 4
	octaves   = 23
	highest   = 1 + perOctave*octaves // the number of the last bucket
)

// MaxError is by how much at most a quantile differs from the duration that it stands
// for, as a part of that, where that is in a bucket with two bounds.
var MaxError = math.Pow(2, 0.5/perOctave) - 1 // 9 %

func bucketOf(micros int64) int {
	if micros < lowest {
		return 0
	}
	return min(1+int(perOctave*math.Log2(float64(micros)/lowest)), highest)
}

func (h *Histogram) add(micros int64) {
	at := bucketOf(micros)
	if short := at + 1 - len(*h); short > 0 {
		*h = append(*h, make([]int64, short)...)
	}
	(*h)[at]++
}

// Merge adds what another one has counted.
func (h *Histogram) Merge(other Histogram) {
	if short := len(other) - len(*h); short > 0 {
		*h = append(slices.Clip(*h), make([]int64, short)...)
	}
	for i, n := range other {
		(*h)[i] += n
	}
}

// Quantile returns the duration that a part of all does not exceed, by the nearest
// rank and the middle of its bucket; false if nothing was counted.
func (h Histogram) Quantile(part float64) (time.Duration, bool) {
	var all int64
	for _, n := range h {
		all += n
	}
	if all == 0 {
		return 0, false
	}
	rank := max(int64(math.Ceil(part*float64(all))), 1)
	at := 0
	for ; at < len(h)-1 && rank > h[at]; at++ {
		rank -= h[at]
	}
	return middle(at), true
}

func middle(bucket int) time.Duration {
	switch {
	case bucket == 0:
		return lowest / 2 * time.Microsecond
	case bucket >= highest:
		return lowest << octaves * time.Microsecond
	}
	return time.Duration(lowest * math.Pow(2, (float64(bucket)-0.5)/perOctave) * float64(time.Microsecond))
}
