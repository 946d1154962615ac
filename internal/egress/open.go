package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// OpenOptions bound what a stream may cost. All fields are required.
type OpenOptions struct {
	Begin    time.Duration // until the header of the answer is there, redirects included
	Idle     time.Duration // that the other side may say nothing while somebody reads
	MaxBytes int64         // of the body
}

func (o OpenOptions) check() error {
	var errs []error
	if o.Begin <= 0 {
		errs = append(errs, fmt.Errorf("egress: Begin %s is not positive", o.Begin))
	}
	if o.Idle <= 0 {
		errs = append(errs, fmt.Errorf("egress: Idle %s is not positive", o.Idle))
	}
	if o.MaxBytes <= 0 {
		errs = append(errs, fmt.Errorf("egress: MaxBytes %d is not positive", o.MaxBytes))
	}
	return errors.Join(errs...)
}

// Stream is a reply whose body is still being sent. Whoever opened it closes the
// body; what is left of a body that was read to its end is a connection for the
// next request.
type Stream struct {
	Status int
	Header http.Header
	Body   io.ReadCloser // its errors are faults like those of Open
}

// Open sends a request and returns its reply as soon as the header is there. It
// is over when ctx ends, or the body is closed.
//
// A redirect of 307 or 308 within the origin is followed, three times at most:
// the request is sent again to where it leads, and what is dialled is checked
// again. The request's body has to come with GetBody, as those do that
// http.NewRequest knows. Any other redirect is refused, with a RedirectError in the
// chain that says where it leads.
//
// It fails like Do, and so does reading the body: with Upstream too for a body
// of more than MaxBytes, with Unavailable if the other side does not begin or go
// on in time.
func (c *Client) Open(ctx context.Context, req *http.Request, o OpenOptions) (*Stream, error) {
	if err := o.check(); err != nil {
		return nil, fault.Wrap(fault.Internal, "internal error", err)
	}
	ctx, span := telemetry.StartStep(ctx, c.tracer, req.Method, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	stream, err := c.open(ctx, req, o)
	if span.IsRecording() {
		status := 0
		if stream != nil {
			status = stream.Status
		}
		describe(span, req, status, err)
	}
	return stream, err
}

func (c *Client) open(ctx context.Context, req *http.Request, o OpenOptions) (*Stream, error) {
	within, cancel := context.WithCancelCause(ctx)
	begin := time.AfterFunc(o.Begin, func() { cancel(errSilent) })
	resp, err := c.follow(within, req) //nolint:bodyclose // whoever opens the stream closes its body
	if !begin.Stop() && err == nil {   // the header came too late
		_ = resp.Body.Close()
		err = failure(within, req.URL, errSilent)
	}
	if err != nil {
		cancel(nil)
		return nil, err
	}
	return &Stream{Status: resp.StatusCode, Header: resp.Header, Body: &body{
		ReadCloser: resp.Body, from: resp.Request.URL, limits: o, left: o.MaxBytes, cancel: cancel,
		failure: func(err error) error { return failure(within, resp.Request.URL, err) },
	}}, nil
}
