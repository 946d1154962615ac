package egress_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

var patient = egress.OpenOptions{Begin: 10 * time.Second, Idle: 10 * time.Second, MaxBytes: 1 << 20}

const brief = 50 * time.Millisecond

func post(t *testing.T, url, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// open opens a stream that has to be there.
func open(t *testing.T, client *egress.Client, req *http.Request, o egress.OpenOptions) *egress.Stream {
	t.Helper()
	stream, err := client.Open(t.Context(), req, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Body.Close() })
	return stream
}

// refused returns the error of a stream that must not be there.
func refused(t *testing.T, client *egress.Client, req *http.Request, o egress.OpenOptions) error {
	t.Helper()
	stream, err := client.Open(t.Context(), req, o)
	if stream != nil {
		_ = stream.Body.Close()
		t.Fatalf("status %d, want an error", stream.Status)
	}
	return err
}

// all reads a body to its end.
func all(t *testing.T, stream *egress.Stream) string {
	t.Helper()
	body, err := io.ReadAll(stream.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

func TestStreamIsReadWhileItIsSent(t *testing.T) {
	t.Parallel()
	onward := make(chan struct{})
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Error("compression was asked for")
		}
		w.Header().Set("X-Kind", "stream")
		w.WriteHeader(http.StatusAccepted)
		flush(w)
		<-onward
		_, _ = io.WriteString(w, "one")
		flush(w)
		<-onward
		_, _ = io.WriteString(w, "two")
	})
	stream := open(t, newClient(t, egress.AllowLoopback), post(t, server.URL, "x"), patient)
	if stream.Status != http.StatusAccepted || stream.Header.Get("X-Kind") != "stream" {
		t.Errorf("%d %v", stream.Status, stream.Header)
	}
	onward <- struct{}{}
	first := make([]byte, 3)
	if _, err := io.ReadFull(stream.Body, first); err != nil || string(first) != "one" {
		t.Errorf("%s, %v", first, err)
	}
	onward <- struct{}{}
	if rest := all(t, stream); rest != "two" {
		t.Errorf("the rest is %q", rest)
	}
}

func TestStreamThatDoesNotBeginIsUnavailable(t *testing.T) {
	t.Parallel()
	server := newServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	hasty := patient
	hasty.Begin = brief
	err := refused(t, newClient(t, egress.AllowLoopback), get(t, server.URL), hasty)
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.Public(err), "in time") {
		t.Errorf("error = %v", err)
	}
}

// A header that never ends does not begin a reply.
func TestHeaderThatTricklesIsUnavailable(t *testing.T) {
	t.Parallel()
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for tick := time.NewTicker(time.Millisecond); err == nil; <-tick.C {
			_, err = io.WriteString(conn, "X: y\r\n")
		}
	})
	hasty := patient
	hasty.Begin = brief
	if err := refused(t, newClient(t, egress.AllowLoopback), get(t, server.URL), hasty); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error = %v", err)
	}
}

func TestStreamThatFallsSilentIsUnavailable(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "one")
		flush(w)
		<-r.Context().Done()
		close(gone)
	})
	nervous := patient
	nervous.Idle = brief
	stream := open(t, newClient(t, egress.AllowLoopback), get(t, server.URL), nervous)
	body, err := io.ReadAll(stream.Body)
	if string(body) != "one" || fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.Public(err), "in time") {
		t.Errorf("%q, %v", body, err)
	}
	if _, again := stream.Body.Read(make([]byte, 1)); !errors.Is(again, err) {
		t.Errorf("the error does not stick: %v", again)
	}
	<-gone
}

func TestWhoReadsSlowlyIsNotTheOtherSidesFault(t *testing.T) {
	t.Parallel()
	onward := make(chan struct{})
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "one")
		flush(w)
		select {
		case <-onward:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "two")
	})
	nervous := patient
	nervous.Idle = 10 * brief
	stream := open(t, newClient(t, egress.AllowLoopback), get(t, server.URL), nervous)
	if _, err := io.ReadFull(stream.Body, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	pause, cancel := context.WithTimeout(t.Context(), 12*brief)
	defer cancel()
	<-pause.Done()
	close(onward)
	if rest := all(t, stream); rest != "two" {
		t.Errorf("the rest is %q", rest)
	}
}

// Who sends a byte now and then is never silent: the caller's time ends it.
func TestTricklingBodyEndsWithTheCallersTime(t *testing.T) {
	t.Parallel()
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		var err error
		for tick := time.NewTicker(time.Millisecond); err == nil; <-tick.C {
			_, err = io.WriteString(w, "x")
			flush(w)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*brief)
	defer cancel()
	stream, err := newClient(t, egress.AllowLoopback).Open(ctx, get(t, server.URL), patient)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Body.Close() }()
	if _, err := io.Copy(io.Discard, stream.Body); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("error = %v, want Unavailable", err)
	}
}

func TestBodyMayBeAsLongAsTheLimitAndNotLonger(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/limit" {
			_, _ = io.WriteString(w, strings.Repeat("x", limit))
			return
		}
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, strings.Repeat("x", limit-1))
		}
		close(gone)
	})
	client, small := newClient(t, egress.AllowLoopback), patient
	small.MaxBytes = limit
	if body := all(t, open(t, client, get(t, server.URL+"/limit"), small)); len(body) != limit {
		t.Errorf("%d bytes of the longest", len(body))
	}
	stream := open(t, client, get(t, server.URL+"/endless"), small)
	body, err := io.ReadAll(stream.Body)
	if len(body) != limit || fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "more than 1024 bytes") {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	<-gone
}

func TestStreamEndsWithItsCallerAndIsNobodysFault(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		flush(w)
		<-r.Context().Done()
		gone <- struct{}{}
	})
	client := newClient(t, egress.AllowLoopback)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := client.Open(ctx, get(t, server.URL), patient)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = stream.Body.Read(make([]byte, 1))
	if _, isFault := errors.AsType[*fault.Error](err); isFault || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's own", err)
	}
	<-gone
	_ = stream.Body.Close()

	_ = open(t, client, get(t, server.URL), patient).Body.Close()
	<-gone

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Open(canceled, get(t, server.URL), patient)
	if _, isFault := errors.AsType[*fault.Error](err); isFault || !errors.Is(err, context.Canceled) {
		t.Errorf("before it begins: %v", err)
	}
}

func TestStreamOfUnreachableServerDoesNotRepeatTheURL(t *testing.T) {
	t.Parallel()
	server := newServer(t, nil)
	server.Close()
	err := refused(t, newClient(t, egress.AllowLoopback), get(t, server.URL+"/users/alice?code=secret"), patient)
	if fault.KindOf(err) != fault.Upstream || strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), "secret") {
		t.Errorf("error = %v", err)
	}
}

func TestEveryMissingBoundIsNamed(t *testing.T) {
	t.Parallel()
	err := refused(t, newClient(t, egress.AllowLoopback), get(t, "http://localhost/"), egress.OpenOptions{})
	for _, field := range []string{"Begin", "Idle", "MaxBytes"} {
		if fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), field) {
			t.Errorf("error = %v, want one that names %s", err, field)
		}
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	const together = 40
	var connections atomic.Int32
	var meet sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/together" {
			meet.Done()
			meet.Wait()
		}
		_, _ = io.WriteString(w, "done")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, egress.AllowLoopback)
	for range 100 {
		stream := open(t, client, post(t, server.URL, "x"), patient)
		_ = all(t, stream)
		_ = stream.Body.Close()
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("one after the other: %d connections", n)
	}
	for range 3 {
		meet.Add(together)
		var done sync.WaitGroup
		for range together {
			done.Go(func() {
				stream := open(t, client, post(t, server.URL+"/together", "x"), patient)
				_ = all(t, stream)
				_ = stream.Body.Close()
			})
		}
		done.Wait()
	}
	if n := connections.Load(); n > together {
		t.Errorf("%d at a time: %d connections", together, n)
	}
}

func TestOpeningAStreamIsASpanOfItsCall(t *testing.T) {
	t.Parallel()
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" {
			t.Error("a trace header was sent to a stranger")
		}
		w.WriteHeader(http.StatusTeapot)
	})
	spans := tracetest.NewSpanRecorder()
	o := options(egress.AllowLoopback)
	o.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("")
	client := newClientWith(t, o)
	ctx, around := o.Tracer.Start(t.Context(), "call")
	stream, err := client.Open(ctx, get(t, server.URL+"/?code=secret"), patient)
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Body.Close()
	ended := spans.Ended()
	if len(ended) != 1 || ended[0].Name() != "GET" || ended[0].Parent().SpanID() != around.SpanContext().SpanID() {
		t.Fatalf("spans: %v", ended)
	}
	wantAttributes(t, ended[0], codes.Error, attribute.Int("http.response.status_code", 418), attribute.String("server.address", "127.0.0.1"))
}
