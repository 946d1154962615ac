package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/fault"
)

// grants holds the token of ourselves for one server (RFC 6749 §4.4).
type grants struct {
	flights singleflight.Group

	mu      sync.Mutex
	value   string
	until   time.Time
	respite respite
}

const (
	renewBefore   = 5 * time.Minute
	defaultLife   = 10 * time.Minute // of a token whose life nobody says
	longestLife   = 24 * time.Hour
	longestToken  = 16 << 10
	tokenPatience = 15 * time.Second
)

// token returns the token held, or a new one. While its endpoint is left alone it
// fails as that did last.
func (g *grants) token(ctx context.Context, s *Server) (string, error) {
	if held, err := g.held(s.hub.o.Now()); held != "" || err != nil {
		return held, err
	}
	done := g.flights.DoChan("", func() (any, error) {
		if held, err := g.held(s.hub.o.Now()); held != "" || err != nil {
			return held, err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenPatience)
		defer cancel()
		return g.fetch(ctx, s)
	})
	select {
	case r := <-done:
		token, _ := r.Val.(string)
		return token, r.Err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// held returns the token held, or why there is none for the moment; neither: there
// may be one.
func (g *grants) held(now time.Time) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Before(g.until) {
		return g.value, nil
	}
	return "", g.respite.refusal(now)
}

// drop forgets the token whose header was not accepted, unless there is a newer
// one, or its endpoint is left alone.
func (g *grants) drop(header string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if header == bearer+g.value && !g.respite.lasts(now) {
		g.value, g.until = "", time.Time{}
		g.respite.begin(now, nil)
	}
}

// accepted notes that the server took the token of a header: the next that it does
// not take is replaced without a long respite.
func (g *grants) accepted(header string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if header == bearer+g.value {
		g.respite.failures = 0
	}
}

func (g *grants) fetch(ctx context.Context, s *Server) (string, error) {
	asked := s.hub.o.Now()
	got, err := s.askToken(ctx)
	if err != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.respite.begin(s.hub.o.Now(), err)
		return "", err
	}
	life := defaultLife
	if seconds, err := got.ExpiresIn.Int64(); err == nil && seconds > 0 {
		life = min(time.Duration(min(seconds, int64(longestLife/time.Second)))*time.Second, longestLife)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.value, g.until = got.AccessToken, asked.Add(max(life-renewBefore, life/2))
	g.respite.why = nil
	return g.value, nil
}

type grant struct {
	AccessToken string      `json:"access_token"`
	TokenType   string      `json:"token_type"`
	ExpiresIn   json.Number `json:"expires_in"`
	Error       string      `json:"error"`
	Codes       []int       `json:"error_codes"` // Entra's own
}

// reason is the error code for people, with what to look up in Microsoft's
// documentation.
func (g grant) reason() string {
	if len(g.Codes) == 0 || g.Codes[0] <= 0 {
		return oauthError(g.Error)
	}
	return oauthError(g.Error) + ", AADSTS" + strconv.Itoa(g.Codes[0])
}

// remedy says who can do what about an error code (RFC 6749 §5.2, RFC 8707 §2).
func remedy(code string) string {
	switch code {
	case "invalid_client":
		return "an admin can give the credential again, with the client id and a secret that is valid"
	case "invalid_scope", "invalid_target", "invalid_resource":
		return "an admin can correct the scopes of the credential"
	case "unauthorized_client", "access_denied", "invalid_grant":
		return "whoever runs the source can permit the client, or an admin can correct its client id"
	}
	return "an admin can correct client id, secret and scopes"
}

// askToken asks the server's authorization server for a token of ourselves.
func (s *Server) askToken(ctx context.Context) (grant, error) {
	req, err := s.tokenRequest(ctx)
	if err != nil {
		return grant{}, err
	}
	resp, err := s.hub.o.Egress.Do(ctx, req)
	if err != nil {
		return grant{}, s.fail(fault.KindOf(err), "gives no token: its token endpoint cannot be reached", errors.Join(errCredential, err))
	}
	var got grant
	malformed := json.Unmarshal(resp.Body, &got) != nil
	if resp.Status >= 500 || resp.Status == http.StatusTooManyRequests {
		return grant{}, s.fail(fault.Unavailable, "gives no token for the moment; try again later", errCredential).RetryAfter(retryAfter(resp.Header))
	}
	if resp.Status != http.StatusOK || got.Error != "" {
		return grant{}, s.fail(fault.Unauthenticated, "gives no token: its token endpoint refuses our client credentials ("+got.reason()+"); "+remedy(got.Error), errCredential)
	}
	if malformed || !usable(got) {
		return grant{}, s.fail(fault.Upstream, "gives no token that can be used; check its token endpoint", errCredential)
	}
	return got, nil
}

func (s *Server) tokenRequest(ctx context.Context) (*http.Request, error) {
	c := s.conn.Source.Credential
	secret, err := s.secret()
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(c.Scopes) > 0 {
		form.Set("scope", strings.Join(c.Scopes, " "))
	}
	if !nameResource(c.Scopes) {
		form.Set("resource", s.resource())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, s.fail(fault.Upstream, "has no valid token URL; an admin can correct it", errCredential)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", mediaJSON)
	req.Header.Set("User-Agent", s.hub.agent)
	req.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(string(secret))) // RFC 6749 §2.3.1
	return req, nil
}

// nameResource reports scopes that name the resource themselves, as those of
// Microsoft Entra ID do. It refuses another name besides (AADSTS9010010).
func nameResource(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return strings.HasSuffix(s, "/.default") })
}

// resource is the server as its tokens name it (RFC 8707 §2).
func (s *Server) resource() string {
	u := *s.endpoint
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}

func usable(got grant) bool {
	return got.AccessToken != "" && len(got.AccessToken) <= longestToken && isVisible(got.AccessToken) &&
		(got.TokenType == "" || strings.EqualFold(got.TokenType, "Bearer"))
}

// oauthError returns an error code of OAuth for people, if it looks like one.
func oauthError(code string) string {
	if code == "" || len(code) > 64 || !isVisible(code) || strings.ContainsAny(code, `"\`) {
		return "no reason given"
	}
	return code
}
