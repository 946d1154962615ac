package graph

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// Error is what Microsoft Graph answered instead of an answer. It carries
// Graph's code and never its message, which may repeat what was sent.
type Error struct {
	Status     int
	Code       string        // e.g. Authorization_RequestDenied; empty if Graph gave none
	RequestID  string        // Graph's own id of the request, for a support case
	RetryAfter time.Duration // zero if Graph does not say
	// Claims is the JSON of a claims challenge: the token does not satisfy a
	// policy, and one requested with these claims may (Microsoft identity
	// platform, "Claims challenges"). Empty without one.
	Claims string
}

// Error implements error.
func (e *Error) Error() string {
	s := "Microsoft Graph answered " + strconv.Itoa(e.Status)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.RequestID != "" {
		s += " (request-id " + e.RequestID + ")"
	}
	return s
}

// GraphCode returns Graph's code, or nothing if it gave none.
func (e *Error) GraphCode() string { return e.Code }

// refusal turns an answer other than 200 into a fault that wraps an *Error.
func refusal(resp *egress.Response) error {
	var envelope struct {
		Error struct {
			Code       string `json:"code"`
			InnerError struct {
				RequestID string `json:"request-id"`
			} `json:"innerError"`
		} `json:"error"`
	}
	_ = json.Unmarshal(resp.Body, &envelope) // gateways in front of Graph answer without one; the status says enough
	e := &Error{
		Status: resp.Status, Code: word(envelope.Error.Code), RequestID: word(envelope.Error.InnerError.RequestID),
		RetryAfter: retryAfter(resp.Header),
	}
	if e.RequestID == "" {
		e.RequestID = word(resp.Header.Get("request-id"))
	}
	if e.Status == http.StatusUnauthorized {
		e.Claims = claimsChallenge(resp.Header)
	}
	return e.fault()
}

func (e *Error) fault() error {
	said := "Microsoft Graph answered " + strings.TrimSpace(strconv.Itoa(e.Status)+" "+e.Code)
	switch {
	case e.Status == http.StatusUnauthorized && e.Claims != "":
		return fault.Wrap(fault.Unauthenticated, "Microsoft Graph asks for a stronger or newer sign-in; sign in again", e)
	case e.Status == http.StatusUnauthorized:
		return fault.Wrap(fault.Unauthenticated, said+": it does not accept the sign-in; sign in again", e)
	case e.Status == http.StatusForbidden:
		return fault.Wrap(fault.Forbidden, said+": an Entra admin has not granted the permission this needs", e)
	case e.Status == http.StatusNotFound:
		return fault.Wrap(fault.NotFound, said, e)
	case e.Status == http.StatusTooManyRequests:
		return fault.Wrap(fault.Limited, "Microsoft Graph is limiting requests"+inSeconds(e.RetryAfter), e).RetryAfter(e.RetryAfter)
	case e.Status == http.StatusServiceUnavailable, e.Status == http.StatusGatewayTimeout:
		return fault.Wrap(fault.Unavailable, "Microsoft Graph is not available"+inSeconds(e.RetryAfter), e).RetryAfter(e.RetryAfter)
	default:
		return fault.Wrap(fault.Upstream, said, e).RetryAfter(e.RetryAfter)
	}
}

func inSeconds(d time.Duration) string {
	if d <= 0 {
		return "; try again shortly"
	}
	return fmt.Sprintf("; try again in %d seconds", int((d+time.Second-1)/time.Second))
}

// word keeps a short identifier and drops anything else: what a server writes
// where a code belongs must not become a sentence of ours.
func word(s string) string {
	if len(s) > 80 {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		if c != '_' && c != '-' && c != '.' && (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return s
}

// maxRetryAfter keeps a strange header from parking somebody for a day.
const maxRetryAfter = time.Hour

// retryAfter reads delay-seconds or an HTTP date (RFC 9110 §10.2.3).
func retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	var d time.Duration
	if seconds, err := strconv.ParseUint(v, 10, 31); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		now := time.Now()
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date // the server's clock, not ours
		}
		d = at.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// maxClaims bounds an encoded challenge; Entra's are a few hundred bytes.
const maxClaims = 8 << 10

var (
	insufficientClaims = regexp.MustCompile(`(?i)\berror="insufficient_claims"`)
	claimsParameter    = regexp.MustCompile(`(?i)\bclaims="([A-Za-z0-9+/_=-]+)"`)
)

// claimsChallenge returns the decoded JSON of a claims challenge, or "".
func claimsChallenge(h http.Header) string {
	for _, challenge := range h.Values("WWW-Authenticate") {
		found := claimsParameter.FindStringSubmatch(challenge)
		if found == nil || len(found[1]) > maxClaims || !insufficientClaims.MatchString(challenge) {
			continue
		}
		encoded := strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(found[1])
		decoded, err := base64.RawStdEncoding.DecodeString(encoded)
		if err == nil && json.Valid(decoded) {
			return string(decoded)
		}
	}
	return ""
}
