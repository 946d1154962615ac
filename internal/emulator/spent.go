package emulator

import (
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

// spentCodes remembers redeemed codes for as long as they could be redeemed.
type spentCodes struct {
	mu    sync.Mutex
	until map[string]time.Time
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
	s.until = nil
}
