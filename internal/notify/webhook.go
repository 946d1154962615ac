package notify

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/fault"
)

// Shape is what a receiver understands.
type Shape string

// The shapes: a body of ours, and what a workflow of Microsoft Teams takes.
const (
	Plain Shape = "plain"
	Teams Shape = "teams"
)

// Webhook is where an organization wants to be told. A URL of a workflow is a
// credential, and so is the Secret: neither is in any error of this package.
type Webhook struct {
	URL    string
	Shape  Shape
	Secret string // of NewSecret
}

// Post sends a message once. It fails with Upstream or Unavailable if the URL
// cannot be reached or does not take it; the public text names the host and what
// became of it. 410 Gone is permanent, and so is a Webhook that CheckWebhook
// refuses.
func (s *Sender) Post(ctx context.Context, w Webhook, m Message) error {
	body, err := encode(w.Shape, m)
	if err != nil {
		return err
	}
	return s.Deliver(ctx, w, m.ID.String(), body)
}

// Deliver sends a body of JSON once, signed as Post signs, and fails as Post does. By
// the id receivers know a repetition.
func (s *Sender) Deliver(ctx context.Context, w Webhook, id string, body []byte) error {
	if err := CheckWebhook(w.URL); err != nil {
		return final(fault.Wrap(fault.Invalid, fault.Public(err), err))
	}
	req, err := s.request(ctx, w, id, body)
	if err != nil {
		return err
	}
	resp, err := s.web.Do(ctx, req)
	if err != nil {
		return err
	}
	return s.judge(w, req.URL, resp.Status, resp.Header)
}

func encode(shape Shape, m Message) ([]byte, error) {
	switch shape {
	case Plain:
		return plain(m)
	case Teams:
		return card(m)
	default:
		return nil, final(fault.Newf(fault.Internal, "there is no shape %q", shape))
	}
}

// request is signed for the attempt: a receiver refuses what was signed long ago.
func (s *Sender) request(ctx context.Context, w Webhook, id string, body []byte) (*http.Request, error) {
	now := s.now()
	signature, err := sign(w.Secret, id, now, body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return nil, final(fault.Wrap(fault.Invalid, "url is no URL that messages can be sent to", errURL))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Gatehouse")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Webhook-Signature", signature)
	return req, nil
}

// errURL stands for an error that would repeat the URL.
var errURL = errors.New("net/http takes no request to it")

// judge tells what an answer means.
func (s *Sender) judge(w Webhook, to *url.URL, status int, header http.Header) error {
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusGone:
		return final(fault.Newf(fault.Upstream, "%s answered with status 410: it wants to hear no more", to.Host))
	case status == http.StatusRequestEntityTooLarge:
		return fault.Wrap(fault.Upstream, to.Host+" answered with status 413: this is too long for it", errTooLarge)
	case w.Shape == Teams && status >= 400 && status <= 499 && status != http.StatusTooManyRequests:
		return fault.Newf(fault.Upstream, "%s answered with status %d; look whether the workflow is still there, is turned on, and takes requests of anyone", to.Host, status)
	default:
		return fault.Newf(fault.Upstream, "%s answered with status %d", to.Host, status).RetryAfter(s.retryAfter(header))
	}
}

var errTooLarge = errors.New("the receiver takes no body as long")

// TooLarge reports whether a webhook refused a body because of its length.
func TooLarge(err error) bool { return errors.Is(err, errTooLarge) }

// maxRetryAfter bounds what a receiver may ask for.
const maxRetryAfter = 6 * time.Hour

// retryAfter reads a header Retry-After (RFC 9110 §10.2.3); zero: there is none
// that makes sense.
func (s *Sender) retryAfter(header http.Header) time.Duration {
	said := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(said, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(said); err == nil {
		wait = at.Sub(s.now())
	}
	return min(max(wait, 0), maxRetryAfter)
}
