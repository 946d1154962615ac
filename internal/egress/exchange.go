package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// Response is a complete reply. The body is never longer than the client's
// limit.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request and reads the whole reply. Every status but a redirect is
// a Response: what it means is the caller's business.
//
// It fails with Upstream if the other side cannot be reached, may not be dialled
// (ErrDestination is in the chain), redirects, or answers more than the limit;
// with Unavailable if it does not answer in time. When ctx was cancelled the
// error is ctx's own and no fault. Public texts never tell an address that may
// not be dialled from one where nobody listens.
func (c *Client) Do(ctx context.Context, req *http.Request) (*Response, error) {
	ctx, span := telemetry.StartStep(ctx, c.tracer, req.Method, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	resp, err := c.exchange(ctx, req)
	if span.IsRecording() {
		status := 0
		if resp != nil {
			status = resp.Status
		}
		describe(span, req, status, err)
	}
	return resp, err
}

func (c *Client) exchange(ctx context.Context, req *http.Request) (*Response, error) {
	if err := c.checkURL(req.URL); err != nil {
		return nil, fault.Wrap(fault.Upstream, unreachable(req.URL), err)
	}
	resp, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		return nil, failure(ctx, req.URL, fmt.Errorf("send request: %w", withoutURL(err)))
	}
	defer func() { _ = resp.Body.Close() }()
	if err := redirected(resp); err != nil {
		return nil, err
	}
	body, err := c.read(resp)
	if err != nil {
		return nil, failure(ctx, req.URL, err)
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// redirected refuses a reply that sends us elsewhere: following it would carry
// a credential to a place nobody chose.
func redirected(resp *http.Response) error {
	if resp.StatusCode < 300 || resp.StatusCode > 399 || resp.StatusCode == http.StatusNotModified {
		return nil
	}
	return fault.Wrap(fault.Upstream, resp.Request.URL.Host+" answered with a redirect, which is not followed",
		fmt.Errorf("status %d: %w", resp.StatusCode, leadsTo(resp)))
}

// ErrTooLong is in the chain of a reply that is longer than the limit.
var ErrTooLong = errors.New("reply is too long")

// read returns the body, or a fault when it is longer than the limit.
func (c *Client) read(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.limit+1))
	if err != nil {
		return nil, fmt.Errorf("read response: %w", err)
	}
	if int64(len(body)) > c.limit {
		return nil, fault.Wrap(fault.Upstream, fmt.Sprintf("%s answered with more than %d bytes", resp.Request.URL.Host, c.limit), ErrTooLong)
	}
	return body, nil
}

// failure gives an error of an exchange its kind, unless it has one.
func failure(ctx context.Context, to *url.URL, err error) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errSilent) {
		return fault.Wrap(fault.Unavailable, to.Host+" did not answer in time", errSilent)
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("exchange with %s: %w", to.Host, cause)
	}
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	if timedOut(err) {
		return fault.Wrap(fault.Unavailable, to.Host+" did not answer in time", err)
	}
	return fault.Wrap(fault.Upstream, unreachable(to), err)
}

// withoutURL drops what net/http puts in front of every error: the whole URL,
// whose path and query do not belong in a log.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

func unreachable(to *url.URL) string { return to.Host + " could not be reached" }

// describe sets the attributes of the HTTP conventions, except url.full: paths
// and queries of directories name people, and queries may hold secrets.
func describe(span trace.Span, req *http.Request, status int, err error) {
	span.SetAttributes(semconv.HTTPRequestMethodKey.String(req.Method), semconv.ServerAddress(req.URL.Hostname()), serverPort(req.URL))
	switch {
	case err != nil:
		span.SetAttributes(telemetry.ErrorType.String(fault.KindOf(err).String()))
		span.SetStatus(codes.Error, "")
	case status >= 400:
		span.SetAttributes(semconv.HTTPResponseStatusCode(status), telemetry.ErrorType.String(strconv.Itoa(status)))
		span.SetStatus(codes.Error, "")
	default:
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
}

func serverPort(u *url.URL) attribute.KeyValue {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return semconv.ServerPort(port)
	}
	if u.Scheme == "http" {
		return semconv.ServerPort(80)
	}
	return semconv.ServerPort(443)
}
