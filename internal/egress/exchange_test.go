package egress_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

const limit = 1 << 10

func options(loopback egress.Loopback) egress.Options {
	return egress.Options{
		Loopback: loopback, Timeout: 10 * time.Second, MaxResponseBytes: limit,
		Tracer: noop.NewTracerProvider().Tracer(""),
	}
}

func newClient(t *testing.T, loopback egress.Loopback) *egress.Client {
	t.Helper()
	return newClientWith(t, options(loopback))
}

func newClientWith(t *testing.T, o egress.Options) *egress.Client {
	t.Helper()
	client, err := egress.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// newServer answers on loopback; a nil handler answers every request with 404.
func newServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	if handler == nil {
		handler = http.NotFound
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestExchangeReturnsStatusHeaderAndBody(t *testing.T) {
	t.Parallel()
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write(append([]byte(r.Header.Get("Client-Request-Id")+" "), body...))
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Client-Request-Id", "42")
	resp, err := newClient(t, egress.AllowLoopback).Do(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "7" || string(resp.Body) != "42 hello" {
		t.Errorf("response = %d %v %q", resp.Status, resp.Header, resp.Body)
	}
}

func TestOnlyTrustedAuthoritiesAreBelieved(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	if _, err := newClient(t, egress.AllowLoopback).Do(t.Context(), get(t, server.URL)); fault.KindOf(err) != fault.Upstream {
		t.Errorf("without trust: %v", err)
	}
	o := options(egress.AllowLoopback)
	o.Trust = []*x509.Certificate{server.Certificate()}
	resp, err := newClientWith(t, o).Do(t.Context(), get(t, server.URL))
	if err != nil || resp.Status != http.StatusNotFound {
		t.Errorf("with trust: %v %v", resp, err)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	followed := newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, followed.URL+"/path?code=secret", status)
		})
		_, err := newClient(t, egress.AllowLoopback).Do(t.Context(), get(t, server.URL))
		if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "redirect") {
			t.Errorf("status %d: error = %v, want Upstream that names the redirect", status, err)
		}
		if !strings.Contains(err.Error(), followed.URL) || strings.Contains(err.Error(), "secret") {
			t.Errorf("status %d: cause %q, want the host and nothing after it", status, err)
		}
	}
}

func TestReplyMayBeAsLongAsTheLimitAndNotLonger(t *testing.T) {
	t.Parallel()
	for name, stream := range map[string]func(w http.ResponseWriter){
		"announced": func(http.ResponseWriter) {},
		"chunked":   func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				body := strings.Repeat("x", limit)
				if r.URL.Path == "/longer" {
					body += "x"
				}
				stream(w)
				_, _ = io.WriteString(w, body)
			})
			client := newClient(t, egress.AllowLoopback)
			if resp, err := client.Do(t.Context(), get(t, server.URL)); err != nil || len(resp.Body) != limit {
				t.Errorf("the longest reply: error = %v", err)
			}
			_, err := client.Do(t.Context(), get(t, server.URL+"/longer"))
			if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "1024 bytes") {
				t.Errorf("error = %v, want Upstream that names the limit", err)
			}
		})
	}
}

func TestSlowReplyIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(w http.ResponseWriter){
		"before its header": func(http.ResponseWriter) {},
		"within its body":   func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				begin(w)
				<-r.Context().Done()
			})
			o := options(egress.AllowLoopback)
			o.Timeout = 50 * time.Millisecond
			_, err := newClientWith(t, o).Do(t.Context(), get(t, server.URL))
			if fault.KindOf(err) != fault.Unavailable || !strings.Contains(fault.Public(err), "in time") {
				t.Errorf("error = %v, want Unavailable", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err = newClient(t, egress.AllowLoopback).Do(ctx, get(t, server.URL))
			if fault.KindOf(err) != fault.Unavailable {
				t.Errorf("deadline of the caller: error = %v, want Unavailable", err)
			}
		})
	}
}

func TestCancelledCallerIsNobodysFault(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	server := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := newClient(t, egress.AllowLoopback).Do(ctx, get(t, server.URL))
	if _, isFault := errors.AsType[*fault.Error](err); isFault || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's own", err)
	}
}

func TestErrorsDoNotRepeatTheURL(t *testing.T) {
	t.Parallel()
	server := newServer(t, nil)
	url := server.URL
	server.Close()
	_, err := newClient(t, egress.AllowLoopback).Do(t.Context(), get(t, url+"/users/alice?code=secret"))
	if err == nil || strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), "secret") {
		t.Errorf("error = %v", err)
	}
}

func TestNoProxyNoCompressionNoCookies(t *testing.T) {
	t.Parallel()
	if egress.UsesProxy(options(egress.RefuseLoopback)) {
		t.Error("a proxy from the environment would lead around the guard")
	}
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("header = %v", r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
	})
	client := newClient(t, egress.AllowLoopback)
	for range 2 {
		if _, err := client.Do(t.Context(), get(t, server.URL)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryMissingOptionIsNamed(t *testing.T) {
	t.Parallel()
	_, err := egress.New(egress.Options{})
	for _, field := range []string{"Timeout", "MaxResponseBytes", "Tracer"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error = %v, want one that names %s", err, field)
		}
	}
}

func TestExchangeIsASpanOfItsCallAndSendsNoTraceHeaders(t *testing.T) {
	t.Parallel()
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		for _, header := range []string{"Traceparent", "Tracestate", "Baggage"} {
			if r.Header.Get(header) != "" {
				t.Errorf("%s was sent to a stranger", header)
			}
		}
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
		}
	})
	spans := tracetest.NewSpanRecorder()
	o := options(egress.AllowLoopback)
	o.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("")
	client := newClientWith(t, o)
	ctx, around := o.Tracer.Start(t.Context(), "call")
	for _, path := range []string{"/found?code=secret", "/missing"} {
		if _, err := client.Do(ctx, get(t, server.URL+path)); err != nil {
			t.Fatal(err)
		}
	}
	server.Close()
	_, _ = client.Do(ctx, get(t, server.URL))

	ended := spans.Ended()
	if len(ended) != 3 {
		t.Fatalf("%d spans, want 3", len(ended))
	}
	for _, span := range ended {
		if span.Name() != "GET" || span.SpanKind() != trace.SpanKindClient || span.Parent().SpanID() != around.SpanContext().SpanID() {
			t.Errorf("span %s of kind %s below %s", span.Name(), span.SpanKind(), span.Parent().SpanID())
		}
		for _, a := range span.Attributes() {
			if strings.Contains(a.Value.AsString(), "secret") {
				t.Errorf("attribute %s shows the query", a.Key)
			}
		}
	}
	wantAttributes(t, ended[0], codes.Unset, attribute.Int("http.response.status_code", 200),
		attribute.String("http.request.method", "GET"), attribute.String("server.address", "127.0.0.1"))
	wantAttributes(t, ended[1], codes.Error, attribute.Int("http.response.status_code", 404), attribute.String("error.type", "404"))
	wantAttributes(t, ended[2], codes.Error, attribute.String("error.type", "upstream"))
}

func wantAttributes(t *testing.T, span sdktrace.ReadOnlySpan, status codes.Code, want ...attribute.KeyValue) {
	t.Helper()
	set := attribute.NewSet(span.Attributes()...)
	for _, w := range want {
		if got, _ := set.Value(w.Key); got != w.Value {
			t.Errorf("%s = %v, want %v", w.Key, got.String(), w.Value.String())
		}
	}
	if span.Status().Code != status {
		t.Errorf("status = %v, want %v", span.Status().Code, status)
	}
}

func TestIdentityEndpointIsAskedByPlainHTTP(t *testing.T) {
	t.Parallel()
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "token") })
	client := newClient(t, egress.OnlyMachine)
	resp, err := client.Do(t.Context(), get(t, server.URL))
	if err != nil || string(resp.Body) != "token" {
		t.Errorf("response = %v, error = %v", resp, err)
	}
	for _, elsewhere := range []string{"http://93.184.215.14/", "http://10.0.0.1/"} {
		if _, err := client.Do(t.Context(), get(t, elsewhere)); !errors.Is(err, egress.ErrDestination) {
			t.Errorf("%s: error = %v, want ErrDestination", elsewhere, err)
		}
	}
}
