package whatif

import (
	"slices"
	"strings"

	"gatehouse/internal/asof"
)

// None is the verdict of a report on what somebody could not use.
const None asof.Verdict = "none"

// Difference is a tool that somebody could use more, or less, or in other circumstances.
type Difference struct {
	Tool, Effect  string
	Before, After asof.Verdict // None where they could not use it
	Rules         []asof.Rule  // that give it, or may give it, after; of what is lost: that gave it before
}

// Compare returns the differences between what two reports find of one person. Whether
// or not they ever called does not matter.
func Compare(before, after asof.Finding) (list []Difference) {
	had := map[string]asof.Access{}
	for _, a := range before.Access {
		had[a.Tool] = a
	}
	for _, a := range after.Access {
		was, there := had[a.Tool]
		delete(had, a.Tool)
		if there && was.Verdict == a.Verdict && (a.Verdict == asof.Allowed || depends(was) == depends(a)) {
			continue
		}
		d := Difference{Tool: a.Tool, Effect: a.Effect, Before: None, After: a.Verdict, Rules: a.Rules}
		if there {
			d.Before = was.Verdict
		}
		list = append(list, d)
	}
	for _, was := range had {
		list = append(list, Difference{Tool: was.Tool, Effect: was.Effect, Before: was.Verdict, After: None, Rules: was.Rules})
	}
	slices.SortFunc(list, func(a, b Difference) int { return strings.Compare(a.Tool, b.Tool) })
	return list
}

// depends says on what it depends whether somebody can use a tool. Which condition of
// which role that is makes no difference.
func depends(a asof.Access) string {
	var on []string
	for _, r := range a.Rules {
		of := strings.Join(r.Conditions, "; ")
		if a.Verdict == asof.Undecided {
			of = string(r.Subject.Kind) + " " + r.Subject.Value + " " + r.Role + " " + of
		}
		on = append(on, of)
	}
	slices.Sort(on)
	return strings.Join(slices.Compact(on), "\n")
}
