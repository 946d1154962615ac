package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// views is what a browser saw of the console, once a run; times are in milliseconds.
type views struct {
	Views struct {
		Bare     []float64 // a page of the same server that needs no script
		Overview []float64
		Audit    []float64
	}
	Frames  [][]float64          // of each run, while all records are scrolled through
	Opening []float64            // from the click on a record to its panel
	Rows    int                  // records in the table
	Shifts  map[string][]float64 // cumulative layout shift, by page
}

// several holds samples to the number of runs that was asked for: a figure made of less
// would mean something else.
func several(what string, got, want int) error {
	if got != want || got == 0 {
		return fmt.Errorf("there are %d samples of %s, not %d", got, what, want)
	}
	return nil
}

// firstViews is the median of the runs, beside a page that needs no script.
func (v views) firstViews(runs int) ([]result, error) {
	err := errors.Join(
		several("the bare page", len(v.Views.Bare), runs), several("the overview", len(v.Views.Overview), runs), several("the audit log", len(v.Views.Audit), runs),
	)
	if err != nil {
		return nil, err
	}
	bare, overview, audit := median(v.Views.Bare), median(v.Views.Overview), median(v.Views.Audit)
	if bare <= 0 {
		return nil, errors.New("a page without scripts was shown in no time")
	}
	beside := func(ms float64) string {
		return fmt.Sprintf("%.0f ms against %.0f ms of a page without scripts: × %.1f", ms, bare, ms/bare)
	}
	return []result{
		{target: firstOverview, figure: overview / 1000, detail: beside(overview)},
		{target: firstAudit, figure: audit / 1000, detail: beside(audit)},
	}, nil
}

// scrolling is the median of the runs, of the frames in each the median and the worst.
func (v views) scrolling(runs, records int) ([]result, error) {
	if err := errors.Join(several("scrolling", len(v.Frames), runs), several("opening a record", len(v.Opening), runs)); err != nil {
		return nil, err
	}
	if v.Rows != records {
		return nil, fmt.Errorf("the table has %d records, not %d", v.Rows, records)
	}
	var middle, worst []float64
	for run, frames := range v.Frames {
		if len(frames) == 0 {
			return nil, fmt.Errorf("run %d has no frames", run+1)
		}
		middle, worst = append(middle, median(frames)), append(worst, slices.Max(frames))
	}
	scrolled := fmt.Sprintf("%d records, %d frames a run", v.Rows, len(v.Frames[0]))
	return []result{
		{target: scrollFrame, figure: median(middle), detail: scrolled},
		{target: scrollWorst, figure: median(worst), detail: scrolled},
		{target: recordOpens, figure: median(v.Opening), detail: "to the frame that shows its decision"},
	}, nil
}

// moving is the page on which most has moved, by the median of its runs.
func (v views) moving(runs int) ([]result, error) {
	page, most := "", 0.0
	for _, name := range slices.Sorted(maps.Keys(v.Shifts)) {
		if err := several(name, len(v.Shifts[name]), runs); err != nil {
			return nil, err
		}
		if m := median(v.Shifts[name]); page == "" || m > most {
			page, most = name, m
		}
	}
	if page == "" {
		return nil, errors.New("no page was looked at for layout shift")
	}
	return []result{{target: layoutShift, figure: most, detail: fmt.Sprintf("%s, the worst of %d pages", page, len(v.Shifts))}}, nil
}
