package evidence

import (
	"slices"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
)

// Plan says which subtrees stand for what lies beside the records from..to-1 in a tree
// of a size: before and after them, left to right, each as large as it can be without
// reaching over a stop. A stop is a size of the tree at which its root can be computed
// from the file, so that whoever holds a checkpoint of that size can compare it.
//
// Stops that do not ascend, or do not lie beside the range and within the tree, are
// Invalid.
func Plan(from, to, size int64, stops []int64) (before, after []proof.Subtree, err error) {
	if from < 0 || to < from || size < to {
		return nil, nil, fault.New(fault.Invalid, "the range is not within the tree")
	}
	left, right := int64(0), to
	for _, stop := range stops {
		switch {
		case left < stop && stop < from && right == to:
			before, left = append(before, proof.Cover(left, stop)...), stop
		case right < stop && stop < size:
			after, right = append(after, proof.Cover(right, stop)...), stop
		default:
			return nil, nil, fault.Newf(fault.Invalid, "%d is no stop: stops ascend, and lie beside the range and within the tree", stop)
		}
	}
	return append(before, proof.Cover(left, from)...), append(after, proof.Cover(right, size)...), nil
}

// Stops returns of some sizes those that have to be stops of a file: in order, without
// those at which the root can be computed anyway.
func Stops(from, to, size int64, sizes ...int64) (stops []int64) {
	for _, s := range sizes {
		if 0 < s && s < from || to < s && s < size {
			stops = append(stops, s)
		}
	}
	return sorted(stops)
}

func sorted(stops []int64) []int64 {
	slices.Sort(stops)
	return slices.Compact(stops)
}
