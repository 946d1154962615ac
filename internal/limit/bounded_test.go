package limit_test

import (
	"runtime"
	"testing"

	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

func TestMemoryIsBoundedUnderAFloodOfKeys(t *testing.T) {
	// Not parallel: it measures the heap of the whole process.
	c := roomy()
	c.MaxCallers, c.MaxOrganizations = 1024, 1024
	l := newLimits(t, c)
	before := heap()
	for range 300_000 {
		if permit, err := l.Acquire(limit.Who{Org: tenants.NewID(), Caller: tenants.NewGUID()}); err == nil {
			permit.Release()
		}
	}
	// Unbounded tables would hold about 100 MB here.
	if grown := int64(heap()) - int64(before); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	runtime.KeepAlive(l)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
