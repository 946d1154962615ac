package emulator

import (
	"maps"
	"sync"
	"time"
)

// Kinds of sealed values.
const (
	sealedCode        = "1.code"
	sealedRefresh     = "1.refresh"
	sealedDevice      = "1.device"
	sealedInheritance = "session"
	sealedBrowser     = "browser"
	sealedProgress    = "progress"
)

// codeLife is how long an authorization code can be redeemed.
const codeLife = 10 * time.Minute

// spentCodes remembers redeemed codes for as long as they could be redeemed, and
// which pages have been shown for as long as somebody may press their buttons.
type spentCodes struct {
	mu    sync.Mutex
	until map[string]time.Time
	shown map[string]time.Time // by what show was given
}

// spend reports whether id is redeemed for the first time.
func (s *spentCodes) spend(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, until := range s.until {
		if now.After(until) {
			delete(s.until, old)
		}
	}
	if _, spent := s.until[id]; spent {
		return false
	}
	if s.until == nil {
		s.until = map[string]time.Time{}
	}
	s.until[id] = now.Add(codeLife)
	return true
}

func (s *spentCodes) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until, s.shown = nil, nil
}

// show remembers a page.
func (s *spentCodes) show(id string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.shown, func(_ string, until time.Time) bool { return now.After(until) })
	if s.shown == nil {
		s.shown = map[string]time.Time{}
	}
	s.shown[id] = now.Add(progressLife)
}

// showed tells whether a page has been shown since the last reset and still counts.
func (s *spentCodes) showed(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.shown[id]
	return ok && !now.After(until)
}
