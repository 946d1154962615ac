package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// upstreamLimit bounds the start of a server, ten times what is usual on a small
// machine.
const upstreamLimit = 30 * time.Second

// everything is the Go SDK's conformance server, built from the module that
// go.mod names.
const everything = "github.com/modelcontextprotocol/go-sdk/conformance/everything-server"

// upstream starts the conformance server in both of its modes and returns the
// URL of one server that has both eras.
func upstream(t *testing.T) string {
	t.Helper()
	mux := dual(launch(t, "-stateless=true"), launch(t, "-stateless=false"))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return local(server.URL)
}

// local is a URL of this machine under the name that the suite insists on.
func local(raw string) string {
	u, _ := url.Parse(raw)
	return "http://" + net.JoinHostPort("localhost", u.Port())
}

// launch starts the conformance server in one mode and returns its URL once it
// answers. It ends with the test.
func launch(t *testing.T, mode string) *url.URL {
	t.Helper()
	address := freeAddress(t)
	cmd := exec.Command(filepath.Join(shared.dir, "everything-server"), "-http="+address, mode)
	cmd.SysProcAttr = dyingWithUs()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	must(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("everything-server %s said:\n%s", mode, said.String())
		}
	})
	deadline, tick := time.After(upstreamLimit), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return &url.URL{Scheme: "http", Host: address}
		}
		select {
		case <-ended:
			t.Fatalf("everything-server %s ended at its start", mode)
		case <-deadline:
			t.Fatalf("everything-server %s does not answer within %s", mode, upstreamLimit)
		case <-tick.C:
		}
	}
}

// freeAddress is a loopback port that nobody uses: the conformance server does
// not say which port it has taken.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

// dual sends what the stateless revision says to one server and all else to the
// other.
func dual(modern, legacy *url.URL) http.Handler {
	toModern, toLegacy := forward(modern), forward(legacy)
	return whole(func(w http.ResponseWriter, r *http.Request, body []byte) {
		if isModern(r.Header, body) {
			toModern.ServeHTTP(w, r)
			return
		}
		toLegacy.ServeHTTP(w, r)
	})
}

// whole reads a request's body to its end before it is passed on: a server closes
// the body of a request that it has begun to answer, and a proxy that still
// reads it then loses its connection, and with it the answer.
func whole(next func(http.ResponseWriter, *http.Request, []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next(w, r, body)
	})
}

// firstModern is the first revision without a handshake. Revisions are dates.
const firstModern = "2026-07-28"

// isModern reports whether a request speaks a revision without a handshake.
func isModern(h http.Header, body []byte) bool {
	if h.Get("MCP-Protocol-Version") >= firstModern {
		return true
	}
	var m struct {
		Params struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &m) != nil {
		return false
	}
	_, ok := m.Params.Meta["io.modelcontextprotocol/protocolVersion"]
	return ok
}

// forward passes requests on as they came, Host and Origin included, and what is
// answered as it comes.
func forward(to *url.URL, also ...func(*http.Request)) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = to.Scheme, to.Host
			if to.Path != "" {
				p.Out.URL.Path, p.Out.URL.RawPath = to.Path, ""
			}
			for _, change := range also {
				change(p.Out)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				_, _ = fmt.Fprintf(os.Stderr, "proxy: %s %s: %v\n", r.Method, r.URL, err)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	}
}
