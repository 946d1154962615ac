package upstream_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

// answers are what servers send instead of a good result, and what becomes of it.
var answers = map[string]struct {
	handle func(w http.ResponseWriter, r *http.Request, m message)
	kind   fault.Kind
	says   string
}{
	"nothing at all": {func(_ http.ResponseWriter, r *http.Request, _ message) { <-r.Context().Done() }, fault.Unavailable, "did not answer in time"},
	"a byte now and then": {func(w http.ResponseWriter, r *http.Request, _ message) {
		w.Header().Set("Content-Type", "application/json")
		drip(w, r, " ")
	}, fault.Unavailable, "did not answer in time"},
	"comments for ever": {func(w http.ResponseWriter, r *http.Request, _ message) {
		stream(w)(":\n")
		drip(w, r, ":\n\n")
	}, fault.Unavailable, "did not answer in time"},
	"a stream that brings nothing": {func(w http.ResponseWriter, r *http.Request, _ message) {
		send := stream(w)
		for r.Context().Err() == nil {
			send(strings.Repeat(event("", `{"jsonrpc":"2.0","method":"notifications/x"}`), 500))
		}
	}, fault.Upstream, "said too much"},
	"events without data": {func(w http.ResponseWriter, r *http.Request, _ message) {
		send := stream(w)
		for r.Context().Err() == nil {
			send(strings.Repeat("event: ping\ndata: \n\n", 500))
		}
	}, fault.Upstream, "before the result"},
	"a line of 100 MB": {func(w http.ResponseWriter, r *http.Request, _ message) {
		stream(w)("data: ")
		flood(w, r)
	}, fault.Upstream, "more than 65536 bytes"},
	"a document of 100 MB": {func(w http.ResponseWriter, r *http.Request, _ message) {
		w.Header().Set("Content-Type", "application/json")
		flood(w, r)
	}, fault.Upstream, "more than 65536 bytes"},
	"a length of 100 MB": {func(w http.ResponseWriter, _ *http.Request, _ message) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "104857600")
	}, fault.Upstream, "more than 65536 bytes"},
	"HTML": {func(w http.ResponseWriter, _ *http.Request, _ message) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>")
	}, fault.Upstream, "neither JSON nor an event stream"},
	"no type": {func(w http.ResponseWriter, _ *http.Request, m message) {
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, response(m.ID, "{}"))
	}, fault.Upstream, "neither JSON nor an event stream"},
	"accepted, and no more": {func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusAccepted) }, fault.Upstream, "neither JSON"},
	"another id":            {func(w http.ResponseWriter, _ *http.Request, _ message) { result(w, []byte("7"), "{}") }, fault.Upstream, "a request that was not made"},
	"no id":                 {func(w http.ResponseWriter, _ *http.Request, _ message) { result(w, []byte("null"), "{}") }, fault.Upstream, "id is null"},
	"another id in a stream": {func(w http.ResponseWriter, _ *http.Request, _ message) {
		stream(w)(event("", response([]byte(`"x"`), "{}")))
	}, fault.Upstream, "a request that was not made"},
	"a member twice": {func(w http.ResponseWriter, _ *http.Request, m message) {
		result(w, m.ID, `{"content":[],"content":[1]}`)
	}, fault.Upstream, "occurs twice"},
	"ids twice": {func(w http.ResponseWriter, _ *http.Request, m message) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"id":%s,"result":{}}`, m.ID, m.ID)
	}, fault.Upstream, "occurs twice"},
	"nesting": {func(w http.ResponseWriter, _ *http.Request, m message) {
		result(w, m.ID, `{"content":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`}`)
	}, fault.Upstream, "nested too deeply"},
	"a NUL":            {func(w http.ResponseWriter, _ *http.Request, m message) { result(w, m.ID, "{\"content\":\"\x00\"}") }, fault.Upstream, "control character"},
	"a lone surrogate": {func(w http.ResponseWriter, _ *http.Request, m message) { result(w, m.ID, `{"content":"\ud800"}`) }, fault.Upstream, "surrogate"},
	"bytes of no text": {func(w http.ResponseWriter, _ *http.Request, m message) { result(w, m.ID, "{\"content\":\"\xff\"}") }, fault.Upstream, "not UTF-8"},
	"a batch": {func(w http.ResponseWriter, _ *http.Request, m message) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "["+response(m.ID, "{}")+"]")
	}, fault.Upstream, "a batch"},
	"a result of no use":       {func(w http.ResponseWriter, _ *http.Request, m message) { result(w, m.ID, "7") }, fault.Upstream, "not a JSON object"},
	"an error of no use":       {func(w http.ResponseWriter, _ *http.Request, m message) { fail(w, m.ID, 200, `{"code":"x"}`) }, fault.Upstream, "error that cannot be used"},
	"half a stream":            {func(w http.ResponseWriter, _ *http.Request, _ message) { stream(w)("data: {") }, fault.Upstream, "before the result"},
	"an empty stream":          {func(w http.ResponseWriter, _ *http.Request, _ message) { stream(w)("") }, fault.Upstream, "before the result"},
	"a connection that breaks": {func(http.ResponseWriter, *http.Request, message) { panic(http.ErrAbortHandler) }, fault.Upstream, "cannot be reached"},
	"a request of its own": {func(w http.ResponseWriter, _ *http.Request, _ message) {
		stream(w)(event("", `{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}`))
	}, fault.Upstream, "a request of its own"},
	"a question without one": {func(w http.ResponseWriter, _ *http.Request, m message) {
		result(w, m.ID, `{"resultType":"input_required"}`)
	}, fault.Upstream, "does not say which"},
	"a type that is no word": {func(w http.ResponseWriter, _ *http.Request, m message) { result(w, m.ID, `{"resultType":7}`) }, fault.Upstream, "resultType"},
	"a version it does not speak": {func(w http.ResponseWriter, _ *http.Request, m message) {
		fail(w, m.ID, 400, `{"code":-32022,"message":"no"}`)
	}, fault.Upstream, "protocol versions"},
	"headers it does not see": {func(w http.ResponseWriter, _ *http.Request, m message) {
		fail(w, m.ID, 400, `{"code":-32020,"message":"no"}`)
	}, fault.Upstream, "does not see the headers"},
	"compression nobody asked for": {func(w http.ResponseWriter, r *http.Request, _ message) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		bomb := gzip.NewWriter(w)
		_, _ = bomb.Write(make([]byte, 8<<20))
		_ = bomb.Close()
		_ = r
	}, fault.Upstream, ""},
	"a redirect inside": {func(w http.ResponseWriter, r *http.Request, _ message) {
		http.Redirect(w, r, "https://169.254.169.254/latest", http.StatusTemporaryRedirect)
	}, fault.Upstream, "cannot be reached"},
	"a redirect in a circle": {func(w http.ResponseWriter, r *http.Request, _ message) {
		http.Redirect(w, r, "/again", http.StatusPermanentRedirect)
	}, fault.Upstream, "cannot be reached"},
	"a redirect to a GET": {func(w http.ResponseWriter, r *http.Request, _ message) {
		http.Redirect(w, r, "/there", http.StatusFound)
	}, fault.Upstream, "cannot be reached"},
	"not now":     {func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusServiceUnavailable) }, fault.Unavailable, "out of order"},
	"too often":   {func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusTooManyRequests) }, fault.Unavailable, "no more requests"},
	"broken":      {func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusInternalServerError) }, fault.Upstream, "failed (HTTP 500)"},
	"not for us":  {func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusForbidden) }, fault.Upstream, "HTTP 403"},
	"not without": {func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusUnauthorized) }, fault.Unauthenticated, "credential"},
	"never heard": {func(w http.ResponseWriter, _ *http.Request, _ message) { w.WriteHeader(http.StatusNotFound) }, fault.Upstream, "HTTP 404"},
	"a large text": {func(w http.ResponseWriter, _ *http.Request, _ message) {
		http.Error(w, strings.Repeat("x", 1<<20), 400)
	}, fault.Upstream, "HTTP 400"},
}

// hasRemedy reports whether a fault says what to do about it.
func hasRemedy(err error) bool {
	_, remedy, _ := strings.Cut(fault.Public(err), "; ")
	return remedy != ""
}

// drip sends a little of something, again and again.
func drip(w http.ResponseWriter, r *http.Request, s string) {
	for {
		_, _ = io.WriteString(w, s)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// flood sends 100 MB without an end.
func flood(w http.ResponseWriter, r *http.Request) {
	block := []byte(strings.Repeat("x", 1<<16))
	for range 1600 {
		if _, err := w.Write(block); err != nil || r.Context().Err() != nil {
			return
		}
	}
}

func TestHostileServersEndInAClearFault(t *testing.T) {
	t.Parallel()
	for name, row := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patience := time.Minute
			if row.says == "did not answer in time" {
				patience = time.Second
			}
			r := newRigWith(t, func(o *upstream.Options) { o.MaxResult = 64 << 10 })
			s := r.server(newStub(t, &stub{modern: true, handle: row.handle}), func(c *upstream.Connection) { c.Source.Timeout = patience })
			began := time.Now()
			got, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern))
			if fault.KindOf(err) != row.kind || !strings.Contains(fault.Public(err), row.says) || !strings.Contains(fault.Public(err), "source notes") || !hasRemedy(err) {
				t.Errorf("result %s, error %v: want %s with %q", got.Members, err, row.kind, row.says)
			}
			if _, own := errors.AsType[*wire.Error](err); own {
				t.Error("an error of the server's own, which it is not")
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestHostileServersCostLittleMemory(t *testing.T) { // alone: it measures the process
	for _, name := range []string{"a line of 100 MB", "a document of 100 MB", "a length of 100 MB", "a stream that brings nothing", "nesting", "compression nobody asked for"} {
		r := newRigWith(t, func(o *upstream.Options) { o.MaxResult = 64 << 10 })
		s := r.server(newStub(t, &stub{modern: true, handle: answers[name].handle}), func(c *upstream.Connection) { c.Source.Timeout = time.Minute })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern)); err == nil {
			t.Errorf("%s: no error", name)
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
			t.Errorf("%s: it took %d bytes of memory", name, grown)
		}
	}
}

func TestLegacyServerThatAsksWithoutEndIsLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.server(newStub(t, &stub{legacy: true, handle: func(w http.ResponseWriter, r *http.Request, _ message) {
		send := stream(w)
		for i := 0; r.Context().Err() == nil && i < 200; i++ {
			send(event("", fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"ping"}`, i)))
		}
	}}))
	_, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Legacy))
	if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "asks more than can be answered") {
		t.Errorf("error %v", err)
	}
}

func TestClientThatIsGoneEndsTheCall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	gone := errors.New("gone")
	s := r.server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, r *http.Request, _ message) {
		stream(w)(event("", `{"jsonrpc":"2.0","method":"notifications/vendor","params":{"x":1}}`))
		<-r.Context().Done()
	}}))
	_, err := s.Exchange(t.Context(), r.caller(), tool("any"), call(wire.Modern, func(c *tools.Call) { c.Peer = &peer{gone: gone} }))
	if !errors.Is(err, gone) || s.Health().State == upstream.Failing {
		t.Errorf("error %v, health %+v", err, s.Health())
	}
}

func TestStreamThatStaysOpenBehindItsAnswerKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	closed := make(chan string, 100)
	open := func(w http.ResponseWriter, r *http.Request, m message, object string) {
		stream(w)(event("", response(m.ID, object)))
		<-r.Context().Done()
		closed <- m.Method
	}
	for name, s := range map[string]*stub{
		"modern": {modern: true, handle: func(w http.ResponseWriter, r *http.Request, m message) { open(w, r, m, everyList) }},
		"legacy": {legacy: true, handle: func(w http.ResponseWriter, r *http.Request, m message) { open(w, r, m, everyList) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			handle := s.handle
			server := r.server(serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				body, _ := io.ReadAll(req.Body)
				var m message
				_ = json.Unmarshal(body, &m)
				switch m.Method {
				case "initialize":
					w.Header().Set("Mcp-Session-Id", "s")
					open(w, req, m, `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}`)
				case "tools/list":
					open(w, req, m, `{"tools":[]}`)
				case "tools/call":
					handle(w, req, m)
				default:
					req.Body = io.NopCloser(bytes.NewReader(body))
					s.ServeHTTP(w, req)
				}
			})), func(c *upstream.Connection) { c.Source.Timeout = time.Minute })
			began := time.Now()
			exchange(t, server, r.caller(), call(wire.Legacy))
			if _, err := server.Discover(t.Context()); err != nil {
				t.Error(err)
			}
			for method := ""; method != wire.MethodToolsCall; {
				method = <-closed
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
