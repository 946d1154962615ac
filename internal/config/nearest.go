package config

// nearest returns the known name with the smallest edit distance to name, the
// first in alphabetical order among equals.
func nearest(name string, known map[string]bool) string {
	best, least := "", -1
	for candidate := range known {
		d := distance(name, candidate)
		if least < 0 || d < least || d == least && candidate < best {
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
