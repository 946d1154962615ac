package egress

import (
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	"gatehouse/internal/fault"
)

// errSilent is the cause of a cancellation because the other side does not begin
// or go on.
var errSilent = errors.New("nothing came in time")

// body is the rest of a reply.
type body struct {
	io.ReadCloser
	from    *url.URL
	limits  OpenOptions
	left    int64 // bytes that may still come
	cancel  context.CancelCauseFunc
	failure func(error) error
	err     error // sticks
}

// Read waits for the other side as long as it may be silent. Between two calls
// it may be: whoever reads slowly is not its fault.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	idle := time.AfterFunc(b.limits.Idle, func() { b.cancel(errSilent) })
	n, err := b.ReadCloser.Read(p)
	idle.Stop()
	if int64(n) > b.left {
		n = int(b.left)
		b.err = fault.Newf(fault.Upstream, "%s answered with more than %d bytes", b.from.Host, b.limits.MaxBytes)
		b.cancel(nil)
		return n, b.err
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.failure(err)
	}
	b.err = err
	return n, err
}

// Close ends the exchange. A Read under way returns.
func (b *body) Close() error {
	b.cancel(nil)
	return b.ReadCloser.Close()
}
