//go:build unix

package devstack

import (
	"io"
	"strings"
	"sync"
)

// tailSize is how much of a server's output an error message may quote.
const tailSize = 4 << 10

// tail passes a server's output on and remembers the end of it.
type tail struct {
	next io.Writer // nil when nobody else wants it

	mu  sync.Mutex
	end []byte
}

// Write never fails: a server must not die because nobody reads its log.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, b...)
	if over := len(t.end) - tailSize; over > 0 {
		t.end = append(t.end[:0], t.end[over:]...)
	}
	if t.next != nil {
		_, _ = t.next.Write(b)
	}
	return len(b), nil
}

// String returns the end of the output, trimmed.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.end))
}

// portTaken reports whether the server complained that its port is in use.
func (t *tail) portTaken() bool {
	return strings.Contains(t.String(), "Address already in use")
}
