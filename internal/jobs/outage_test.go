package jobs_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/fault"
)

// TestEmptiedRedisLosesNothing empties Redis while refreshes are under way, waiting
// and put back: the next sweeps find all that was left.
func TestEmptiedRedisLosesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.takes = 50 * time.Millisecond
	for range 3 {
		r.add(40)
	}
	r.run(t, r.worker(t, r.options()))
	eventually(t, "some are refreshed", func() bool { return r.left() < 110 })
	must(t, r.redis.FlushAll(t.Context()).Err())
	left := r.left()
	if left < 60 {
		t.Fatalf("only %d were left when Redis was emptied", left)
	}
	// 4 places take 40 people half a second.
	within(t, 2*every+2*time.Second, "everybody is refreshed", func() bool { return r.left() == 0 })
	r.wantOnce(t, 120)
}

// TestWorkerWaitsForRedis: it starts without, works once it is there, and again
// when it comes back.
func TestWorkerWaitsForRedis(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.takes = time.Millisecond
	p := newProxy(t, r.url)
	r.url = p.url
	r.add(10)
	o := r.options()
	o.Redis = r.connect(t)
	w := r.worker(t, o)
	r.run(t, w)
	if err := w.Ready(t.Context()); fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.Public(err), "GATEHOUSE_REDIS_URL") {
		t.Errorf("ready without Redis: %v", err)
	}
	eventually(t, "the worker says that it has no queue", func() bool { return strings.Contains(r.log.text(), "the queue cannot be reached") })
	for range 2 {
		p.open()
		eventually(t, "everybody is refreshed", func() bool { return r.left() == 0 })
		must(t, w.Ready(t.Context()))
		p.close()
		r.add(10)
		eventually(t, "Redis is gone", func() bool { return w.Ready(t.Context()) != nil })
	}
	if n := r.left(); n != 10 {
		t.Errorf("%d are due while Redis is gone", n)
	}
	p.open()
	eventually(t, "everybody is refreshed", func() bool { return r.left() == 0 })
	r.wantOnce(t, 30)
}

// proxy stands in front of a Redis that comes and goes.
type proxy struct {
	url      string
	upstream string
	mu       sync.Mutex
	isOpen   bool
	conns    map[net.Conn]bool
}

// newProxy returns one that is closed.
func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	u, err := url.Parse(to)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{upstream: u.Host, conns: map[net.Conn]bool{}}
	u.Host = l.Addr().String()
	p.url = u.String()
	t.Cleanup(func() { _ = l.Close(); p.close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *proxy) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	far, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	p.mu.Lock()
	if !p.isOpen {
		p.mu.Unlock()
		return
	}
	p.conns[c] = true
	p.mu.Unlock()
	go func() { _, _ = io.Copy(far, c); _ = far.Close() }()
	_, _ = io.Copy(c, far)
}

func (p *proxy) open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isOpen = true
}

// close cuts what is connected and refuses what comes.
func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isOpen = false
	for c := range p.conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}
