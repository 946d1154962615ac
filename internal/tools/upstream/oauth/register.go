package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// Register makes us known to an authorization server: by our client document where
// the server reads such and there is one, without any request; else by dynamic
// registration (RFC 7591). It fails with Upstream if the server has neither, or
// refuses; then an admin has to register a client by hand, and Registered takes it.
func (c *Client) Register(ctx context.Context, s Server, a Application) (Registration, error) {
	if s.Documents && a.Document != "" && (s.Methods == nil || slices.Contains(s.Methods, methodNone)) {
		return Registration{Issuer: s.Issuer, Redirect: a.Redirect, ClientID: a.Document, Method: methodNone}, nil
	}
	host := hostOf(s.Issuer)
	if s.Registration == "" {
		return Registration{}, fault.Newf(fault.Upstream, "%s registers nobody by itself; an admin has to register a client there, with the redirect URI %s, and set its id and secret", host, a.Redirect)
	}
	method, ok := s.method()
	if !ok {
		return Registration{}, unusable(host, "none of token_endpoint_auth_methods_supported is known here")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	resp, err := c.announce(ctx, s.Registration, a.metadata(method))
	if err != nil {
		return Registration{}, err
	}
	if err := registrationRefused(host, resp); err != nil {
		return Registration{}, err
	}
	members, err := wire.Members(resp.Body, wire.Limits{MaxBytes: mostBytes, MaxDepth: mostDepth})
	if err != nil {
		return Registration{}, unusable(host, "its answer to a registration: "+err.Error())
	}
	reading := &reader{members: members}
	r := registered(reading, method)
	if list := reading.list("redirect_uris"); list != nil && !slices.Contains(list, a.Redirect) {
		reading.fail("the redirect URI is not the one that was registered")
	}
	if reading.why != "" {
		return Registration{}, unusable(host, "its answer to a registration: "+reading.why)
	}
	r.Issuer, r.Redirect = s.Issuer, a.Redirect
	return r, nil
}

// method is how we want to authenticate. A server that does not say takes what RFC
// 8414 §2 says.
func (s Server) method() (string, bool) {
	if s.Methods == nil {
		return methodBasic, true
	}
	for _, m := range preferred {
		if slices.Contains(s.Methods, m) {
			return m, true
		}
	}
	return "", false
}

func (c *Client) announce(ctx context.Context, endpoint string, m clientMetadata) (*egress.Response, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", mediaJSON)
	return c.do(ctx, req)
}

func registrationRefused(host string, resp *egress.Response) error {
	switch {
	case resp.Status == http.StatusOK, resp.Status == http.StatusCreated:
		return nil
	case isPassing(resp.Status):
		return fault.Newf(fault.Unavailable, "%s does not register us for the moment (HTTP %d); try again later", host, resp.Status)
	}
	return fault.Newf(fault.Upstream, "%s refuses to register us (HTTP %d, %s); an admin can register a client there and set its id and secret", host, resp.Status, errorCode(resp.Body))
}

// registered reads what a registration has become (RFC 7591 §3.2.1).
func registered(r *reader, wanted string) Registration {
	g := Registration{ClientID: r.text("client_id"), Secret: Secret(r.text("client_secret")), Method: r.text("token_endpoint_auth_method")}
	if !isClientID(g.ClientID) || !isCredential(g.Secret.Reveal()) {
		r.fail("client_id or client_secret cannot be used")
	}
	switch {
	case g.Method != "":
	case g.Secret == "":
		g.Method = methodNone
	case wanted == methodNone:
		g.Method = methodBasic
	default:
		g.Method = wanted
	}
	if !slices.Contains(preferred, g.Method) || g.Method != methodNone && g.Secret == "" {
		r.fail("token_endpoint_auth_method is not known here, or lacks its secret")
	}
	if g.Method == methodNone {
		g.Secret = ""
	}
	if g.Secret != "" {
		g.Until = r.instant("client_secret_expires_at")
	}
	return g
}

// instant reads a time in seconds since 1970; zero if there is none.
func (r *reader) instant(name string) time.Time {
	value := string(wire.Value(r.members, name))
	if value == "" || value == "0" || value == "null" {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(value, 10, 40)
	if err != nil || seconds < 0 {
		r.fail(fmt.Sprintf("%s is no time", name))
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
