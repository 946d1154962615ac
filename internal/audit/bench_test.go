package audit_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/tenants"
)

// BenchmarkCall is Begin, Intend and End of a read, each with a commit of its
// own into a store that costs nothing.
func BenchmarkCall(b *testing.B) {
	log, by := start(b, nowhere{}, options()), alice(b, tenants.NewID())
	b.ReportAllocs()
	for b.Loop() {
		if err := call(b.Context(), log, by, "whoami"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCallConcurrently is the same from 64 writers of 8 organizations, with
// a store that takes as long as a commit.
func BenchmarkCallConcurrently(b *testing.B) {
	for name, took := range map[string]time.Duration{"free": 0, "800us": 800 * time.Microsecond} {
		b.Run(name, func(b *testing.B) {
			store := &sleepy{took: took}
			log := start(b, store, options())
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				by := alice(b, tenants.NewID())
				for p.Next() {
					if err := call(b.Context(), log, by, "whoami"); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/float64(store.commits.Load()), "rows/commit")
		})
	}
}

// BenchmarkEncode is the record of an ordinary call.
func BenchmarkEncode(b *testing.B) {
	r := full()
	r.Actor.Name, r.Target, r.Detail, r.Reason, r.Session, r.Source = "Alice", "", "", "", "", ""
	r.Count, r.Minute, r.RejectedBytes, r.Altered = 0, time.Time{}, 0, nil
	b.ReportAllocs()
	for b.Loop() {
		if _, err := audit.Encode(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	payload := must(audit.Encode(full()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := audit.Decode(payload); err != nil {
			b.Fatal(err)
		}
	}
}

// nowhere is a store that keeps nothing and takes no time.
type nowhere struct{}

func (nowhere) Append(context.Context, []audit.Row) error { return nil }

type sleepy struct {
	took    time.Duration
	commits atomic.Int64
}

func (s *sleepy) Append(context.Context, []audit.Row) error {
	s.commits.Add(1)
	if s.took > 0 {
		<-time.After(s.took)
	}
	return nil
}
