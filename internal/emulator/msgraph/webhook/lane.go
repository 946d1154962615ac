package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// How a notification is delivered. Graph waits three seconds and goes on trying
// for four hours; the emulator gives up sooner.
const (
	deliveryTime  = 3 * time.Second
	deliveryTries = 4
	deliveryPause = 50 * time.Millisecond // before the second try; four times as long before each further one
	laneLength    = 1_000                 // what waits for one subscription; more is lost
)

// Lane delivers what one subscriber is told, in order. It works only while there
// is something to deliver.
type Lane struct {
	courier *Courier
	mu      sync.Mutex
	waiting []parcel
	busy    bool
}

// parcel is one notification on its way.
type parcel struct {
	address string
	body    map[string]any
}

// Drop forgets what has not been sent yet.
func (l *Lane) Drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = nil
}

// Send has a notification delivered after those before it. It does not wait.
func (l *Lane) Send(address string, body map[string]any) {
	c := l.courier
	c.mu.Lock() // against Close
	defer c.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.ctx.Err() != nil || len(l.waiting) >= laneLength {
		return
	}
	l.waiting = append(l.waiting, parcel{address, body})
	if !l.busy {
		l.busy = true
		c.work.Go(l.deliver)
	}
}

// next takes the first notification out of a lane; without one the lane rests.
func (l *Lane) next() (parcel, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.busy = false
		return parcel{}, false
	}
	p := l.waiting[0]
	l.waiting = l.waiting[1:]
	return p, true
}

func (l *Lane) deliver() {
	for {
		p, ok := l.next()
		if !ok {
			return
		}
		l.courier.insist(p)
	}
}

// insist sends a notification until it is taken, a few times at most.
func (c *Courier) insist(p parcel) {
	text, err := json.Marshal(map[string]any{"value": []any{p.body}})
	if err != nil {
		return
	}
	pause := deliveryPause
	for try := 1; !c.post(p.address, text) && try < deliveryTries; try++ {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-c.ctx.Done():
			timer.Stop()
			return
		}
		pause *= 4
	}
}

// post reports whether the endpoint took a notification.
func (c *Courier) post(address string, text []byte) bool {
	ctx, cancel := context.WithTimeout(c.ctx, deliveryTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := c.carrier.RoundTrip(r)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()                     // it has been read
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // what it says does not matter
	return answer.StatusCode >= 200 && answer.StatusCode < 300
}
