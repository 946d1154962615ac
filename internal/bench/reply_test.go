package main

import (
	"bufio"
	"strings"
	"testing"
)

func TestRepliesAreReadOneAfterTheOther(t *testing.T) {
	t.Parallel()
	const stream = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nDate: today\r\n\r\nfirst" +
		"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n" +
		"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nlast"
	r := reader{in: bufio.NewReader(strings.NewReader(stream))}
	for _, want := range []struct {
		status int
		body   string
	}{{200, "first"}, {503, ""}, {200, "last"}} {
		status, body, err := r.read()
		if err != nil || status != want.status || string(body) != want.body {
			t.Fatalf("read %d %q %v, want %d %q", status, body, err, want.status, want.body)
		}
	}
	if _, _, err := r.read(); err == nil {
		t.Error("the end of the connection is no error")
	}
}

func TestUnmeasurableRepliesAreRefusedByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, stream, want string }{
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", `transfer encoding "chunked"`},
		{"closing", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", "closes the connection"},
		{"without a length", "HTTP/1.1 200 OK\r\n\r\nx", "no Content-Length"},
		{"with a bad length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", `length "-1"`},
		{"too long", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx", "at most 4194304 bytes"},
		{"cut short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx", "10 bytes"},
		{"older", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "not an HTTP/1.1 reply"},
		{"not HTTP", "SSH-2.0-OpenSSH_9.2 and then some\r\n", "not an HTTP/1.1 reply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := reader{in: bufio.NewReader(strings.NewReader(c.stream))}
			_, _, err := r.read()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestOnlyResultsCount(t *testing.T) {
	t.Parallel()
	const good = `{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":false}}`
	if _, err := decode(200, []byte(good)); err != nil {
		t.Errorf("a good reply does not count: %v", err)
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
	}{
		{"another status", 202, good},
		{"a refusal", 401, ``},
		{"a protocol error", 200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"unknown tool"}}`},
		{"a tool's error", 200, `{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}`},
		{"an empty body", 200, ``},
		{"result and error", 200, `{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := accept(c.status, []byte(c.body)); err == nil {
				t.Error("it counts")
			}
		})
	}
	if _, err := decode(200, []byte(`{"id":1,"result":{`)); err == nil {
		t.Error("a reply that is not JSON passes the thorough check")
	}
	if _, err := decode(200, []byte(`{"id":1,"nested":{"result":{}}}`)); err == nil {
		t.Error("a nested result passes the thorough check")
	}
}
