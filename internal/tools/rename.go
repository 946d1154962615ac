package tools

import "bytes"

// Renamed looks for a definition among those that the source no longer offers
// that equals a new one in everything but its name.
func Renamed(o Offer, gone []Offer) (from string, ok bool) {
	like := nameless(o)
	if like == nil {
		return "", false
	}
	for _, g := range gone {
		if g.Kind == o.Kind && g.Name != o.Name && bytes.Equal(nameless(g), like) {
			return g.Name, true
		}
	}
	return "", false
}

// nameless is the canonical form of a definition without its name, or nil.
func nameless(o Offer) []byte {
	v, err := parse(o.Definition)
	if err != nil {
		return nil
	}
	rest := make([]member, 0, len(v.members))
	for _, m := range v.members {
		if m.name != nameMember(o.Kind) {
			rest = append(rest, m)
		}
	}
	canonical, err := appendObject(nil, rest)
	if err != nil {
		return nil
	}
	return canonical
}
