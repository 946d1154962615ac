package authserver

import (
	"errors"
	"html/template"
	"net/http"

	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
)

// setback is why an authorization does not go on, in words for the person: what it
// means, and who can do what about it.
type setback struct {
	Status int
	Title  string
	Text   string
	Remedy string
	Facts  []fact // for whoever is asked for help
	Back   template.URL
	BackTo string // where Back leads, as people know it
	Link   string // page of ours that says more; may be empty

	code     string // what the client is told (RFC 6749 §4.1.2.1)
	cause    error  // what says more than the page does
	recorded bool   // the organization's own log has it, under the reference of the visit
}

// The codes that clients are told besides those of refusals.
const (
	accessDenied = "access_denied"
	serverError  = "server_error"
	notNow       = "temporarily_unavailable"
)

const adviceRetry = "Go back to your app and connect again."

func halt(status int, title, text string) *setback {
	return &setback{Status: status, Title: title, Text: text, code: serverError}
}

// Error is for logs.
func (b *setback) Error() string {
	if b.cause == nil {
		return b.Title
	}
	return b.Title + ": " + b.cause.Error()
}

// Unwrap returns the cause.
func (b *setback) Unwrap() error { return b.cause }

func (b *setback) advise(remedy string) *setback {
	b.Remedy = remedy
	return b
}

func (b *setback) because(cause error) *setback {
	b.cause = cause
	return b
}

// onRecord says that the organization's own log has it.
func (b *setback) onRecord() *setback {
	b.recorded = true
	return b
}

// denying has the client told that somebody decided so.
func (b *setback) denying() *setback {
	b.code = accessDenied
	return b
}

// returning offers a way back to the client.
func (b *setback) returning(to string, asked authorization) *setback {
	b.Back, b.BackTo = template.URL(to), connections.RedirectHost(asked.Redirect) //nolint:gosec // MatchRedirect let the redirect URI pass
	return b
}

// setbackOf puts any error into words.
func (s *Server) setbackOf(v visit, err error) *setback {
	if b, ok := errors.AsType[*setback](err); ok {
		return b
	}
	if refused, ok := errors.AsType[*entra.TokenError](err); ok {
		return explained(refused, s.registrationOf(v.snap))
	}
	if refused, ok := errors.AsType[*entra.Refusal](err); ok {
		return halt(http.StatusForbidden, "Your sign-in cannot be accepted", refused.Description).advise(adviceRetry).because(err)
	}
	text := sentence(fault.Public(err))
	switch fault.KindOf(err) {
	case fault.NotFound:
		return halt(http.StatusNotFound, "There is nothing here", text).
			advise("Compare the address with the one that you were given, or ask whoever gave it to you.")
	case fault.Forbidden, fault.Unauthenticated:
		return halt(http.StatusForbidden, "You cannot connect here", text).denying().because(err)
	case fault.Invalid, fault.Conflict:
		return halt(http.StatusBadRequest, "This request cannot be met", text).advise(adviceRetry).because(err)
	case fault.Limited:
		return later(http.StatusTooManyRequests, "Too many requests", text)
	case fault.Unavailable, fault.Upstream:
		return later(http.StatusServiceUnavailable, "This cannot be done just now", text).because(err)
	case fault.Internal:
	}
	return halt(http.StatusInternalServerError, "Something went wrong here", "It is not your fault, and nothing was given to the app.").
		advise("Try again; if it happens again, give the reference below to whoever runs Gatehouse.").because(err)
}

func later(status int, title, text string) *setback {
	b := halt(status, title, text).advise("Wait a minute, go back to your app and connect again.")
	b.code = notNow
	return b
}
