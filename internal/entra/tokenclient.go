package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"
)

// TokenClient asks Entra's token endpoints for tokens, on behalf of people and
// for apps themselves. It holds people's access tokens in memory, sends one request
// where many want the same, and stays silent towards an endpoint that asked it to.
// It may be used concurrently.
type TokenClient struct {
	doer    Doer
	now     func() time.Time
	flights singleflight.Group
	cache   *accessCache
	silence *silence
}

// NewTokenClient returns a client with an empty cache.
func NewTokenClient(doer Doer, now func() time.Time) *TokenClient {
	return &TokenClient{doer: doer, now: now, cache: newAccessCache(), silence: newSilence()}
}

// tokenPatience is the longest wait for the token endpoint, the proof included.
const tokenPatience = 15 * time.Second

// once does what many want at a time one time. It goes on when one of them stops
// waiting.
func (c *TokenClient) once(ctx context.Context, key string, do func(ctx context.Context) (AccessToken, error)) (AccessToken, error) {
	done := c.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenPatience)
		defer cancel()
		return do(ctx)
	})
	select {
	case r := <-done:
		t, _ := r.Val.(AccessToken)
		return t, r.Err
	case <-ctx.Done():
		return AccessToken{}, ctx.Err()
	}
}

// request is one question for a token endpoint.
type request struct {
	line       quietLine // who asks where; its client is client_id
	endpoint   string
	credential Credential
	form       url.Values
}

// ask proves the app and posts the form, unless the endpoint wants silence. What
// Entra refuses is a *TokenError.
func (c *TokenClient) ask(ctx context.Context, r request) (granted, error) {
	if wait := c.silence.left(r.line, c.now()); wait > 0 {
		return granted{}, &TokenError{Class: Throttled, RetryAfter: wait}
	}
	r.form.Set("client_id", r.line.client.String())
	if err := r.credential.Apply(ctx, r.endpoint, r.form); err != nil {
		return granted{}, fmt.Errorf("prove app: %w", err)
	}
	asked := c.now()
	got, err := c.post(ctx, r.endpoint, r.form)
	if refused, ok := errors.AsType[*TokenError](err); ok {
		c.silence.keep(r.line, c.now(), refused.RetryAfter)
	}
	got.access.ExpiresAt = asked.Add(got.life)
	return got, err
}

func (c *TokenClient) post(ctx context.Context, endpoint string, form url.Values) (granted, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return granted{}, fmt.Errorf("ask token endpoint: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := c.doer.Do(ctx, req)
	if err != nil {
		return granted{}, &TokenError{Class: Transient, cause: err}
	}
	return tokenAnswer{}.read(resp, c.now())
}
