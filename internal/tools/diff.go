package tools

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Change is one difference between two definitions.
type Change struct {
	Path     string // JSON pointer: of an item of an array that is gone into the old one, otherwise into the new one
	Old, New []byte // JSON, at most 4,000 bytes, then ended with "…"; characters that no one sees are escaped; nil: not there
}

// The bounds of what a person can read.
const (
	maxChanges     = 100
	maxChangeBytes = 4000
	maxCompared    = 400 // items of an array, on either side, that are matched with each other
)

// Diff returns what differs between two definitions, in order, and nothing if
// they have one hash. The first hundred changes are listed, and more is how many
// others there are. What is not JSON has changed as a whole.
func Diff(before, after []byte) (changes []Change, more int) {
	a, errA := parse(before)
	b, errB := parse(after)
	if errA != nil || errB != nil {
		if bytes.Equal(before, after) {
			return nil, 0
		}
		return []Change{{Old: []byte(strconv.QuoteToASCII(clip(string(before)))), New: []byte(strconv.QuoteToASCII(clip(string(after))))}}, 0
	}
	d := differ{}
	d.values("", a, b)
	return d.changes, d.more
}

type differ struct {
	changes []Change
	more    int
}

func (d *differ) add(path string, before, after *value) {
	if len(d.changes) == maxChanges {
		d.more++
		return
	}
	d.changes = append(d.changes, Change{Path: clipPointer(path), Old: readable(before), New: readable(after)})
}

func (d *differ) values(path string, a, b *value) {
	switch {
	case same(a, b):
	case a.kind == '{' && b.kind == '{':
		d.objects(path, a, b)
	case a.kind == '[' && b.kind == '[':
		d.arrays(path, a.items, b.items)
	default:
		d.add(path, a, b)
	}
}

func (d *differ) objects(path string, a, b *value) {
	after := make(map[string]*value, len(b.members))
	for _, m := range b.members {
		after[m.name] = m.value
	}
	for _, m := range a.members {
		below := path + "/" + escapePointer(m.name)
		if now, still := after[m.name]; still {
			d.values(below, m.value, now)
		} else {
			d.add(below, m.value, nil)
		}
		delete(after, m.name)
	}
	for _, m := range b.members {
		if _, fresh := after[m.name]; fresh {
			d.add(path+"/"+escapePointer(m.name), nil, m.value)
		}
	}
}

// arrays matches the items that have stayed, and compares what stands between
// them.
func (d *differ) arrays(path string, a, b []*value) {
	i, j := 0, 0
	for _, pair := range append(stayed(a, b), [2]int{len(a), len(b)}) {
		d.gap(path, [2]int{i, j}, a[i:pair[0]], b[j:pair[1]])
		i, j = pair[0]+1, pair[1]+1
	}
}

// gap compares two runs of items that have nothing in common, which begin at the
// positions from.
func (d *differ) gap(path string, from [2]int, a, b []*value) {
	at := func(side, i int) string { return path + "/" + strconv.Itoa(from[side]+i) }
	paired := min(len(a), len(b))
	for i := range paired {
		d.values(at(1, i), a[i], b[i])
	}
	for i, gone := range a[paired:] {
		d.add(at(0, paired+i), gone, nil)
	}
	for i, fresh := range b[paired:] {
		d.add(at(1, paired+i), nil, fresh)
	}
}

// stayed returns the positions of the items that are in both, in order: a
// longest common subsequence, of long arrays only what begins and ends both.
func stayed(a, b []*value) (pairs [][2]int) {
	x, y := digests(a), digests(b)
	first := 0
	for first < min(len(x), len(y)) && x[first] == y[first] {
		pairs = append(pairs, [2]int{first, first})
		first++
	}
	last := 0
	for last < min(len(x), len(y))-first && x[len(x)-1-last] == y[len(y)-1-last] {
		last++
	}
	if p, q := x[first:len(x)-last], y[first:len(y)-last]; len(p) <= maxCompared && len(q) <= maxCompared {
		for _, pair := range common(p, q) {
			pairs = append(pairs, [2]int{first + pair[0], first + pair[1]})
		}
	}
	for i := last; i > 0; i-- {
		pairs = append(pairs, [2]int{len(x) - i, len(y) - i})
	}
	return pairs
}

// common returns a longest common subsequence as pairs of positions.
func common(x, y []Hash) (pairs [][2]int) {
	longest := make([][]int, len(x)+1)
	for i := range longest {
		longest[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if x[i] == y[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

func digests(items []*value) []Hash {
	all := make([]Hash, len(items))
	for i, item := range items {
		all[i] = digest(item)
	}
	return all
}

// digest is equal for equal values. It is computed once for each.
func digest(v *value) Hash {
	if v.digest != nil {
		return *v.digest
	}
	h := sha256.New()
	switch v.kind {
	case '{':
		sorted := slices.Clone(v.members)
		slices.SortFunc(sorted, func(a, b member) int { return strings.Compare(a.name, b.name) })
		for _, m := range sorted {
			name, of := sha256.Sum256([]byte(m.name)), digest(m.value)
			h.Write(name[:])
			h.Write(of[:])
		}
	case '[':
		for _, item := range v.items {
			of := digest(item)
			h.Write(of[:])
		}
	default:
		h.Write(formOf(v))
	}
	sum := Hash(h.Sum([]byte{}))
	sum[0] ^= v.kind // an empty object is no empty array
	v.digest = &sum
	return sum
}

// formOf is the canonical form, or of a number that has none its digits.
func formOf(v *value) []byte {
	form, err := appendCanonical(nil, v)
	if err != nil {
		return v.raw
	}
	return form
}

func same(a, b *value) bool {
	return a.kind == b.kind && digest(a) == digest(b)
}

// readable returns a value as JSON in which everything can be seen.
func readable(v *value) []byte {
	if v == nil {
		return nil
	}
	var b strings.Builder
	for _, r := range string(v.raw) {
		if b.Len() >= maxChangeBytes-12-len("…") {
			b.WriteString("…")
			break
		}
		if !isBidi(r) && !isTag(r) && !isInvisible(r) && !isSelector(r) && r != '\u200d' && !isControl(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return []byte(b.String())
}
