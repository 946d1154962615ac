package jobs_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"gatehouse/internal/jobs"
)

// TestNobodyWaitsForATaskThatIsKept: whatever Redis holds under somebody's name and
// never gives to a worker, they are asked about some minutes later.
func TestNobodyWaitsForATaskThatIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.add(3)
	var later atomic.Int64
	at := time.Now().Add(time.Second)
	o := r.options()
	o.Now = func() time.Time { return at.Add(time.Duration(later.Load())) }
	w := r.worker(t, o)
	inspector := asynq.NewInspectorFromRedisClient(r.redis)
	waiting := func() int {
		w.SweepForTest(t.Context())
		info, err := inspector.GetQueueInfo(jobs.Queues[1])
		must(t, err)
		return info.Pending
	}
	if n := waiting(); n != 3 {
		t.Fatalf("%d tasks wait for three people", n)
	}
	if _, err := inspector.ArchiveAllPendingTasks(jobs.Queues[1]); err != nil {
		t.Fatal(err)
	}
	if n := waiting(); n != 0 {
		t.Errorf("%d tasks have another name at once", n)
	}
	later.Store(int64(5 * time.Minute))
	if n := waiting(); n != 3 {
		t.Errorf("after five minutes %d tasks wait for three people", n)
	}
	r.run(t, w)
	eventually(t, "everybody is refreshed", func() bool { return r.left() == 0 })
	r.wantOnce(t, 3)
}
