package authz

import (
	"encoding/json"
	"slices"
	"strings"
)

// Gap is a set of what is not known of a call that is decided about later. Where a
// condition looks at one of them, what it comes to is Depends.
type Gap uint8

// The gaps.
const (
	GapArguments Gap = 1 << iota // those that Circumstances.Kept does not have
	GapTime
	GapRoles    // which roles exactly the caller has
	GapAppRoles // the token's "roles"
	GapContexts // the token's "acrs"
)

// hides reports whether a variable of conditions is in a gap, and in which.
func (g Gap) hides(name string) (what Gap) {
	switch name {
	case varTime:
		what = GapTime
	case varRoles:
		what = GapRoles
	case varAppRoles:
		what = GapAppRoles
	case varContexts:
		what = GapContexts
	}
	return what & g
}

// Kept is what is known of arguments of which the rest is not: values by their JSON
// Pointers (RFC 6901) through objects. The zero Kept knows nothing.
type Kept struct{ members fragment }

// fragment is an object some members of which are known.
type fragment map[string]any

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// NewKept reads values in JSON. Of a value inside another, the outer one counts.
func NewKept(values map[string]json.RawMessage) Kept {
	pointers := make([]string, 0, len(values))
	for p := range values {
		pointers = append(pointers, p)
	}
	slices.Sort(pointers) // the outer ones first
	root := fragment{}
	for _, p := range pointers {
		names := strings.Split(p, "/")
		if names[0] != "" || len(names) < 2 {
			continue
		}
		at := root
		for _, name := range names[1 : len(names)-1] {
			inner, ok := at[unescape.Replace(name)].(fragment)
			if _, there := at[unescape.Replace(name)]; !ok && there {
				at = nil
				break
			}
			if !ok {
				inner = fragment{}
				at[unescape.Replace(name)] = inner
			}
			at = inner
		}
		if at != nil {
			at[unescape.Replace(names[len(names)-1])] = decodeArguments(values[p])
		}
	}
	return Kept{root}
}

// Depends reports what a verdict of Conditional depends on that is not known.
func (r Ruling) Depends() Gap { return r.missing }
