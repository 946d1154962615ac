package entra

import (
	"math/rand/v2"
	"sync"
	"time"

	"gatehouse/internal/tenants"
)

// lines is how Entra has been answering app registrations. Throttling counts
// requests of an app in a tenant, so one answer speaks for everybody in it.
type lines struct {
	chance func() float64 // in [0, 1)

	mu sync.Mutex
	by map[quietLine]*line
}

// quietLine is an app in a tenant; the zero tid is the sign-in of any tenant.
type quietLine struct {
	tid    tenants.TID
	client tenants.GUID
}

// line is an app in a tenant that is not all well.
type line struct {
	throttled bool                   // Entra has asked for silence
	until     time.Time              // of silence or rest
	failures  int                    // without a proper answer, in a row
	apart     int                    // of these, the last ones that did not reach Entra
	requests  [requestsToRest]digest // which failed in this row, each once
	failed    int                    // how many these are
	rests     int                    // in a row
	probing   bool                   // somebody finds out whether the rest has helped
}

// When an endpoint that fails and does not say for how long is left alone. What
// cannot be reached rests soon. What answers badly rests only once it has failed
// several different requests: one may bring that about by itself. Rests double, and
// end at random in their second half, so that replicas do not come back as one.
const (
	failuresToRest = 5
	requestsToRest = 3
	firstRest      = time.Second
	longestRest    = time.Minute
	maxLines       = 8192 // beyond, the ones that have waited longest are forgotten
)

func newLines() *lines { return &lines{chance: rand.Float64, by: map[quietLine]*line{}} }

// enter returns nil if Entra may be asked: whoever asks then owes a leave. Else it
// says why not and for how long. After a rest one may, and the others after its
// answer.
func (s *lines) enter(key quietLine, now time.Time) *TokenError {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.by[key]
	if l == nil {
		return nil
	}
	if left := l.until.Sub(now); left > 0 {
		if l.throttled {
			return &TokenError{Class: Throttled, RetryAfter: left}
		}
		return &TokenError{Class: Transient, RetryAfter: left, cause: errResting}
	}
	l.throttled = false
	if l.rests == 0 {
		return nil
	}
	if l.probing {
		return &TokenError{Class: Transient, RetryAfter: firstRest, cause: errResting}
	}
	l.probing = true
	return nil
}

// abandon takes back an enter: nothing was asked, or nobody waited for the answer.
func (s *lines) abandon(key quietLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.by[key]; l != nil {
		l.probing = false
	}
}

// leave learns from an answer to a request; nil is a good one.
func (s *lines) leave(key quietLine, request digest, now time.Time, refused *TokenError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.by[key]
	if refused == nil || refused.isLoop() || refused.RetryAfter == 0 && refused.Class != Transient {
		if l != nil && !now.Before(l.until) { // else somebody asked before the silence began
			delete(s.by, key)
		}
		return
	}
	if l == nil {
		l = s.add(key)
	}
	l.probing = false
	if refused.RetryAfter > 0 {
		l.silent(now.Add(refused.RetryAfter))
		return
	}
	if l.count(request, refused.Status == 0) {
		l.rest(now, s.chance())
	}
}

// silent keeps silent until then, or for longer if that was agreed.
func (l *line) silent(until time.Time) {
	if until.After(l.until) {
		l.until, l.throttled = until, true
	}
}

// count adds a failure, and reports whether it is time to rest. A probe that fails
// is enough.
func (l *line) count(request digest, apart bool) bool {
	l.failures++
	if apart {
		l.apart++
	} else {
		l.apart = 0
		l.distinguish(request)
	}
	return l.rests > 0 || l.apart >= failuresToRest || l.failures >= failuresToRest && l.failed == requestsToRest
}

func (l *line) distinguish(request digest) {
	for _, before := range l.requests[:l.failed] {
		if before == request {
			return
		}
	}
	if l.failed < requestsToRest {
		l.requests[l.failed] = request
		l.failed++
	}
}

func (l *line) rest(now time.Time, chance float64) {
	if now.Before(l.until) {
		return // asked before the rest began
	}
	whole := min(firstRest<<min(l.rests, 10), longestRest)
	l.until = now.Add(whole/2 + time.Duration(chance*float64(whole/2)))
	l.rests++
}

// add makes room for one more.
func (s *lines) add(key quietLine) *line {
	if len(s.by) >= maxLines {
		oldest, found := key, false
		for other, l := range s.by {
			if !found || l.until.Before(s.by[oldest].until) {
				oldest, found = other, true
			}
		}
		delete(s.by, oldest)
	}
	l := &line{}
	s.by[key] = l
	return l
}
