package replicas_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/internal/tenants"
)

// reader is a client that counts what it is told, without a connection.
type reader struct {
	header  http.Header
	crowd   *crowd
	changes int
}

// crowd are many streams of one organization on one replica.
type crowd struct{ listening, told atomic.Int64 }

func (r *reader) Header() http.Header { return r.header }
func (*reader) WriteHeader(int)       {}
func (*reader) Flush()                {}
func (r *reader) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("subscriptions/acknowledged")) {
		r.crowd.listening.Add(1)
	}
	if bytes.Contains(b, []byte("tools/list_changed")) {
		r.changes++
		r.crowd.told.Add(1)
	}
	return len(b), nil
}

const listenBody = `{"jsonrpc":"2.0","id":"r1","method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},` +
	`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`

// join opens a stream until ctx ends.
func (c *crowd) join(ctx context.Context, r *replica, token string) {
	req := must(http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+"/t/contoso/mcp", strings.NewReader(listenBody)))
	req.RemoteAddr = "192.0.2.1:1"
	req.SetPathValue("org", "contoso")
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen",
	} {
		req.Header.Set(name, value)
	}
	r.host.Endpoint().ServeHTTP(&reader{header: http.Header{}, crowd: c}, req)
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// TestManyStreamsCostLittleAndCauseOneLoad is not parallel: it measures the memory
// of the process.
func TestManyStreamsCostLittleAndCauseOneLoad(t *testing.T) {
	const people, each = 50, 32
	w := newWorld(t)
	r := w.start()
	ctx, leave := context.WithCancel(t.Context())
	tokens := make([]string, people)
	for i := range tokens {
		tokens[i] = w.token(tenants.MustGUID(fmt.Sprintf("b0b00000-0000-4000-8000-%012d", i)), vscode)
	}
	c, open := &crowd{}, sync.WaitGroup{}
	before := inUse()
	for opened := range people * each {
		token := tokens[opened%people]
		open.Go(func() { c.join(ctx, r, token) })
		if opened-int(c.listening.Load()) > 50 {
			eventually(t, "most of them listen", func() bool { return opened-int(c.listening.Load()) <= 25 })
		}
	}
	eventually(t, "everybody listens", func() bool { return c.listening.Load() == people*each })
	cost := (inUse() - before) / (people * each)
	t.Logf("%d bytes for each of %d streams", cost, people*each)
	if cost > 40<<10 {
		t.Errorf("a stream costs %d bytes", cost)
	}
	loads := w.loads.Load()
	w.permit("want")
	eventually(t, "everybody is told", func() bool { return c.told.Load() == people*each })
	if n := w.loads.Load() - loads; n != 1 {
		t.Errorf("one change caused %d loads", n)
	}
	if n := w.fake.watching(); n != 1 {
		t.Errorf("the source is watched %d times", n)
	}
	leave()
	open.Wait()
	eventually(t, "nobody watches", func() bool { return w.fake.watching() == 0 })
}
