package tools

import "strings"

// step is a part of a template as it is read beside another one: a character, or
// any number of those that an expression may hold.
type step struct {
	character byte // 0: any number of those that part holds
	part      part
	skip      int // how many steps may be left out from here; 0: none
}

// steps returns the template character by character.
func (t *template) steps() []step {
	var steps []step
	for _, p := range t.parts {
		for i := range len(p.literal) {
			steps = append(steps, step{character: p.literal[i]})
		}
		if p.literal != "" {
			continue
		}
		if p.lead != 0 {
			steps = append(steps, step{character: p.lead, skip: 2})
		}
		steps = append(steps, step{part: p, skip: 1})
	}
	return steps
}

// overlap reports whether some text is an expansion of both templates. Each pair of
// steps that is looked at is taken from left; it reports false once there is nothing
// left.
func overlap(a, b *template, left *int) bool {
	if !strings.HasPrefix(a.head(), b.head()) && !strings.HasPrefix(b.head(), a.head()) {
		return false
	}
	one, two := a.steps(), b.steps()
	reached := make([][]bool, len(one)+1) // steps of both up to which some text leads
	reach := func(i, j int) {
		if reached[i] == nil {
			reached[i] = make([]bool, len(two)+1)
		}
		reached[i][j] = true
	}
	reach(0, 0)
	for i := range reached {
		row := reached[i]
		for j := range row { // which grow to the right and below only
			if !row[j] {
				continue
			}
			if *left--; *left < 0 {
				return false
			}
			for _, to := range together(one[i:], two[j:]) {
				reach(i+to[0], j+to[1])
			}
		}
	}
	last := reached[len(one)]
	return last != nil && last[len(two)]
}

// head is what every expansion begins with.
func (t *template) head() string { return t.parts[0].literal }

// together returns how many steps of each lead on from here: what may be left out,
// and what both have as the next character.
func together(one, two []step) [][2]int {
	var to [][2]int
	if len(one) > 0 && one[0].skip > 0 {
		to = append(to, [2]int{one[0].skip, 0})
	}
	if len(two) > 0 && two[0].skip > 0 {
		to = append(to, [2]int{0, two[0].skip})
	}
	if len(one) == 0 || len(two) == 0 {
		return to
	}
	a, b := one[0], two[0]
	switch {
	case a.character != 0 && a.character == b.character:
		to = append(to, [2]int{1, 1})
	case a.character != 0 && b.character == 0 && b.part.holds(a.character):
		to = append(to, [2]int{1, 0})
	case a.character == 0 && b.character != 0 && a.part.holds(b.character):
		to = append(to, [2]int{0, 1})
	}
	return to
}
