// Package webhook delivers notifications to subscribers: first the handshake, then
// one lane a subscriber, in order, each notification tried a few times.
//
// It knows nothing of what notifications are about. A Courier reaches what its
// carrier reaches, by default this machine and nothing else.
package webhook

import (
	"context"
	"net/http"
	"sync"

	"gatehouse/internal/emulator/loopback"
)

// Courier carries notifications. It is safe for concurrent use.
type Courier struct {
	mu      sync.Mutex
	work    sync.WaitGroup  // lanes that deliver
	ctx     context.Context //nolint:containedctx // ends deliveries that outlive the request that caused them
	end     context.CancelFunc
	carrier http.RoundTripper
}

// New makes a Courier; without a carrier it reaches this machine only.
func New(carrier http.RoundTripper) *Courier {
	if carrier == nil {
		here := loopback.Transport(nil)
		here.DisableKeepAlives = true // subscribers come and go
		carrier = here
	}
	ctx, end := context.WithCancel(context.Background())
	return &Courier{ctx: ctx, end: end, carrier: carrier}
}

// Lane is a new subscriber's.
func (c *Courier) Lane() *Lane { return &Lane{courier: c} }

// Close ends every delivery and waits for it. Nothing is delivered after it.
func (c *Courier) Close() {
	c.mu.Lock()
	c.end()
	c.mu.Unlock()
	c.work.Wait()
}
