package jobs_test

import (
	"testing"
	"time"
)

func TestStopLetsRefreshesFinish(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.stuck = make(chan struct{})
	r.add(4)
	r.add(2)
	stop := r.run(t, r.worker(t, r.options()))
	eventually(t, "they are under way", func() bool { return r.under() == 6 })
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	select {
	case <-stopped:
		t.Fatal("the worker has ended with refreshes under way")
	case <-time.After(500 * time.Millisecond):
	}
	late := r.add(1)
	close(r.stuck)
	<-stopped
	r.wantOnce(t, 6)
	if r.of(late) != 0 || r.cut != 0 {
		t.Errorf("%d were begun after the stop, %d cut off", r.of(late), r.cut)
	}
}

func TestStopWaitsNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.stuck, r.lease = make(chan struct{}), time.Second
	r.add(2)
	o := r.options()
	o.Grace = 200 * time.Millisecond
	stop := r.run(t, r.worker(t, o))
	eventually(t, "they are under way", func() bool { return r.under() == 2 })
	began := time.Now()
	stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the stop took %s", took)
	}
	eventually(t, "what was under way is told to end", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.cut == 2 })
	close(r.stuck)
	r.run(t, r.worker(t, r.options()))
	eventually(t, "another worker does them", func() bool { return r.left() == 0 })
	r.wantOnce(t, 2)
}
