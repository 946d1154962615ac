package entra_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"gatehouse/internal/egress"
)

// endpoint is a token endpoint: it notes every form and answers as told.
type endpoint struct {
	mu           sync.Mutex
	now          time.Time
	forms        []url.Values
	urls         []string
	answer       func(n int, form url.Values) (*egress.Response, error)
	correlations []string      // that each request names
	gate         chan struct{} // if set, an answer waits for it
}

func newEndpoint() *endpoint {
	return &endpoint{now: began, answer: func(n int, form url.Values) (*egress.Response, error) {
		return ok(fmt.Sprintf(`{"token_type":"Bearer","scope":%q,"expires_in":3600,"ext_expires_in":3600,"access_token":"token-%d"}`, form.Get("scope"), n)), nil
	}}
}

func ok(body string) *egress.Response {
	return &egress.Response{Status: http.StatusOK, Header: http.Header{}, Body: []byte(body)}
}

func refusing(status int, body string, header ...string) func(int, url.Values) (*egress.Response, error) {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return func(int, url.Values) (*egress.Response, error) {
		return &egress.Response{Status: status, Header: h, Body: []byte(body)}, nil
	}
}

func (e *endpoint) clock() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *endpoint) advance(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = e.now.Add(d)
}

func (e *endpoint) asked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.forms)
}

func (e *endpoint) Do(ctx context.Context, req *http.Request) (*egress.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return nil, fmt.Errorf("not a form post: %s %v", req.Method, req.Header)
	}
	e.mu.Lock()
	e.forms, e.urls = append(e.forms, form), append(e.urls, req.URL.String())
	e.correlations = append(e.correlations, req.Header.Get("Client-Request-Id"))
	n, answer, gate := len(e.forms), e.answer, e.gate
	e.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return answer(n, form)
}
