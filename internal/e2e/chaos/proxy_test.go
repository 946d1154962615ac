package chaos_test

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// proxy carries one replica's connections to PostgreSQL until a test does
// something to them.
type proxy struct {
	listener net.Listener

	mu     sync.Mutex
	target string
	mode   mode
	pairs  map[*pair]bool
}

// mode is what becomes of connections.
type mode uint8

const (
	carry     mode = iota
	refuse         // ends every connection, now and when a new one is made
	blackHole      // accepts connections and bytes, and passes none on, ever
	deaf           // ends every connection that asks for notifications
)

// pair is one connection through the proxy.
type pair struct {
	client, server net.Conn
	swallow        bool // guarded by proxy.mu; what is set once stays
}

// startProxy returns a proxy before the server that a connection string names,
// and the string that leads through it.
func startProxy(t *testing.T) *proxy {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	p := &proxy{listener: l, pairs: map[*pair]bool{}}
	go p.accept()
	t.Cleanup(func() {
		_ = l.Close()
		p.set(refuse)
	})
	return p
}

// through returns a connection string whose connections pass the proxy.
func (p *proxy) through(t *testing.T, connection string) string {
	t.Helper()
	u, err := url.Parse(connection)
	must(t, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target, u.Host = u.Host, p.listener.Addr().String()
	return u.String()
}

// set changes what becomes of the connections, those that stand included: a
// connection that was swallowed never speaks again, whatever comes after.
func (p *proxy) set(m mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	for one := range p.pairs {
		switch m {
		case refuse:
			_ = one.client.Close()
			if one.server != nil {
				_ = one.server.Close()
			}
		case blackHole:
			one.swallow = true
		case carry, deaf:
		}
	}
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(&pair{client: c})
	}
}

// serve carries one connection until either side ends it.
func (p *proxy) serve(one *pair) {
	defer func() { _ = one.client.Close() }()
	if !p.admit(one) {
		return
	}
	defer p.forget(one)
	if one.server == nil { // swallowed from the first byte
		p.copyTo(nil, one.client, one)
		return
	}
	defer func() { _ = one.server.Close() }()
	var both sync.WaitGroup
	both.Go(func() { p.copyTo(one.server, one.client, one) })
	both.Go(func() { p.copyTo(one.client, one.server, one) })
	both.Wait()
}

// admit decides about a new connection and, if it is to be carried, dials.
func (p *proxy) admit(one *pair) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.mode {
	case refuse:
		return false
	case blackHole:
		one.swallow = true
	case carry, deaf:
		server, err := net.DialTimeout("tcp4", p.target, time.Second)
		if err != nil {
			return false
		}
		one.server = server
	}
	p.pairs[one] = true
	return true
}

func (p *proxy) forget(one *pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pairs, one)
}

// copyTo passes bytes on as long as the mode lets it. A side that ends takes the
// other with it, unless the connection is swallowed: a peer that has vanished
// says no farewell.
func (p *proxy) copyTo(to, from net.Conn, one *pair) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		swallow, cut := p.fate(one, buffer[:n])
		if cut || err != nil && !swallow {
			_ = one.client.Close()
			if one.server != nil {
				_ = one.server.Close()
			}
		}
		if cut || err != nil {
			return
		}
		if swallow {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) fate(one *pair, said []byte) (swallow, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return one.swallow, p.mode == deaf && bytes.Contains(said, []byte("LISTEN gatehouse"))
}
