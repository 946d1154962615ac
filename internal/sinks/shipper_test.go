package sinks_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/sinks"
	"gatehouse/internal/tenants"
)

// receiver is a carrier whose sinks do as they are told.
type receiver struct {
	mu      sync.Mutex
	got     map[string][]int64 // by the sink's name
	anchors map[string][]int64
	fail    func(name string, b sinks.Batch) error
	hold    map[string]chan struct{} // those that do not answer
}

func newReceiver() *receiver {
	return &receiver{got: map[string][]int64{}, anchors: map[string][]int64{}, hold: map[string]chan struct{}{}}
}

func (*receiver) Bounds() (int, int) { return 100, 1 << 20 }

func (r *receiver) Anchor(_ context.Context, to sinks.For, a sinks.Anchor) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		if err := r.fail(to.Sink.Name, sinks.Batch{}); err != nil {
			return err
		}
	}
	r.anchors[to.Sink.Name] = append(r.anchors[to.Sink.Name], a.Size)
	return nil
}

func (r *receiver) Records(ctx context.Context, to sinks.For, b sinks.Batch) error {
	r.mu.Lock()
	hold, fail := r.hold[to.Sink.Name], r.fail
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var err error
	if fail != nil {
		err = fail(to.Sink.Name, b)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		for _, e := range b.Entries {
			r.got[to.Sink.Name] = append(r.got[to.Sink.Name], e.Seq)
		}
	}
	return err
}

func (r *receiver) seqs(name string) []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got[name])
}

func records(name string) tenants.Sink {
	return tenants.Sink{Name: name, Kind: tenants.WebhookSink, Records: true, URL: "https://" + name + ".example/"}
}

func upTo(n int64) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = int64(i)
	}
	return all
}

func TestEveryRecordArrivesInOrder(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	org := w.organization("contoso")
	id := w.add(org, records("siem"))
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})
	for _, size := range []int64{1, 250, 250, 901} {
		w.seal(org, size)
		w.settle(s)
		if got := r.seqs("siem"); !slices.Equal(got, upTo(size)) {
			t.Fatalf("of %d records arrived %v", size, got)
		}
	}
	if st := w.state(id); st.Delivered != 901 || st.Next != 901 || st.Trouble != "" {
		t.Errorf("state is %+v", st)
	}
	if w.kept[id] != 1+3+7 {
		t.Errorf("the state was kept %d times, not after every batch", w.kept[id])
	}
}

// TestDownSlowAndLying has a sink be away for an hour, then slow, then refuse without
// saying why: everything arrives, and nothing twice that was taken.
func TestDownSlowAndLying(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	org := w.organization("contoso")
	sink := records("siem")
	sink.Checkpoints = true
	id := w.add(org, sink)
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})

	down := fault.New(fault.Upstream, "siem.example could not be reached")
	r.fail = func(string, sinks.Batch) error { return down }
	attempts := 0
	for minute := range int64(60) {
		w.seal(org, 1+minute*10)
		before := w.seen[sinks.Failed]
		w.settle(s)
		attempts += w.seen[sinks.Failed] - before
		w.clock.advance(time.Minute)
	}
	st := w.state(id)
	if len(r.seqs("siem")) != 0 || st.Next != 0 || st.Trouble != "siem.example could not be reached" || st.FailingSince != w.clock.now().Add(-time.Hour) {
		t.Fatalf("while it is down the state is %+v", st)
	}
	if attempts > 2*20 { // a checkpoint and records each time
		t.Errorf("it was tried %d times in an hour", attempts)
	}

	w.seal(org, 1000)
	slow := func(string, sinks.Batch) error { w.clock.advance(10 * time.Second); return nil }
	r.fail = slow
	for range 200 {
		w.clock.advance(time.Minute)
		w.settle(s)
	}
	if got := r.seqs("siem"); !slices.Equal(got, upTo(1000)) {
		t.Fatalf("after it was down and slow arrived %d records: %v", len(got), got)
	}
	if !w.state(id).Slow {
		t.Error("a sink that takes ten seconds is not among the slow")
	}

	lies, refusals := sinks.Refusal("siem.example rejected 1 log records: "), 0
	r.fail = func(_ string, b sinks.Batch) error { // it takes all but one, and says so of the whole
		if slices.ContainsFunc(b.Entries, func(e sinks.Entry) bool { return e.Seq == 1234 }) {
			refusals++
			return lies
		}
		return nil
	}
	w.seal(org, 2000)
	for range 100 {
		w.clock.advance(time.Minute)
		w.settle(s)
	}
	st = w.state(id)
	if got := r.seqs("siem"); !slices.Equal(got, upTo(1234)) || !strings.HasPrefix(st.Trouble, "record 1234 is refused") {
		t.Fatalf("of what it refuses arrived %d records, and the trouble is %q", len(got), st.Trouble)
	}
	if refusals < 8 {
		t.Errorf("it was refused %d times", refusals)
	}

	r.fail = nil
	for range 20 {
		w.clock.advance(10 * time.Minute)
		w.settle(s)
	}
	if got := r.seqs("siem"); !slices.Equal(got, upTo(2000)) {
		t.Fatalf("in the end arrived %d records", len(got))
	}
	if st = w.state(id); st.Trouble != "" || !st.FailingSince.IsZero() || st.Failures != 0 {
		t.Errorf("in the end the state is %+v", st)
	}
}

func TestASlowSinkDelaysNoOther(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	hang := make(chan struct{})
	var all, slow []tenants.GUID
	for n := range 40 { // more than there are places for slow ones
		org := w.organization(fmt.Sprintf("slow-%d", n))
		w.seal(org, 1)
		name := fmt.Sprintf("slow-%d", n)
		r.hold[name] = hang
		slow = append(slow, w.add(org, records(name)))
		w.tasks[slow[n]].State.Slow = true
	}
	quick := w.organization("quick")
	same := w.organization("same")
	r.hold["hanging"] = hang
	w.add(same, records("hanging")) // which nobody knows to be slow yet
	all = append(all, w.add(quick, records("quick")), w.add(same, records("neighbor")))
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})
	for size := int64(1); size <= 3; size++ {
		w.seal(quick, size)
		w.seal(same, size)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return w.state(all[0]).Next == size && w.state(all[1]).Next == size })
	}
	close(hang)
	s.Wait()
	w.settle(s)
	for n, id := range slow {
		if w.state(id).Next != 1 {
			t.Errorf("slow sink %d got nothing in the end", n)
		}
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come about")
		}
	}
}

func TestCheckpointsGoHourlyAndTheLastThatArrivedIsKept(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	org := w.organization("contoso")
	id := w.add(org, tenants.Sink{Name: "archive", Kind: tenants.WebhookSink, Checkpoints: true, URL: "https://archive.example/"})
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})
	size := int64(0)
	for range 180 { // three hours, a record a minute, but none in the last
		if size < 120 {
			size++
		}
		w.seal(org, size)
		w.settle(s)
		w.clock.advance(time.Minute)
	}
	if got := r.anchors["archive"]; !slices.Equal(got, []int64{1, 61, 120}) {
		t.Errorf("checkpoints of %v arrived", got)
	}
	st := w.state(id)
	if st.Anchored != 120 || string(st.Checkpoint) != string(note(org, 120)) || st.Next != 0 {
		t.Errorf("state is %+v", st)
	}
	r.fail = func(string, sinks.Batch) error { return fault.New(fault.Upstream, "away") }
	w.seal(org, 500)
	w.clock.advance(time.Hour)
	w.settle(s)
	if st := w.state(id); st.Anchored != 120 || st.Failures != 1 {
		t.Errorf("a checkpoint that did not arrive is taken for one that did: %+v", st)
	}
}

func TestASinkSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	org := w.organization("contoso")
	id := w.add(org, records("siem"))
	w.seal(org, 1)
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})
	for asked, want := range map[time.Duration]time.Duration{30 * time.Minute: 30 * time.Minute, 6 * time.Hour: time.Hour} {
		r.fail = func(string, sinks.Batch) error { return fault.New(fault.Upstream, "too much").RetryAfter(asked) }
		w.settle(s)
		if due := w.state(id).Due; due != w.clock.now().Add(want) {
			t.Errorf("asked for %s it is tried again at %s", asked, due)
		}
		w.clock.advance(want)
	}
}

func TestASinkThatNeedsASecretIsToldSo(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	org := w.organization("contoso")
	id := w.add(org, tenants.Sink{Name: "archive", Kind: tenants.StorageSink, Records: true, URL: "https://a.blob.core.windows.net/c"})
	w.seal(org, 1)
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.StorageSink: r})
	w.settle(s)
	if st := w.state(id); len(r.seqs("archive")) != 0 || !strings.Contains(st.Trouble, "has no secret yet") {
		t.Errorf("without its secret the state is %+v", st)
	}
}

func TestRecordsThatAreGoneAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	org := w.organization("contoso")
	w.add(org, records("siem"))
	w.seal(org, 10)
	w.first[org] = 7
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})
	w.settle(s)
	if got := r.seqs("siem"); !slices.Equal(got, []int64{7, 8, 9}) {
		t.Errorf("arrived %v", got)
	}
}

func TestWhoHasLostASinkKeepsNothing(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t), newReceiver()
	org := w.organization("contoso")
	id := w.add(org, records("siem"))
	w.seal(org, 5)
	r.fail = func(string, sinks.Batch) error { // somebody changes the sink meanwhile
		w.mu.Lock()
		defer w.mu.Unlock()
		w.tasks[id].State.Due = w.clock.at
		return nil
	}
	s := w.shipper(map[tenants.SinkKind]sinks.Carrier{tenants.WebhookSink: r})
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Wait()
	if st := w.state(id); st.Next != 0 {
		t.Errorf("what was taken from it moved on to %d", st.Next)
	}
	r.fail = nil
	w.settle(s)
	if got := r.seqs("siem"); len(got) != 10 { // twice, as documented
		t.Errorf("arrived %v", got)
	}
}
