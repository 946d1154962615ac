package entra

import (
	"sync"
	"time"

	"gatehouse/internal/tenants"
)

// silence is which app registrations Entra has asked to wait, and until when.
// Throttling counts requests of an app in a tenant, so one answer speaks
// for everybody in it.
type silence struct {
	mu    sync.Mutex
	until map[quietLine]time.Time
}

// quietLine is an app in a tenant; the zero tid is the sign-in of any tenant.
type quietLine struct {
	tid    tenants.TID
	client tenants.GUID
}

func newSilence() *silence { return &silence{until: map[quietLine]time.Time{}} }

// left returns how long to keep silent yet, 0 for not at all.
func (s *silence) left(line quietLine, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.until[line].Sub(now)
	if left <= 0 {
		delete(s.until, line)
		return 0
	}
	return left
}

// keep keeps silent for d from now on, or for longer if that was agreed.
func (s *silence) keep(line quietLine, now time.Time, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := now.Add(d); d > 0 && until.After(s.until[line]) {
		s.until[line] = until
	}
}
