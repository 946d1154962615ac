package emulator

import (
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

// checkResponse checks what is to come back, and how.
func (s *signIn) checkResponse() *refusal {
	kinds := s.kinds()
	if len(kinds) == 0 {
		return refuse(900144, "response_type")
	}
	for _, kind := range kinds {
		switch {
		case !among(kind, "code", "id_token", "token"):
			return refuse(70005, reply.Clip(kind), "Use code, id_token, token or several of them.")
		case kind == "id_token" && !s.client.Implicit.IDTokens:
			return refuse(700054, kind)
		case kind == "token" && !s.client.Implicit.AccessTokens:
			return refuse(700051)
		}
	}
	mode := s.form.Get("response_mode")
	switch {
	case !among(mode, "", "query", "fragment", "form_post"):
		return refuse(9002313, "The response_mode '"+reply.Clip(mode)+"' is unknown.")
	case mode == "query" && s.tokens():
		return refuse(70007, mode)
	}
	return s.checkIDToken()
}

// checkIDToken checks what an ID token needs besides: the openid scope, which v1
// takes for granted, and a nonce (OpenID Connect Core §3.2.2.1).
func (s *signIn) checkIDToken() *refusal {
	if !s.asks("id_token") {
		return nil
	}
	if s.journey == authorizeV2 && !among("openid", strings.Fields(s.form.Get("scope"))...) {
		return refuse(70005, "id_token", "It requires the 'openid' scope.")
	}
	if s.form.Get("nonce") == "" {
		return refuse(900144, "nonce")
	}
	return nil
}

// kinds are the parts of response_type, in any order.
func (s *signIn) kinds() []string { return strings.Fields(s.form.Get("response_type")) }

func (s *signIn) asks(kind string) bool { return slices.Contains(s.kinds(), kind) }

// tokens tells whether the authorization endpoint itself is to issue tokens.
func (s *signIn) tokens() bool { return s.asks("token") || s.asks("id_token") }

// mode is how the answer travels. Tokens never travel in a query, not even the
// news that there are none (OAuth 2.0 Multiple Response Types §3).
func (s *signIn) mode() string {
	mode := s.form.Get("response_mode")
	switch {
	case s.journey.admin():
		return "query"
	case s.tokens() && mode != "form_post":
		return "fragment"
	case mode == "":
		return "query"
	}
	return mode
}

// scope is what is asked for, as v2 writes it. v1 asks for a whole resource, for
// a sign-in always, and gets a refresh token unasked.
func (s *signIn) scope() string {
	switch resource := strings.TrimSuffix(s.form.Get("resource"), "/"); {
	case s.journey.admin():
		return "openid"
	case s.journey == authorizeV2, s.journey == deviceAuth:
		return s.form.Get("scope")
	case resource == "":
		return "openid profile offline_access"
	default:
		return "openid profile offline_access " + resource + "/.default"
	}
}

// asked reads the scope in the first tenant that understands it.
func (s *signIn) asked() (*ask, *refusal) {
	var first *refusal
	for _, t := range s.tenants {
		a, no := s.askedIn(t, s.client)
		if no == nil {
			return a, nil
		}
		if first == nil {
			first = no
		}
	}
	return nil, first
}

func (s *signIn) askedIn(t *directory.Tenant, client *directory.App) (*ask, *refusal) {
	resource := strings.TrimSuffix(s.form.Get("resource"), "/")
	a, no := readAsk(t, client, s.scope())
	if s.journey == authorizeV1 && resource != "" && no != nil {
		return nil, refuse(500011, reply.Clip(resource), t.Name)
	}
	return a, no
}
