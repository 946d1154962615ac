package seal_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/audittest"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/seal/sealtest"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// benched is a log of so many records in memory.
func benched(tb testing.TB, n int) (*memory, *secrets.Box, tenants.ID, []audit.Row) {
	tb.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	if err != nil {
		tb.Fatal(err)
	}
	box, err := secrets.NewBox(kek)
	if err != nil {
		tb.Fatal(err)
	}
	org := tenants.NewID()
	wrapped, err := box.NewOrganizationKey(tb.Context(), org)
	if err != nil {
		tb.Fatal(err)
	}
	journal := audittest.New(org, 3, 200, time.Now().Add(-time.Hour))
	journal.Pace = time.Millisecond
	rows := make([]audit.Row, n)
	for i := range rows {
		rows[i] = journal.Row()
	}
	return &memory{wrapped: wrapped}, box, org, rows
}

// spent is the CPU time of the process: other work on the machine does not count.
func spent() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSeal is the sealing of a batch, but for what the database does.
func BenchmarkSeal(b *testing.B) {
	const n = 2000
	m, box, org, rows := benched(b, n)
	b.ReportAllocs()
	began := spent()
	for b.Loop() {
		s := sealtest.New(b, m, &sealtest.Keys{}, box, time.Now)
		m.waiting = rows
		if _, _, err := s.Seal(b.Context(), org, seal.Limits{Records: n, Bytes: 8 << 20}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((spent()-began).Nanoseconds())/float64(n*b.N), "cpu-ns/record")
}

// BenchmarkOpen is the reading of what was sealed.
func BenchmarkOpen(b *testing.B) {
	const n = 2000
	m, box, org, rows := benched(b, n)
	m.waiting = rows
	s := sealtest.New(b, m, &sealtest.Keys{}, box, time.Now)
	if _, _, err := s.Seal(b.Context(), org, seal.Limits{Records: n, Bytes: 8 << 20}); err != nil {
		b.Fatal(err)
	}
	key, err := box.Open(context.Background(), org, m.wrapped)
	if err != nil {
		b.Fatal(err)
	}
	opener := seal.NewOpener(key, func(number int32) (seal.Person, error) { return m.sealed.People[number-1], nil })
	b.ReportAllocs()
	began := spent()
	for b.Loop() {
		for _, row := range m.sealed.Rows {
			if _, err := opener.Open(row, proof.Hash{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64((spent()-began).Nanoseconds())/float64(n*b.N), "cpu-ns/record")
}
