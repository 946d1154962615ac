package entra

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/egress"
)

// tokenAnswer is what a token endpoint says, good or bad (RFC 6749 §5, and
// Microsoft, "Microsoft Entra authentication and authorization error codes").
type tokenAnswer struct {
	AccessToken   string      `json:"access_token"`
	TokenType     string      `json:"token_type"`
	ExpiresIn     json.Number `json:"expires_in"`
	RefreshToken  string      `json:"refresh_token"`
	IDToken       string      `json:"id_token"`
	Scope         string      `json:"scope"`
	Error         string      `json:"error"`
	Suberror      string      `json:"suberror"`
	Codes         []int       `json:"error_codes"`
	Claims        string      `json:"claims"`
	TraceID       string      `json:"trace_id"`
	CorrelationID string      `json:"correlation_id"`
}

var errNoToken = errors.New("token endpoint answered without a usable token")

// granted is a token endpoint's good answer.
type granted struct {
	access  AccessToken
	life    time.Duration
	refresh RefreshToken
	idToken string
	scopes  []string

	correlation string // of the request: Entra keeps the id that it is sent
	trace       string
}

// read decodes an answer. Every error is a *TokenError.
func (a tokenAnswer) read(resp *egress.Response, now time.Time) (granted, error) {
	malformed := json.Unmarshal(resp.Body, &a) != nil
	if resp.Status != http.StatusOK || a.Error != "" {
		return granted{}, a.refusal(resp.Status, resp.Header, now)
	}
	seconds, err := a.ExpiresIn.Int64()
	if malformed || err != nil || seconds <= 0 || seconds > maxLife || a.AccessToken == "" || !strings.EqualFold(a.TokenType, "Bearer") {
		return granted{}, &TokenError{Class: Transient, Status: resp.Status, cause: errNoToken}
	}
	return granted{
		access: AccessToken{token: a.AccessToken}, life: time.Duration(seconds) * time.Second,
		refresh: NewRefreshToken(a.RefreshToken), idToken: a.IDToken, scopes: strings.Fields(a.Scope),
	}, nil
}

// maxLife is more seconds than any access token of Entra lives.
const maxLife = 7 * 24 * 3600

func (a tokenAnswer) refusal(status int, header http.Header, now time.Time) *TokenError {
	e := &TokenError{
		Class: a.class(status), Status: status,
		Name: bound(describe(a.Error), 64), Suberror: bound(describe(a.Suberror), 64),
		TraceID: bound(describe(a.TraceID), 64), CorrelationID: bound(describe(a.CorrelationID), 64),
		RetryAfter: retryAfter(header, now),
	}
	e.Code = a.number()
	if len(a.Claims) <= maxChallenge && json.Valid([]byte(a.Claims)) {
		e.Claims = a.Claims
	}
	switch {
	case e.isLoop():
		e.RetryAfter = loopHold
	case e.Class == Throttled && e.RetryAfter == 0:
		e.RetryAfter = defaultSilence
	}
	return e
}

// loopDetected is the number with which Entra refuses requests for being too many
// of the same.
const loopDetected = 50196

// vague says more than invalid_grant and interaction_required, which stand for too
// many things: read as what they mostly mean, these would have a person sign in in
// vain, or what is kept for them thrown away. Should Microsoft change a number, its
// refusal is read by its name again.
var vague = map[int]ErrorClass{
	loopDetected: Throttled,
	53003:        Blocked, // Conditional Access, also where it comes with claims
	50105:        Blocked, // the person is not assigned to the app
	53004:        Blocked, // a risk has to be dealt with first
	53005:        Blocked, // the app has to be a managed one
	53011:        Blocked, // the person is at risk
	530031:       Blocked, // policies of access
	530032:       Blocked,
	50129:        Interaction, // the device has to be joined, or is not the right one
	53001:        Interaction,
	53002:        Interaction,
	53009:        Interaction,
	530021:       Interaction,
	65001:        Consent,
	500131:       Misconfigured, // the assertion is for another app than asks, or spells it otherwise
	70021:        Misconfigured, // no federated credential fits; newer numbers come as invalid_client
	7000114:      Misconfigured, // the app may not exchange on behalf of anybody
}

// number is the AADSTS number, 0 without one.
func (a tokenAnswer) number() int {
	if len(a.Codes) == 0 {
		return 0
	}
	return a.Codes[0]
}

// class follows Microsoft's advice to branch on error, suberror and the presence
// of claims. The numbers in error_codes change without notice.
func (a tokenAnswer) class(status int) ErrorClass {
	switch {
	case status == http.StatusTooManyRequests:
		return Throttled
	case status >= 500 || a.Error == "temporarily_unavailable" || a.Error == "server_error":
		return Transient
	}
	if class, known := vague[a.number()]; known && (a.Error == "invalid_grant" || a.Error == "interaction_required") {
		return class
	}
	switch a.Suberror {
	case "consent_required":
		return Consent
	case "message_only", "protection_policy_required":
		return Blocked
	case "bad_token", "token_expired", "user_password_expired":
		return Reauth
	case "basic_action", "additional_action":
		return Interaction
	}
	return a.classByError()
}

func (a tokenAnswer) classByError() ErrorClass {
	switch a.Error {
	case "consent_required":
		return Consent
	case "interaction_required":
		return Interaction
	case "invalid_grant", "login_required":
		if a.Claims != "" {
			return Interaction
		}
		return Reauth
	case "access_denied":
		return Blocked
	case "invalid_client", "unauthorized_client", "invalid_request", "unsupported_grant_type", "invalid_scope", "invalid_resource", "invalid_target", "invalid_tenant":
		return Misconfigured
	default: // a proxy's page, a redirect, an error of tomorrow
		return Transient
	}
}

// Bounds of what a Retry-After can ask for.
const (
	defaultSilence = 5 * time.Second
	maxSilence     = 5 * time.Minute
)

// retryAfter reads the header (RFC 9110 §10.2.3), 0 if there is none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	seconds, err := strconv.ParseUint(text, 10, 32)
	if err == nil {
		return min(time.Duration(seconds)*time.Second, maxSilence)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxSilence)
}
