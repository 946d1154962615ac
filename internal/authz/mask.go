package authz

// toolMask is a set of catalog positions, one bit each.
type toolMask []uint64

func newMask(n int) toolMask { return make(toolMask, (n+63)/64) }

func (s toolMask) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s toolMask) has(i int) bool { return i >= 0 && i/64 < len(s) && s[i/64]&(1<<(i%64)) != 0 }

func (s toolMask) union(o toolMask) {
	for i := range s {
		s[i] |= o[i]
	}
}

func (s toolMask) intersect(o toolMask) {
	for i := range s {
		s[i] &= o[i]
	}
}

func (s toolMask) subtract(o toolMask) {
	for i := range s {
		s[i] &^= o[i]
	}
}

func (s toolMask) clone() toolMask { return append(toolMask(nil), s...) }

// expand returns the catalog positions that any of the patterns matches.
func expand(patterns, catalog []string) toolMask {
	set := newMask(len(catalog))
	for i, name := range catalog {
		for _, p := range patterns {
			if Matches(p, name) {
				set.add(i)
				break
			}
		}
	}
	return set
}
