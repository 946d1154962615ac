package evidence_test

import (
	"bytes"
	"testing"

	"gatehouse/internal/audit/evidence"
	"gatehouse/internal/audit/filter"
)

// benchmarked is a log of so many records, asked for what a third of them match.
func benchmarked(b *testing.B) (*history, evidence.Header) {
	b.Helper()
	h := newHistory(b, 1, 2000)
	return h, h.header(question{to: 2000, filter: filter.Filter{Tools: []string{"payroll_run"}}, disclosure: evidence.FilterFields})
}

func BenchmarkWrite(b *testing.B) {
	h, head := benchmarked(b)
	for b.Loop() {
		h.write(head, h.key, same)
	}
	b.ReportMetric(2000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkVerify(b *testing.B) {
	h, head := benchmarked(b)
	file, trust := h.write(head, h.key, same), h.trust()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := evidence.Verify(bytes.NewReader(file), trust); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(2000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
