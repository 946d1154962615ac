package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// pollEvery is how often a server is asked whether it is ready.
const pollEvery = 5 * time.Millisecond

// ready waits until a server says that it is.
func ready(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	f, err := dial(ctx, addr, 1)
	if err != nil {
		return err
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		status, body, err := f.clients[0].get(addr, "/readyz")
		if err != nil || status == 200 {
			return errors.Join(err, f.close())
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("wait until ready: %w: HTTP %d: %.200s", ctx.Err(), status, body), f.close())
		case <-tick.C:
		}
	}
}

// get asks for a path, without a token.
func (c *client) get(addr, path string) (status int, body []byte, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(startLimit)); err != nil {
		return 0, nil, fmt.Errorf("set deadline: %w", err)
	}
	c.out = fmt.Appendf(c.out[:0], "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\n\r\n", path, addr)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, nil, fmt.Errorf("write request: %w", err)
	}
	return c.in.read()
}

// touch asks once for each path on all connections and expects one status.
func (f *fleet) touch(ctx context.Context, addr string, paths []string, want int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for _, c := range f.clients {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(paths) {
					return
				}
				status, body, err := c.get(addr, paths[i])
				if err == nil && status != want {
					err = fmt.Errorf("%s: HTTP %d, want %d: %.200s", paths[i], status, want, body)
				}
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
