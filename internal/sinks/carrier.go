package sinks

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// Carrier brings things to sinks of one kind, once. What failed is a fault whose
// public text says what; it may say when to try again (fault.RetryAfter). TooMuch
// says that less at a time may be taken.
type Carrier interface {
	Anchor(ctx context.Context, to For, a Anchor) error
	Records(ctx context.Context, to For, b Batch) error
	// Bounds are what a batch may have: records, and bytes of JSON.
	Bounds() (records, size int)
}

// Web exchanges requests with places that organizations choose. An egress.Client
// does, with all its guards, and without following redirects.
type Web interface {
	Do(ctx context.Context, req *http.Request) (*egress.Response, error)
}

// errRefused is in the chain of errors about what was brought, not about the sink.
var errRefused = errors.New("what was brought was refused")

// TooMuch reports whether a sink refused what was brought, so that less of it may be
// taken, and shows which record it is that it does not take.
func TooMuch(err error) bool { return errors.Is(err, errRefused) }

// refused marks a failure.
func refused(f *fault.Error) error { return refusal{f} }

type refusal struct{ failure *fault.Error }

func (r refusal) Error() string { return r.failure.Error() }

// Unwrap lets the failure and the mark be found.
func (r refusal) Unwrap() []error { return []error{r.failure, errRefused} }

// longestWait bounds what a sink may ask for.
const longestWait = time.Hour

// answered is what an answer means that is none of those by which a sink of this
// kind takes something.
func answered(host string, r *egress.Response, now time.Time) error {
	said := fault.Newf(fault.Upstream, "%s answered with status %d", host, r.Status)
	switch r.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return refused(said)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.Newf(fault.Upstream, "%s answered with status %d: it does not take the credential, or the credential may not write there", host, r.Status)
	}
	return said.RetryAfter(retryAfter(r.Header, now))
}

// retryAfter reads a header Retry-After (RFC 9110 §10.2.3); zero: there is none that
// makes sense.
func retryAfter(header http.Header, now time.Time) time.Duration {
	said, wait := header.Get("Retry-After"), time.Duration(0)
	if seconds, err := strconv.ParseUint(said, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(said); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestWait)
}

// userAgent is how requests to sinks say who they are.
const userAgent = "Gatehouse"
