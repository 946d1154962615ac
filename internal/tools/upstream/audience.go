package upstream

import "sync"

// audience are those who watch a server through this replica.
type audience struct {
	mu  sync.Mutex
	all map[chan struct{}]struct{}
}

// mostWatchers is how many may watch one server at a time.
const mostWatchers = 1_000

func newAudience() *audience { return &audience{all: map[chan struct{}]struct{}{}} }

// join returns a channel that tells when lists changed, unless there are too many
// who want to know.
func (a *audience) join() (chan struct{}, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) >= mostWatchers {
		return nil, false
	}
	told := make(chan struct{}, 1)
	a.all[told] = struct{}{}
	return told, true
}

func (a *audience) leave(told chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.all, told)
}

// listsChanged tells everybody, once where some have not heard the last time yet.
func (a *audience) listsChanged() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for told := range a.all {
		select {
		case told <- struct{}{}:
		default:
		}
	}
}
