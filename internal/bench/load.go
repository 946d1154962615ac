package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// connections is how many keep-alive connections every figure is taken with.
const connections = 64

// patience bounds one reply.
const patience = 10 * time.Second

// fleet is a set of open connections to one server, each with a client of its
// own.
type fleet struct {
	clients []*client
	ids     atomic.Int64
}

// client sends one request at a time on one connection.
type client struct {
	conn  net.Conn
	in    reader
	out   []byte
	times []time.Duration
}

// dial opens n connections to a server.
func dial(ctx context.Context, addr string, n int) (*fleet, error) {
	f := &fleet{}
	f.ids.Store(firstID)
	dialer := net.Dialer{Timeout: patience}
	for range n {
		conn, err := dialer.DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open connection: %w", err), f.close())
		}
		f.clients = append(f.clients, &client{conn: conn, in: reader{in: bufio.NewReaderSize(conn, 16<<10)}})
	}
	return f, nil
}

// close ends the connections.
func (f *fleet) close() error {
	var errs []error
	for _, c := range f.clients {
		errs = append(errs, c.conn.Close())
	}
	return errors.Join(errs...)
}

// phase is a time under one kind of load.
type phase struct {
	request request
	tokens  *tokens
	lasts   time.Duration
	rate    float64 // requests a second, all connections together; 0: each sends when its last reply has come
}

// outcome is what a phase came to.
type outcome struct {
	replies int
	took    time.Duration
	times   latencies
}

// rate returns replies a second.
func (o outcome) rate() float64 { return float64(o.replies) / o.took.Seconds() }

// drive runs a phase on every connection. It ends when the phase has lasted or
// the tokens are used up; a reply that does not count ends it with an error.
func (f *fleet) drive(ctx context.Context, p phase) (outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begin := time.Now()
	var all sync.WaitGroup
	for i, c := range f.clients {
		all.Go(func() {
			if err := c.loop(ctx, f, p, schedule{begin: begin, first: i, step: len(f.clients), rate: p.rate}); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	o := outcome{took: time.Since(begin)}
	if err := context.Cause(ctx); err != nil {
		return o, err
	}
	var parts [][]time.Duration
	for _, c := range f.clients {
		parts = append(parts, c.times)
	}
	o.times = merge(parts)
	o.replies = len(o.times)
	if o.replies == 0 {
		return o, errors.New("no request was made")
	}
	return o, nil
}

// loop sends requests until the phase ends.
func (c *client) loop(ctx context.Context, f *fleet, p phase, s schedule) error {
	c.times = c.times[:0]
	end := s.begin.Add(p.lasts)
	if err := c.conn.SetDeadline(end.Add(patience)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		from, wait := s.turn(n)
		if !from.Before(end) {
			return nil
		}
		if wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return nil
			}
		}
		token, ok := p.tokens.take()
		if !ok {
			return nil
		}
		status, body, err := c.exchange(p.request, token, f.ids.Add(1))
		if err == nil {
			err = accept(status, body)
		}
		if err != nil {
			return err
		}
		c.times = append(c.times, time.Since(from))
	}
	return nil
}

// exchange sends one request and reads its reply.
func (c *client) exchange(r request, token string, id int64) (status int, body []byte, err error) {
	c.out = r.write(c.out[:0], token, id)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, nil, fmt.Errorf("write request: %w", err)
	}
	return c.in.read()
}

// ask makes a single request, outside of any phase.
func (f *fleet) ask(r request, token string) (status int, body []byte, err error) {
	c := f.clients[0]
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, fmt.Errorf("set deadline: %w", err)
	}
	return c.exchange(r, token, f.ids.Add(1))
}

// schedule says when a client sends. At a fixed rate the turns of all clients
// are spread evenly, and a late turn still counts from when it was due: a slow
// server cannot thin out the load that shows it to be slow.
type schedule struct {
	begin       time.Time
	first, step int
	rate        float64
}

// turn returns from when the nth request counts, and how long to wait for it.
func (s schedule) turn(n int) (from time.Time, wait time.Duration) {
	now := time.Now()
	if s.rate == 0 {
		return now, 0
	}
	position := float64(s.first+n*s.step) / s.rate
	from = s.begin.Add(time.Duration(position * float64(time.Second)))
	return from, from.Sub(now)
}
