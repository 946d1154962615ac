package authserver_test

import (
	"net/http"
	"net/url"
	"testing"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func acting(more ...string) url.Values {
	f := url.Values{"grant_type": {"client_credentials"}}
	for at := 0; at+1 < len(more); at += 2 {
		f.Set(more[at], more[at+1])
	}
	return f
}

func TestAgentsGetTokensOfTheirOwn(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	secret := i.preregister(connections.Headless)
	for resource, audience := range map[string]string{"": base + "/t/contoso/mcp", base + "/t/contoso/finance/mcp": base + "/t/contoso/finance/mcp"} {
		got := i.ask("token", inHeader(deskID, secret), acting("resource", resource))
		if _, refreshes := got.body["refresh_token"]; got.status != http.StatusOK || refreshes || got.text("scope") != "access_as_user" || got.body["expires_in"] != 600.0 {
			t.Fatalf("%d %v", got.status, got.body)
		}
		claims := got.signed(t)
		if id, _ := claims["jti"].(string); len(id) != 36 {
			t.Errorf("jti %q", id)
		}
		delete(claims, "jti")
		equal(t, claims, map[string]any{
			"iss": base + "/t/contoso", "aud": audience, "sub": deskID, "tid": i.data.Organization.TID.String(), "agent": i.preregistered[deskID].Agent.String(),
			"client_id": deskID, "software": deskID, "scope": "access_as_user", "name": "Desk", "iat": float64(i.now.Unix()), "exp": float64(i.now.Unix() + 600),
		})
	}
	if len(i.events) != 2 || i.events[0].Kind != "token_issued" || i.events[0].Detail != "client_credentials" || i.events[0].Endpoint != "/t/contoso/token" {
		t.Errorf("%+v", i.events)
	}
	if got := i.ask("token", inHeader(deskID, secret), acting("scope", "payroll unknown")); got.text("scope") != "payroll" || got.signed(t)["scope"] != "payroll" {
		t.Errorf("%d %v", got.status, got.body)
	}
	i.shut = fault.New(fault.Unavailable, "the log is shut")
	if got := i.ask("token", inHeader(deskID, secret), acting()); got.status != http.StatusServiceUnavailable || got.text("access_token") != "" {
		t.Errorf("what cannot be recorded is done: %d %v", got.status, got.body)
	}
}

func TestAgentsAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind   connections.ClientKind
		before func(i *issuing)
		more   []string
		with   string // another secret
		status int
		code   string
	}{
		"with a wrong secret":    {kind: connections.Headless, with: "ghcs_x", status: 401, code: "invalid_client"},
		"that act for people":    {kind: connections.Confidential, status: 400, code: "unauthorized_client"},
		"for another server":     {kind: connections.Headless, more: []string{"resource", "https://evil.example/mcp"}, status: 400, code: "invalid_target"},
		"that are not on a list": {kind: connections.Headless, before: func(i *issuing) { i.change(func(d *snapshot.Data) { d.Clients = nil }) }, status: 400, code: "unauthorized_client"},
		"that are not on a list, where anybody is admitted": {kind: connections.Headless, before: func(i *issuing) {
			i.change(func(d *snapshot.Data) { d.Clients, d.Organization.UnknownClients = nil, tenants.Admit })
		}, status: 400, code: "unauthorized_client"},
		"that were removed":   {kind: connections.Headless, before: func(i *issuing) { delete(i.preregistered, deskID) }, status: 401, code: "invalid_client"},
		"for somebody's code": {kind: connections.Headless, more: []string{"grant_type", "authorization_code", "code", "x"}, status: 400, code: "unauthorized_client"},
		"to refresh":          {kind: connections.Headless, more: []string{"grant_type", "refresh_token", "refresh_token", "x"}, status: 400, code: "unauthorized_client"},
		"of another mode":     {kind: connections.Headless, before: func(i *issuing) { i.change(func(d *snapshot.Data) { d.Organization.Mode = tenants.Direct }) }, status: 404, code: "invalid_request"},
		"of a suspended organization": {kind: connections.Headless, before: func(i *issuing) {
			i.change(func(d *snapshot.Data) { d.Organization.State = tenants.Suspended })
		}, status: 403, code: "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuing(t)
			secret := i.preregister(tt.kind)
			if tt.before != nil {
				tt.before(i)
			}
			if tt.with != "" {
				secret = tt.with
			}
			if got := i.ask("token", inForm(deskID, secret), acting(tt.more...)); !got.refused(tt.status, tt.code) || got.text("access_token") != "" || len(i.events) > 0 {
				t.Errorf("%d %v", got.status, got.body)
			}
		})
	}
}

// TestNobodyElseActsForItself: neither a client that registered itself nor one with
// a document.
func TestNobodyElseActsForItself(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	for _, id := range []string{clientID, "https://client.example/metadata"} {
		if got := i.ask("token", inForm(id, ""), acting()); !got.refused(http.StatusBadRequest, "unauthorized_client") {
			t.Errorf("%s: %d %v", id, got.status, got.body)
		}
	}
}
