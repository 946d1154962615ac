package upstream

import (
	"io"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// memory bounds what large answers take while they are read: of one organization,
// and in all. The first freeSize bytes of each answer are not counted.
type memory struct {
	mostEach, most int

	mu   sync.Mutex
	all  int
	each map[tenants.ID]int
}

const (
	freeSize     = 64 << 10
	largestEach  = 4  // results of the largest size, of one organization
	largestInAll = 16 // likewise, of all
)

func newMemory(maxResult int) *memory {
	return &memory{mostEach: largestEach * maxResult, most: largestInAll * maxResult, each: map[tenants.ID]int{}}
}

// take reports whether there is room for so many more bytes, and takes them.
func (m *memory) take(org tenants.ID, n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all+n > m.most || m.each[org]+n > m.mostEach {
		return false
	}
	m.all += n
	m.each[org] += n
	return true
}

// give gives back what was taken.
func (m *memory) give(org tenants.ID, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all -= n
	if m.each[org] -= n; m.each[org] <= 0 {
		delete(m.each, org)
	}
}

// hold says how much of an answer the conversation has in memory now. The fault is
// Limited where that is too much beside what others hold.
func (c *conversation) hold(size int) error {
	more := max(size-freeSize, 0) - c.held
	switch org := c.s.conn.Org; {
	case more < 0:
		c.s.hub.memory.give(org, -more)
	case more > 0 && !c.s.hub.memory.take(org, more):
		return c.s.fail(fault.Limited, "gives a large answer while as many others are being read as there is room for; try again in a moment", nil).RetryAfter(time.Second)
	}
	c.held += more
	return nil
}

// letGo gives back what the conversation holds.
func (c *conversation) letGo() { _ = c.hold(0) }

// complete leaves, of all that was read of a stream, one event of this size.
func (c *conversation) complete(size int) {
	c.coming = size
	_ = c.hold(min(size, c.held+freeSize)) // no more than before
}

// counted is a stream of which an answer comes.
type counted struct {
	c    *conversation
	body io.Reader
}

// Read implements io.Reader.
func (s *counted) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	s.c.coming += n
	if full := s.c.hold(s.c.coming); full != nil {
		return 0, full
	}
	return n, err
}
