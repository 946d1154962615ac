package upstream_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// light is the least that a modern server can do for a call.
func light(tb testing.TB) string {
	tb.Helper()
	s := &stub{modern: true}
	return serve(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Mcp-Method") != wire.MethodToolsCall {
			s.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		at := bytes.Index(body, []byte(`"id":`)) + len(`"id":`)
		id := body[at : at+bytes.IndexByte(body[at:], ',')]
		w.Header()["Content-Type"] = []string{"application/json"}
		_, _ = w.Write(append(append([]byte(`{"jsonrpc":"2.0","id":`), id...), `,"result":{"resultType":"complete","content":[{"type":"text","text":"`+`hello, this is an answer of some length`+`"}]}}`...))
	}))
}

var benchArguments = []byte(`{"query":"the quick brown fox","limit":10}`)

// BenchmarkForward compares a call with the standard library's reverse proxy in
// front of the same server. The server's own work is in both figures.
func BenchmarkForward(b *testing.B) {
	address := light(b)
	b.Run("exchange", func(b *testing.B) {
		r := newRig(b)
		s := r.server(address, func(c *upstream.Connection) { c.Source.Concurrent = 64 })
		by := r.caller()
		c := call(wire.Modern, func(c *tools.Call) { c.Arguments = benchArguments })
		forward(b, func(ctx context.Context) error {
			_, err := s.Exchange(ctx, by, tool("search"), c)
			return err
		})
	})
	b.Run("proxy", func(b *testing.B) {
		to, err := url.Parse(address)
		if err != nil {
			b.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(to)
		proxy.BufferPool = &pool{sync.Pool{New: func() any { return make([]byte, 32<<10) }}}
		proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
		body := []byte(`{"jsonrpc":"2.0","id":"abcdefghijkl-1","method":"tools/call","params":{"name":"search","arguments":` + string(benchArguments) +
			`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"gatehouse","title":"Gatehouse","version":"1.2.3"},"io.modelcontextprotocol/clientCapabilities":{}}}}`)
		forward(b, func(ctx context.Context) error {
			req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
			req.Header["Mcp-Method"] = []string{"tools/call"}
			req.Header["Content-Type"] = []string{"application/json"}
			w := httptest.NewRecorder()
			proxy.ServeHTTP(w, req)
			return nil
		})
	})
	b.Run("server", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
		forward(b, func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(`{"id":1,`)))
			if err != nil {
				return err
			}
			req.Header["Mcp-Method"] = []string{"tools/call"}
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			return resp.Body.Close()
		})
	})
}

// pool is the buffers of the reverse proxy.
type pool struct{ p sync.Pool }

func (p *pool) Get() []byte  { return p.p.Get().([]byte) }
func (p *pool) Put(b []byte) { p.p.Put(b) } //nolint:staticcheck // what the allocation costs is the proxy's

// forward measures one way to forward, and what it costs the processor.
func forward(b *testing.B, do func(ctx context.Context) error) {
	b.Helper()
	if err := do(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := cpu(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := do(b.Context()); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// cpu is what the process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
