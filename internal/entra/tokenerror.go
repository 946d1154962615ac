package entra

import (
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/fault"
)

// ErrorClass says what it would take for an exchange to succeed. The set is
// closed.
type ErrorClass string

// The classes.
const (
	Interaction   ErrorClass = "interaction"   // the person must do something in a browser: Claims says what
	Consent       ErrorClass = "consent"       // nobody has consented to the permission
	Reauth        ErrorClass = "reauth"        // the person must sign in anew
	Blocked       ErrorClass = "blocked"       // a policy forbids it
	Misconfigured ErrorClass = "misconfigured" // the app registration or its credential is wrong
	Throttled     ErrorClass = "throttled"     // too many requests; RetryAfter says when
	Transient     ErrorClass = "transient"     // the endpoint did not answer properly
)

// TokenError is the token endpoint's refusal, or its silence.
type TokenError struct {
	Class         ErrorClass
	Status        int    // of HTTP; 0 if nothing was answered or asked
	Name          string // "error"
	Suberror      string
	Code          int    // the AADSTS number, to look it up; Trouble reads it, and nothing that is let in depends on it
	Claims        string // JSON to pass on to a client that can relay it
	TraceID       string
	CorrelationID string
	RetryAfter    time.Duration
	cause         error
}

// Error tells what a log needs to find the request in Entra's own.
func (e *TokenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "exchange token: %s", e.Class)
	for _, field := range []struct{ name, value string }{
		{"error", e.Name}, {"suberror", e.Suberror}, {"code", e.code()}, {"trace", e.TraceID}, {"correlation", e.CorrelationID},
	} {
		if field.value != "" {
			fmt.Fprintf(&b, " %s=%s", field.name, field.value)
		}
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// isLoop reports that Entra has been asked the same too often.
func (e *TokenError) isLoop() bool { return e.Code == loopDetected }

func (e *TokenError) code() string {
	if e.Code == 0 {
		return ""
	}
	return fmt.Sprintf("AADSTS%d", e.Code)
}

// Unwrap gives the error its fault, with a sentence that names the remedy.
func (e *TokenError) Unwrap() error {
	kind, text := e.public()
	if code := e.code(); code != "" {
		text += " (" + code + ")"
	}
	return fault.Wrap(kind, text, e.cause).RetryAfter(e.RetryAfter)
}

func (e *TokenError) public() (fault.Kind, string) {
	switch e.Class {
	case Interaction:
		return fault.Unauthenticated, "Microsoft Entra ID wants another step of sign-in for this; sign in again in a browser"
	case Consent:
		return fault.Forbidden, "nobody has consented to this permission yet; an administrator can grant it in Entra"
	case Reauth:
		return fault.Unauthenticated, "Microsoft Entra ID does not accept this sign-in any more; sign in again"
	case Blocked:
		if e.Trouble() == NotAssigned {
			return fault.Forbidden, "you are not assigned to this app in Microsoft Entra ID; ask your organization's administrator to assign you or a group you are in"
		}
		return fault.Forbidden, "a policy of your organization in Microsoft Entra ID forbids this; ask its administrator"
	case Misconfigured:
		return fault.Upstream, "the organization's app registration or its credential is set up wrongly; an administrator has to correct it"
	case Throttled:
		return fault.Limited, "Microsoft Entra ID asks for fewer requests; try again later"
	case Transient:
		return fault.Unavailable, "Microsoft Entra ID did not answer properly; try again shortly"
	default:
		return fault.Internal, "token exchange failed"
	}
}
