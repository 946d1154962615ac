package evidence_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/tenants"
)

// questions are asked of a random history, one after another.
func questions(r *rand.Rand, size int64) question {
	from := r.Int64N(size)
	q := question{from: from, to: from + 1 + r.Int64N(size-from), disclosure: evidence.FilterFields}
	switch r.IntN(6) {
	case 0:
		q.from, q.to = 0, size
	case 1:
		q.filter = filter.Filter{People: []tenants.GUID{tenants.MustGUID(people[r.IntN(3)])}}
	case 2:
		q.filter = filter.Filter{Tools: []string{"payroll_run"}, Effects: []string{"write"}}
	case 3:
		q.filter = filter.Filter{From: instantAt(int(q.from) + 1), To: instantAt(int(q.to) - 1), Text: "ÅNGSTRÖM"}
		if !q.filter.From.Before(q.filter.To) {
			q.filter = filter.Filter{Roles: []string{"finance"}}
		}
	case 4:
		q.filter = filter.Filter{Kinds: []string{"consent"}}
	case 5:
		q.disclosure, q.filter = evidence.MatchesOnly, filter.Filter{Outcomes: []string{"ok"}}
	}
	q.stops = []int64{1 + r.Int64N(size), size}
	return q
}

func verify(tb testing.TB, file []byte, trust evidence.Trust) evidence.Report {
	tb.Helper()
	report, err := evidence.Verify(bytes.NewReader(file), trust)
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

func TestWhatIsSoundIsProven(t *testing.T) {
	t.Parallel()
	h := newHistory(t, 1, 40)
	for name, c := range map[string]struct {
		q    question
		want string
	}{
		"everything": {question{to: 40}, "matching: 40 of 40 records\n"},
		"a part":     {question{from: 7, to: 21}, "range:    records 7 to 20 of 40\n"},
		"nothing":    {question{from: 7, to: 7}, "range:    no record, at 7 of 40\n"},
		"the end":    {question{from: 40, to: 40}, "range:    no record, at 40 of 40\n"},
		"people":     {question{to: 40, filter: filter.Filter{People: []tenants.GUID{tenants.MustGUID(people[0])}}}, `filter:   {"people":["` + people[0] + `"]}` + "\n"},
		"a time": {
			question{from: 9, to: 31, filter: filter.Filter{From: instantAt(10), To: instantAt(30)}},
			"completeness: proven: every record that matches and was sealed before 2026-11-21T08:30:00.000000Z is in the file; that none before the range was sealed later",
		},
		"all time up to the end": {
			question{from: 9, to: 40, filter: filter.Filter{From: instantAt(10)}},
			"completeness: proven: every record that matches and was sealed before 2027-01-02T00:00:00.000Z is in the file; that none before the range was sealed later",
		},
	} {
		c.q.disclosure = evidence.FilterFields
		trust := h.trust()
		trust.Asked = asking(c.q.from, c.q.to)
		report := verify(t, h.export(c.q), trust)
		text := report.String()
		if report.Verdict() != evidence.Proven || !strings.Contains(text, "\nPROVEN: of ") || !strings.Contains(text, c.want) ||
			!strings.Contains(text, "anchored since 2027-01-02T00:00:00.000Z: your checkpoint of 40 records") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	empty := newHistory(t, 2, 0)
	if report := verify(t, empty.export(question{disclosure: evidence.FilterFields}), empty.trust()); report.Verdict() != evidence.Proven {
		t.Errorf("an empty log: %s", report.String())
	}
}
