package chaos_test

import (
	"sync"
	"sync/atomic"
	"time"
)

// load is what many clients at once have been through.
type load struct {
	mu          sync.Mutex
	receipts    []receipt
	answered    int // replies without a result
	interrupted int // calls without a complete reply
	stopping    atomic.Bool
	clients     sync.WaitGroup
}

// startLoad lets each client call the tools in turn until stop. After a call
// without a reply it pauses: a dead replica must not cost the machine anything.
func startLoad(clients []*client, tools ...string) *load {
	l := &load{}
	for i, c := range clients {
		l.clients.Go(func() {
			for n := i; !l.stopping.Load(); n++ {
				tool := tools[n%len(tools)]
				if r := c.call(tool); !l.note(tool, r) {
					<-time.After(20 * time.Millisecond)
				}
			}
		})
	}
	return l
}

// note keeps a reply and reports whether there was one.
func (l *load) note(tool string, r reply) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.err != nil {
		l.interrupted++
		return false
	}
	record, ok := r.result()
	if !ok {
		l.answered++
		return true
	}
	l.receipts = append(l.receipts, receipt{tool, record})
	return true
}

// stop ends the load once every call under way has been answered or cut off.
func (l *load) stop() {
	l.stopping.Store(true)
	l.clients.Wait()
}

// results returns how many results there are so far.
func (l *load) results() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.receipts)
}
