package chaos_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// state is what a reply shows of a change.
type state uint8

const (
	older state = iota // as before the change
	newer              // as after it
	other              // neither: an error of its own
)

// sight is one request and what it showed.
type sight struct {
	began, ended time.Time
	state        state
	text         string
}

// timeline is what clients of one replica saw, all asking at the same time.
type timeline struct {
	name     string
	mu       sync.Mutex
	sights   []sight
	stopping atomic.Bool
	askers   sync.WaitGroup
}

// watch lets two clients ask again and again until stop.
func watch(name string, ask func() reply, show func(reply) state) *timeline {
	l := &timeline{name: name}
	for range 2 {
		l.askers.Go(func() {
			for !l.stopping.Load() {
				r := ask()
				l.mu.Lock()
				l.sights = append(l.sights, sight{r.began, r.ended, show(r), r.String()})
				l.mu.Unlock()
				<-time.After(5 * time.Millisecond)
			}
		})
	}
	return l
}

// stop ends the asking. It may be called again.
func (l *timeline) stop() {
	l.stopping.Store(true)
	l.askers.Wait()
}

// count returns how many sights there are of a state so far.
func (l *timeline) count(of state) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, s := range l.sights {
		if s.state == of {
			n++
		}
	}
	return n
}

// last returns what was seen last.
func (l *timeline) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sights) == 0 {
		return "nothing"
	}
	return l.sights[len(l.sights)-1].text
}

// lastOf returns when the last request began that saw a state.
func (l *timeline) lastOf(state state) (began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.sights {
		if s.state == state && s.began.After(began) {
			began = s.began
		}
	}
	return began
}

// complaints says what is wrong with the order of the sights: a request that
// began after another had already shown the change must show it too, and
// nothing but the two states may be seen.
func (l *timeline) complaints() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var taken time.Time // when the first request that showed the change had ended
	var all []string
	for _, s := range l.sights {
		if s.state == newer && (taken.IsZero() || s.ended.Before(taken)) {
			taken = s.ended
		}
	}
	for _, s := range l.sights {
		if s.state == other {
			all = append(all, l.name+" answered "+s.text)
		}
		if s.state == older && !taken.IsZero() && s.began.After(taken) {
			all = append(all, fmt.Sprintf("%s showed the old state %s after it had shown the new one: %s", l.name, s.began.Sub(taken), s.text))
		}
	}
	return all
}

func TestTimelineReportsRelapses(t *testing.T) {
	t.Parallel()
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	for name, row := range map[string]struct {
		sights []sight
		wants  string
	}{
		"in order":                {[]sight{{at(0), at(1), older, ""}, {at(2), at(3), newer, ""}, {at(4), at(5), newer, ""}}, ""},
		"overlapping is no fault": {[]sight{{at(0), at(9), older, ""}, {at(2), at(3), newer, ""}}, ""},
		"relapse":                 {[]sight{{at(2), at(3), newer, ""}, {at(4), at(5), older, ""}}, "showed the old state 1ms after"},
		"an error of its own":     {[]sight{{at(2), at(3), other, "500"}}, "answered 500"},
	} {
		got := strings.Join((&timeline{sights: row.sights}).complaints(), "\n")
		if (row.wants == "") != (got == "") || !strings.Contains(got, row.wants) {
			t.Errorf("%s: %q, want %q", name, got, row.wants)
		}
	}
}
