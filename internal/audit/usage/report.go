package usage

import (
	"cmp"
	"slices"
	"time"
)

// Window is a span of time and the stretches that it falls into.
type Window struct {
	From    time.Time
	Stretch time.Duration // an hour or a day
	Many    int
}

// Before returns the window of so many stretches, by UTC, the last of which an instant
// falls into.
func Before(now time.Time, stretch time.Duration, many int) Window {
	return Window{now.UTC().Truncate(stretch).Add(-time.Duration(many-1) * stretch), stretch, many}
}

// To is where the window ends.
func (w Window) To() time.Time { return w.From.Add(time.Duration(w.Many) * w.Stretch) }

// Use is what happened in a time.
type Use struct {
	Calls, Failures, Refusals int64
	Took                      Histogram
	People, Clients           int // who made calls
}

func (u *Use) add(h Hour) {
	u.Calls += h.Calls
	u.Failures += h.Failures
	u.Refusals += h.Refusals
	u.Took.Merge(h.Took)
}

// ToolUse is what happened to a tool.
type ToolUse struct {
	Tool string
	Use
}

// Report is what happened in a window: in each stretch, in all of it, and to each tool.
type Report struct {
	Window    Window
	Stretches []Use
	Total     Use
	tools     map[string]*Use
}

// NewReport returns a Report of which nothing is known yet.
func NewReport(w Window) *Report {
	return &Report{Window: w, Stretches: make([]Use, w.Many), tools: map[string]*Use{}}
}

// At returns the use of the stretch that an instant falls into; nil: it is outside.
func (r *Report) At(at time.Time) *Use {
	since := at.Sub(r.Window.From)
	if since < 0 || since >= time.Duration(len(r.Stretches))*r.Window.Stretch {
		return nil
	}
	return &r.Stretches[since/r.Window.Stretch]
}

// Add counts an hour of a tool.
func (r *Report) Add(h Hour) {
	u := r.At(h.At)
	if u == nil {
		return
	}
	u.add(h)
	r.Total.add(h)
	if h.Tool == "" {
		return
	}
	if r.tools[h.Tool] == nil {
		r.tools[h.Tool] = &Use{}
	}
	r.tools[h.Tool].add(h)
}

// Top returns the tools that were called most, so many at most.
func (r *Report) Top(most int) []ToolUse {
	all := make([]ToolUse, 0, len(r.tools))
	for tool, u := range r.tools {
		all = append(all, ToolUse{tool, *u})
	}
	slices.SortFunc(all, func(a, b ToolUse) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(b.Refusals, a.Refusals), cmp.Compare(a.Tool, b.Tool))
	})
	return all[:min(most, len(all))]
}
