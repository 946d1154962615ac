package console

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/spelling"
)

// mostSuggestions is how many members of one request are looked for among those
// that the contract has: more are no slips of the pen.
const mostSuggestions = 20

// suggestion says what a member that the contract does not have was probably meant
// to be, for the end of a sentence; it is empty if nothing is close. It names what
// the contract has, and nothing that was sent.
func (v *visit) suggestion(location string) string {
	op := v.Operation()
	if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return ""
	}
	at := place{schema: op.RequestBody.Content["application/json"].Schema, registry: v.registry}.resolved()
	steps := strings.Split(location, ".")
	if steps[0] != "body" || len(steps) < 2 {
		return ""
	}
	for _, step := range steps[1 : len(steps)-1] {
		name, entries, _ := strings.Cut(step, "[")
		at = at.member(name).resolved()
		if entries != "" && at.schema != nil {
			at = place{schema: at.schema.Items, registry: v.registry}.resolved()
		}
	}
	if at.schema == nil {
		return ""
	}
	known := slices.DeleteFunc(slices.Sorted(maps.Keys(at.schema.Properties)), func(name string) bool {
		return strings.HasPrefix(name, "$") || at.schema.Properties[name].ReadOnly
	})
	if near := nearestMember(steps[len(steps)-1], known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// nearestMember returns the member that a name probably stands for: one that is
// spelled alike, or of which it is a part from the beginning, as org.yaml's timeout
// is of timeoutSeconds, or the other way round.
func nearestMember(name string, known []string) string {
	longer, shorter := "", ""
	for _, k := range known {
		switch {
		case name == "":
		case strings.HasPrefix(k, name) && (longer == "" || len(k) < len(longer)):
			longer = k
		case strings.HasPrefix(name, k) && len(k) > len(shorter):
			shorter = k
		}
	}
	return cmp.Or(spelling.Nearest(name, known), longer, shorter)
}
