package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// proxyRole is the first argument of a child that forwards and does nothing
// else.
const proxyRole = "proxy"

// proxySetup says where it forwards to.
type proxySetup struct{ To string }

// newProxy is httputil.ReverseProxy as it comes, with as many idle connections
// as there are clients and without compression: the least that forwarding over
// net/http can cost.
func newProxy(_ context.Context, raw json.RawMessage) (service, error) {
	var setup proxySetup
	if err := json.Unmarshal(raw, &setup); err != nil {
		return nil, fmt.Errorf("read setup: %w", err)
	}
	to, err := url.Parse(setup.To)
	if err != nil || to.Host == "" {
		return nil, fmt.Errorf("forward to %.80q: give a URL", setup.To)
	}
	return serving("proxy", &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections, DisableCompression: true},
	}), nil
}
