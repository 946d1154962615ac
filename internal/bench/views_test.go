package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// seen is what journeys/measure.mjs writes, of two runs.
const seen = `{"views":{"bare":[40,60],"overview":[500,700],"audit":[800,900]},"frames":[[16,17,40],[16,18,80]],"opening":[30,50],"rows":200,
	"shifts":{"/o/contoso":[0.01,0.03],"/o/contoso/audit":[0.2,0.1]}}`

func readViews(t *testing.T, text string) views {
	t.Helper()
	var v views
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// all are the results of two runs.
func all(v views) (results []result, err error) {
	first, err1 := v.firstViews(2)
	scrolled, err2 := v.scrolling(2, 200)
	moved, err3 := v.moving(2)
	return slices.Concat(first, scrolled, moved), errors.Join(err1, err2, err3)
}

func TestViewsAreMediansOfTheRuns(t *testing.T) {
	t.Parallel()
	v := readViews(t, seen)
	got, err := all(v)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		target target
		figure float64
		detail string
	}{
		{firstOverview, 0.6, "600 ms against 50 ms of a page without scripts: × 12.0"},
		{firstAudit, 0.85, "850 ms"},
		{scrollFrame, 17.5, "200 records, 3 frames a run"},
		{scrollWorst, 60, "3 frames"},
		{recordOpens, 40, "decision"},
		{layoutShift, 0.15, "/o/contoso/audit, the worst of 2 pages"},
	} {
		diff := got[i].figure - want.figure
		if got[i].target != want.target || diff > 1e-9 || diff < -1e-9 || !strings.Contains(got[i].detail, want.detail) {
			t.Errorf("%d is %s %v (%s), want %s %v (%s)", i, got[i].what, got[i].figure, got[i].detail, want.target.what, want.figure, want.detail)
		}
	}
}

func TestViewsOfLessThanWasAskedForAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ was, is, want string }{
		"a run less of a page":     {"[800,900]", "[800]", "1 samples of the audit log, not 2"},
		"a run less of a scroll":   {"[[16,17,40],", "[", "1 samples of scrolling"},
		"a scroll without frames":  {"[16,18,80]", "[]", "run 2 has no frames"},
		"a panel less":             {"[30,50]", "[30]", "1 samples of opening"},
		"other records":            {`"rows":200`, `"rows":199`, "199 records, not 200"},
		"a page that is left out":  {"[0.2,0.1]", "[0.2]", "1 samples of /o/contoso/audit"},
		"no page for layout shift": {`{"/o/contoso":[0.01,0.03],"/o/contoso/audit":[0.2,0.1]}`, "{}", "no page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(seen, c.was) {
				t.Fatalf("there is no %s", c.was)
			}
			v := readViews(t, strings.Replace(seen, c.was, c.is, 1))
			_, err := all(v)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
	v := readViews(t, strings.Replace(seen, "[40,60]", "[0,0]", 1))
	if _, err := all(v); err == nil {
		t.Error("a page that took no time is believed")
	}
}
