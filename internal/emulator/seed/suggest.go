package seed

import (
	"slices"
	"strings"
)

// maxSuggestion bounds the length of names that are compared: nobody mistypes a longer
// one, and comparing takes time that grows with both lengths.
const maxSuggestion = 64

// maxNames bounds how many: a large tenant gets its complaints without.
const maxNames = 2000

// didYouMean is the end of a complaint about a name that is not known, with the
// most similar one that is; empty if none is similar. It reorders known.
func didYouMean(name string, known []string) string {
	known = slices.DeleteFunc(known, func(s string) bool { return len(s) > maxSuggestion })
	if len(name) > maxSuggestion || len(known) > maxNames {
		return ""
	}
	slices.Sort(known) // the same suggestion every time
	if best, far := nearest(name, known); far >= 0 && far <= max(2, len(name)/3) {
		return "; did you mean " + best + "?"
	}
	return ""
}

// nearest is the known name with the smallest edit distance, the first of
// several, and that distance.
func nearest(name string, known []string) (best string, least int) {
	least = -1
	for _, candidate := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); least < 0 || d < least {
			best, least = candidate, d
		}
	}
	return best, least
}

// distance is the Levenshtein distance between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
