package upstream

import (
	"context"
	"io"
	"time"
)

// How fast a watch is read: a burst, and from then on so much a second. What a
// server says faster waits on its side.
const (
	burstMessages  = 1_000
	messagesSecond = 10
	burstBytes     = 2 * maxEvent
	bytesSecond    = 16 << 10
)

// bucket lets so much through at once, and then so much a second. The zero one is
// full.
type bucket struct {
	used  float64
	since time.Time
}

// wait takes n, and waits as long as it is more than there is.
func (b *bucket) wait(ctx context.Context, n, burst, second float64) error {
	now := time.Now()
	b.used = max(0, b.used-now.Sub(b.since).Seconds()*second) + n
	b.since = now
	if over := b.used - burst; over > 0 {
		return pause(ctx, time.Duration(over/second*float64(time.Second)))
	}
	return nil
}

// pace is that of one watch, over all its streams. One goroutine at a time reads.
type pace struct{ messages, bytes bucket }

// message waits until one more may be passed on.
func (p *pace) message(ctx context.Context) error {
	return p.messages.wait(ctx, 1, burstMessages, messagesSecond)
}

// read returns the reader of a stream that keeps the pace until ctx ends.
func (p *pace) read(ctx context.Context, stream io.Reader) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		n, err := stream.Read(b)
		if waited := p.bytes.wait(ctx, float64(n), burstBytes, bytesSecond); waited != nil && err == nil {
			err = waited
		}
		return n, err
	})
}

// readerFunc is an io.Reader.
type readerFunc func(b []byte) (int, error)

// Read implements io.Reader.
func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
