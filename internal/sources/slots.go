package sources

import (
	"sync"

	"gatehouse/internal/tenants"
)

// maxBackground bounds the refreshes in the background of one process, and
// maxEach those of one organization, whose sources may all hang.
const (
	maxBackground = 16
	maxEach       = 2
)

// slots are the refreshes in the background.
type slots struct {
	mu   sync.Mutex
	all  int
	each map[tenants.ID]int
}

// take takes a slot for an organization, if it may have one more.
func (s *slots) take(org tenants.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == maxBackground || s.each[org] == maxEach {
		return false
	}
	s.all++
	s.each[org]++
	return true
}

// give gives a slot back.
func (s *slots) give(org tenants.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.each[org]--; s.each[org] == 0 {
		delete(s.each, org)
	}
}
