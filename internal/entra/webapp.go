package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// WebAppOptions is what a WebApp is made from. Every field is required.
type WebAppOptions struct {
	ClientID    tenants.GUID // of the console, or of an organization that people sign in to
	Credential  Credential
	Authority   Authority
	RedirectURL string // as it is registered, of platform "web"
	Tokens      *TokenClient
	Keys        *KeySets
	Now         func() time.Time
}

// WebApp signs people in to a web application of ours with OpenID Connect, and
// goes on getting tokens for them. It keeps nothing of anybody. It may be used
// concurrently.
type WebApp struct{ o WebAppOptions }

// NewWebApp returns a WebApp, or Invalid with what its options lack.
func NewWebApp(o WebAppOptions) (*WebApp, error) {
	switch {
	case o.ClientID.IsZero() || o.Credential == nil || o.Authority.IsZero():
		return nil, fault.New(fault.Invalid, "sign-in app: its client id, credential and cloud must be given")
	case o.Tokens == nil || o.Keys == nil || o.Now == nil:
		return nil, fault.New(fault.Invalid, "sign-in app: its token client, key sets and clock must be given")
	}
	u, err := url.Parse(o.RedirectURL)
	if err != nil || u.Host == "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, fault.Newf(fault.Invalid, "sign-in app: redirect URL %q must be https, or http on this machine, without a fragment", o.RedirectURL)
	}
	return &WebApp{o}, nil
}

// Prompt is what Entra asks a person although it need not.
type Prompt string

// The prompts (Microsoft, "OpenID Connect on the Microsoft identity platform").
const (
	NoPrompt      Prompt = ""
	SelectAccount Prompt = "select_account"
	SignInAgain   Prompt = "login"
	AskConsent    Prompt = "consent"
)

// SignIn is one authorization request. Only Handshake is required.
type SignIn struct {
	Handshake Handshake
	Scopes    []string // fully qualified, of Microsoft Graph, besides those every sign-in asks for
	Prompt    Prompt
	LoginHint string // a username to begin with
	Claims    string // JSON of a claims challenge, for a stronger sign-in
}

// maxHint bounds a login hint; a user principal name has at most 113 characters.
const maxHint = 256

// AuthorizeURL is where the browser goes to sign in: code flow with PKCE and
// nonce (Microsoft, "OAuth 2.0 authorization code flow"). What is wrong with the
// request is Invalid.
func (w *WebApp) AuthorizeURL(s SignIn) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	query := url.Values{
		"client_id": {w.o.ClientID.String()}, "redirect_uri": {w.o.RedirectURL}, "scope": {w.scope(s.Scopes)},
		"response_type": {"code"}, "response_mode": {"query"},
		"state": {s.Handshake.State}, "nonce": {s.Handshake.Nonce},
		"code_challenge": {s.Handshake.challenge()}, "code_challenge_method": {"S256"},
	}
	for name, value := range map[string]string{"prompt": string(s.Prompt), "login_hint": s.LoginHint, "claims": s.Claims} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return w.o.Authority.authorizeURLAt(segment(s.Handshake.Tenant)) + "?" + query.Encode(), nil
}

func (s SignIn) check() error {
	if err := s.Handshake.check(); err != nil {
		return err
	}
	switch {
	case !slices.Contains([]Prompt{NoPrompt, SelectAccount, SignInAgain, AskConsent}, s.Prompt):
		return fault.Newf(fault.Invalid, "sign in: prompt %q is not known", s.Prompt)
	case len(s.LoginHint) > maxHint || strings.ContainsFunc(s.LoginHint, func(r rune) bool { return r < ' ' }):
		return fault.New(fault.Invalid, "sign in: the login hint is no username")
	case s.Claims != "":
		if _, err := demand(s.Claims); err != nil {
			return err
		}
	}
	return qualified("sign in", s.Scopes)
}

// qualified refuses scopes that Entra would not read as they are meant.
func qualified(doing string, scopes []string) error {
	bare := func(s string) bool { return !strings.Contains(s, "/") || strings.ContainsAny(s, " \x00") }
	if slices.ContainsFunc(scopes, bare) {
		return fault.New(fault.Invalid, doing+": scopes must be fully qualified, such as https://graph.microsoft.com/User.Read")
	}
	return nil
}

// scope is what a request asks for: who the person is ("profile" gives the object
// id), to go on without them, their own Graph profile, and what is added.
func (w *WebApp) scope(more []string) string {
	all := append([]string{"openid", "profile", "offline_access", w.o.Authority.DelegatedGraphScope("User.Read")}, more...)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// Tokens are what Entra gives for a person besides saying who they are.
type Tokens struct {
	Access  AccessToken // of Microsoft Graph
	Refresh RefreshToken
	Scopes  []string // what Access is good for, as Entra spells it
}

// Redeem exchanges the code of a callback whose state has been checked, once,
// and returns who signed in. What Entra refuses is a *TokenError; an ID token
// that is not to be believed is a *Refusal.
func (w *WebApp) Redeem(ctx context.Context, h Handshake, code string) (Person, Tokens, error) {
	if err := h.check(); err != nil {
		return Person{}, Tokens{}, err
	}
	if code == "" || len(code) > maxToken {
		return Person{}, Tokens{}, fault.New(fault.Invalid, "sign in: the callback has no code; sign in again")
	}
	got, err := w.ask(ctx, h.Tenant, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {w.o.RedirectURL}, "code_verifier": {h.Verifier},
	})
	if err != nil {
		return Person{}, Tokens{}, err
	}
	who, err := w.verify(ctx, got.idToken, h.answering())
	if err != nil {
		return Person{}, Tokens{}, err
	}
	return who, Tokens{Access: got.access, Refresh: got.refresh, Scopes: got.scopes}, nil
}

// Refresh gets a Graph token of somebody who signed in, with further permissions
// if need be. What nobody has consented to yet is a *TokenError of class Consent:
// a sign-in with those scopes asks. Where Entra gives no new refresh token, the
// one given stays good.
func (w *WebApp) Refresh(ctx context.Context, tid tenants.TID, token RefreshToken, scopes []string) (Tokens, error) {
	if err := qualified("refresh", scopes); err != nil {
		return Tokens{}, err
	}
	if tid.IsZero() || token.IsZero() {
		return Tokens{}, errNothingToGoOn
	}
	return w.o.Tokens.Redeem(ctx, App{TID: tid, ClientID: w.o.ClientID, Credential: w.o.Credential, Authority: w.o.Authority}, token, w.scope(scopes))
}

// Confirm asks Entra anew about somebody who signed in, with what the last answer
// left, and returns who they are now: their roles and groups may have changed. A
// person whom Entra does not let in any more is a *TokenError; an ID token that is
// not to be believed, or is of somebody else, is a *Refusal. Of the person before
// it takes TID, OID and IssuedAt.
func (w *WebApp) Confirm(ctx context.Context, before Person, token RefreshToken) (Person, Tokens, error) {
	if before.TID.IsZero() || before.OID.IsZero() || token.IsZero() {
		return Person{}, Tokens{}, errNothingToGoOn
	}
	got, err := w.ask(ctx, before.TID, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.Reveal()}, "scope": {w.scope(nil)}})
	if err != nil {
		return Person{}, Tokens{}, err
	}
	who, err := w.verify(ctx, got.idToken, before.renewed())
	if err != nil {
		return Person{}, Tokens{}, err
	}
	if got.refresh.IsZero() {
		got.refresh = token
	}
	return who, Tokens{Access: got.access, Refresh: got.refresh, Scopes: got.scopes}, nil
}

var errNothingToGoOn = fault.New(fault.Unauthenticated, "there is nothing to go on with; sign in again")

func (w *WebApp) ask(ctx context.Context, tid tenants.TID, form url.Values) (granted, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	return w.o.Tokens.ask(ctx, request{
		line: quietLine{tid, w.o.ClientID}, endpoint: w.o.Authority.tokenURLAt(segment(tid)), credential: w.o.Credential, form: form,
	})
}

// Redeem exchanges a refresh token that an app holds for a person of a tenant
// (Microsoft, "OAuth 2.0 authorization code flow", § Refresh the access token).
// Scope is a list separated by blanks, of one resource. Nothing is held. What
// Entra refuses is a *TokenError.
func (c *TokenClient) Redeem(ctx context.Context, app App, token RefreshToken, scope string) (Tokens, error) {
	if err := app.check("redeem"); err != nil {
		return Tokens{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	got, err := c.ask(ctx, app.request(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.Reveal()}, "scope": {scope}}))
	if err != nil {
		return Tokens{}, err
	}
	if got.refresh.IsZero() {
		got.refresh = token
	}
	return Tokens{Access: got.access, Refresh: got.refresh, Scopes: got.scopes}, nil
}
