package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"gatehouse/internal/demo"
)

// mint gets access tokens from the emulated Entra ID, which runs in this
// process: asking its handler directly leaves the network out.
type mint struct {
	entra http.Handler
	world world
}

// tokens returns n tokens, no two alike, of all people in turn. Most of the time
// goes into RSA signatures, so every core takes part.
func (m mint) tokens(ctx context.Context, n int) ([]string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	made := make([]string, n)
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				token, err := m.token(ctx, i)
				if err != nil {
					cancel(err)
					return
				}
				made[i] = token
			}
		})
	}
	all.Wait()
	return made, context.Cause(ctx)
}

// token signs the nth person in with a password.
func (m mint) token(ctx context.Context, n int) (string, error) {
	return signIn(ctx, m.entra, m.world.places.Entra+"/"+m.world.tid.String()+"/oauth2/v2.0/token", url.Values{
		"scope": {m.world.resource() + "/" + demo.Scope}, "username": {m.world.username(n)}, "password": {password},
	})
}

// signIn gets a token for a username and password from a token endpoint.
func signIn(ctx context.Context, entra http.Handler, endpoint string, form url.Values) (string, error) {
	form.Set("grant_type", "password")
	form.Set("client_id", demo.VisualStudioCode)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("ask for token: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := written{header: http.Header{}, status: http.StatusOK}
	entra.ServeHTTP(&answer, r)
	var said struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(answer.body.Bytes(), &said); err != nil {
		return "", fmt.Errorf("read token response (HTTP %d): %w", answer.status, err)
	}
	if said.AccessToken == "" {
		return "", fmt.Errorf("no token for %s (HTTP %d): %s", form.Get("username"), answer.status, said.Description)
	}
	return said.AccessToken, nil
}

// written keeps what a handler answers.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *written) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *written) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }
