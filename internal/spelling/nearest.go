// Package spelling guesses what a misspelled name stands for. It knows no list of
// names: whoever complains about one brings those there are.
package spelling

// Nearest returns the known name that a misspelled one probably stands for: the
// one with the smallest edit distance, if that is at most two or a third of the
// name. It is empty when none is that close.
func Nearest(name string, known []string) string {
	if len(name) > 200 {
		return ""
	}
	best, least := "", max(2, len(name)/3)+1
	for _, candidate := range known {
		if d := distance(name, candidate); d < least || d == least && best != "" && candidate < best {
			best, least = candidate, d
		}
	}
	return best
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
