package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/tenants"

	"golang.org/x/sync/singleflight"
)

// TokenClient asks Entra's token endpoints for tokens, on behalf of people and
// for apps themselves. It holds people's access tokens in memory, sends one request
// where many want the same, stays silent towards an endpoint that asked it to, leaves
// one alone for a moment that is down, and repeats on behalf of nobody at once what
// Entra has just refused them. It may be used concurrently.
type TokenClient struct {
	doer    Doer
	now     func() time.Time
	flights singleflight.Group
	cache   *accessCache
	lines   *lines
	guard   *guard
}

// NewTokenClient returns a client with an empty cache.
func NewTokenClient(doer Doer, now func() time.Time) *TokenClient {
	return &TokenClient{doer: doer, now: now, cache: newAccessCache(), lines: newLines(), guard: newGuard()}
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
	again      repetition
	heard      func(Heard) error
}

// repetition says whether an equal request may follow a refusal.
type repetition uint8

const (
	atWill   repetition = iota // somebody who looks at the answer decides
	heldBack                   // a program does, which may go on without end
)

// ask proves the app and posts the form, unless the endpoint is to be left alone or
// the refusal of an equal request still stands. What Entra refuses is a *TokenError.
func (c *TokenClient) ask(ctx context.Context, r request) (granted, error) {
	same := r.same()
	if refused := c.guard.holds(r, same, c.now()); refused != nil {
		return granted{}, refused
	}
	if closed := c.lines.enter(r.line, c.now()); closed != nil {
		return granted{}, closed
	}
	r.form.Set("client_id", r.line.client.String())
	if err := r.credential.Apply(ctx, r.endpoint, r.form); err != nil {
		c.lines.abandon(r.line)
		return granted{}, fmt.Errorf("prove app: %w", err)
	}
	asked := c.now()
	got, err := c.post(ctx, r.endpoint, r.form)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		c.lines.abandon(r.line) // nobody waits any more, which says nothing of Entra
		return granted{}, err
	}
	refused, _ := errors.AsType[*TokenError](err)
	c.lines.leave(r.line, same, c.now(), refused)
	c.guard.learn(r, same, c.now(), refused)
	got.access.ExpiresAt = asked.Add(got.life)
	if h, said := heardOf(got, err, c.now().Sub(asked)); said && r.heard != nil {
		if unheard := r.heard(h); unheard != nil {
			return granted{}, unheard
		}
	}
	return got, err
}

func (c *TokenClient) post(ctx context.Context, endpoint string, form url.Values) (granted, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return granted{}, fmt.Errorf("ask token endpoint: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	correlation := tenants.NewGUID().String()
	req.Header.Set("client-request-id", correlation)
	resp, err := c.doer.Do(ctx, req)
	if err != nil {
		return granted{correlation: correlation}, &TokenError{Class: Transient, cause: err}
	}
	got, err := tokenAnswer{}.read(resp, c.now())
	got.correlation, got.trace = correlation, bound(describe(resp.Header.Get("x-ms-request-id")), 64)
	return got, err
}
