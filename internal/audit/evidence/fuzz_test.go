package evidence_test

import (
	"bytes"
	"testing"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
	"gatehouse/internal/tenants"
)

// FuzzVerify: nothing but the file itself is proven, whatever its bytes; nothing makes
// the reader fail, and what it says fits on lines of its own.
func FuzzVerify(f *testing.F) {
	h := newHistory(f, 12, 9)
	honest := map[string]bool{}
	for _, q := range []question{
		whole(0, 9), whole(2, 7, 1, 8), whole(3, 3),
		{from: 1, to: 9, filter: filter.Filter{From: instantAt(2), To: instantAt(6), Text: "É"}, disclosure: evidence.FilterFields},
		{to: 9, filter: filter.Filter{People: []tenants.GUID{tenants.MustGUID(people[1])}, Roles: []string{"finance"}}, disclosure: evidence.MatchesOnly},
	} {
		file := h.export(q)
		honest[string(file)] = true
		f.Add(file)
		for line := range bytes.Lines(file) {
			f.Add(line)
		}
	}
	trust := h.trust()
	f.Fuzz(func(t *testing.T, file []byte) {
		report, err := evidence.Verify(bytes.NewReader(file), trust)
		if err != nil {
			t.Fatal(err)
		}
		if report.Wrong == nil && !honest[string(file)] {
			t.Errorf("a file that nobody signed passes:\n%s", report.String())
		}
		if text := report.String(); report.Wrong != nil && bytes.Count([]byte(text), []byte("\n")) != 1 {
			t.Errorf("%q", text)
		}
	})
}
