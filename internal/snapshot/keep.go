package snapshot

import (
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Keep is what the log keeps of a call besides digests: fields in clear, by JSON
// Pointers that ascend, and bodies.
type Keep struct {
	Arguments, Result []string
	Bodies            tenants.Bodies
}

// Keeps finds that by permission name. Of a name it does not have, nothing is kept.
type Keeps map[string]Keep

// compileKeeps adds up, for each name, what the recordings that are for it keep.
func compileKeeps(recordings []tenants.Recording, names []string) Keeps {
	if len(recordings) == 0 {
		return nil
	}
	keeps := Keeps{}
	for _, name := range names {
		var k Keep
		for _, r := range recordings {
			if authz.Matches(r.Tool, name) {
				k.Arguments, k.Result = append(k.Arguments, r.Arguments...), append(k.Result, r.Result...)
				k.Bodies = k.Bodies.Or(r.Bodies)
			}
		}
		if len(k.Arguments)+len(k.Result) == 0 && k.Bodies == tenants.NoBodies {
			continue
		}
		slices.Sort(k.Arguments)
		slices.Sort(k.Result)
		keeps[name] = Keep{slices.Compact(k.Arguments), slices.Compact(k.Result), k.Bodies}
	}
	return keeps
}
