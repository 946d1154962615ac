//go:build unix

package devstack

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tickEvery is how coarse the imitation's clock is. Walking every expiring key
// on every access instead costs a factor of ten under load.
const tickEvery = 250 * time.Millisecond

// StartMiniRedis starts an imitation of Redis in this process. It forgets
// everything when stopped and is for laptops only. Keys expire up to a quarter
// of a second late.
func StartMiniRedis() (*Redis, error) {
	m := miniredis.NewMiniRedis()
	m.ClockTTL(false)
	password := rand.Text()
	m.RequireAuth(password)
	if err := m.Start(); err != nil {
		return nil, fmt.Errorf("start in-process Redis: %w", err)
	}
	quit, idle := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(idle)
		advance(m, quit)
	}()
	return &Redis{url: redisURL(m.Addr(), password), stop: sync.OnceValue(func() error {
		close(quit)
		<-idle
		m.Close()
		return nil
	})}, nil
}

// advance moves the imitation's clock with ours: on its own it never expires a
// key.
func advance(m *miniredis.Miniredis, quit <-chan struct{}) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-quit:
			return
		case now := <-tick.C:
			m.FastForward(now.Sub(last))
			last = now
		}
	}
}
