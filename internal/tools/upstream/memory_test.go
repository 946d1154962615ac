package upstream_test

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

func TestALengthThatIsOnlySaidTakesNoMemory(t *testing.T) { // alone: it measures the process
	r := newRig(t)
	s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, _ message) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(16<<20-2))
		w.WriteHeader(http.StatusOK)
	}}))
	exchange := func() {
		if _, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); fault.KindOf(err) != fault.Upstream {
			t.Errorf("an answer without a body: %v", err)
		}
	}
	exchange()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	exchange()
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("it took %d bytes of memory", grown)
	}
}

// sent is the part of a large answer that a server sends before it waits.
const sent = 900 << 10

func TestLargeAnswersUnderWayAreBoundedForEachOrganization(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ media, begins string }{
		"documents": {"application/json", `{"junk":"`},
		"streams":   {"text/event-stream", `data: {"junk":"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRigWith(t, func(o *upstream.Options) { o.MaxResult = 1 << 20 })
			stub := &stub{modern: true, handle: func(w http.ResponseWriter, req *http.Request, m message) {
				if !strings.Contains(string(m.Params), `"large"`) {
					result(w, m.ID, `{"content":[]}`)
					return
				}
				w.Header().Set("Content-Type", row.media)
				_, _ = w.Write([]byte(row.begins + strings.Repeat("x", sent)))
				_ = http.NewResponseController(w).Flush()
				<-req.Context().Done()
			}}
			url := newStub(t, stub)
			s := r.server(url)
			ctx, cancel := context.WithCancel(t.Context())
			var under sync.WaitGroup
			defer under.Wait()
			defer cancel()
			ended := make(chan error, 10)
			for range 10 {
				under.Go(func() {
					_, err := s.Exchange(ctx, r.caller(), tool("large"), call(wire.Modern))
					ended <- err
				})
			}
			for range 6 {
				select {
				case err := <-ended:
					if fault.KindOf(err) != fault.Limited || fault.RetryAfter(err) == 0 || !strings.Contains(fault.Public(err), "source notes") {
						t.Errorf("one answer too many: %v", err)
					}
				case <-time.After(20 * time.Second):
					t.Fatal("too many large answers are held in memory")
				}
			}
			if _, err := s.Exchange(t.Context(), r.caller(), tool("small"), call(wire.Modern)); err != nil {
				t.Errorf("a small answer beside them: %v", err)
			}
			cancel()
			under.Wait()
			if held := r.hub.Held(r.org); held != 0 {
				t.Errorf("%d bytes are still counted when nothing is under way", held)
			}
		})
	}
}

func TestLargeAnswersOfOneOrganizationLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	m := upstream.NewMemory(1 << 20)
	one, other := tenants.NewID(), tenants.NewID()
	if !m.Take(one, 4<<20) || m.Take(one, 1) || !m.Take(other, 4<<20) {
		t.Error("want room for four of the largest results of each organization")
	}
	for range 2 {
		if !m.Take(tenants.NewID(), 4<<20) {
			t.Error("a process has room for sixteen")
		}
	}
	if m.Take(tenants.NewID(), 1) {
		t.Error("more than sixteen of the largest results at a time")
	}
	m.Give(one, 4<<20)
	if !m.Take(one, 1) {
		t.Error("what was given back is not there")
	}
}
