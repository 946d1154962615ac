// Package fault is the closed set of ways an operation can fail.
//
// It owns the kinds, the sentence a caller may read, and the private cause that
// only a log may show. It never decides how a kind looks on a wire: each edge
// maps kinds once, in one file. Every package of this module may use it.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says whose fault a failure is and what the other side can do about it.
type Kind uint8

// The kinds. The zero value is Internal, so that a forgotten kind is never
// shown to a caller as something it could mend.
const (
	Internal        Kind = iota // a bug or a broken invariant of ours
	Invalid                     // the request cannot be understood; changing it helps
	Unauthenticated             // who asks is not established; signing in helps
	Forbidden                   // who asks is known and may not; an admin can help
	NotFound                    // there is no such thing for this caller
	Conflict                    // the thing changed or exists; reading it again helps
	Limited                     // too much, too fast; waiting helps
	Upstream                    // somebody else's system failed or refused
	Unavailable                 // we cannot do it now; waiting helps
)

var names = [...]string{
	Internal: "internal", Invalid: "invalid", Unauthenticated: "unauthenticated", Forbidden: "forbidden",
	NotFound: "not_found", Conflict: "conflict", Limited: "limited", Upstream: "upstream", Unavailable: "unavailable",
}

// String returns the kind's name in logs, metrics and audit records.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("fault(%d)", uint8(k))
}

// Error is a failure with a public sentence and, optionally, a private cause.
type Error struct {
	kind       Kind
	public     string
	cause      error
	retryAfter time.Duration
}

// New returns a failure whose whole story may be told to the caller.
func New(kind Kind, public string) *Error { return &Error{kind: kind, public: public} }

// Newf is New with a formatted public sentence. The arguments become public too.
func Newf(kind Kind, format string, args ...any) *Error {
	return New(kind, fmt.Sprintf(format, args...))
}

// Wrap returns a failure that tells the caller public and the log cause.
func Wrap(kind Kind, public string, cause error) *Error {
	return &Error{kind: kind, public: public, cause: cause}
}

// RetryAfter returns a copy that tells the caller when trying again may help.
func (e *Error) RetryAfter(d time.Duration) *Error {
	c := *e
	c.retryAfter = d
	return &c
}

// Error includes the private cause; it is for logs.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.public
	}
	return e.public + ": " + e.cause.Error()
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the kind of the outermost fault in err's chain. An error that
// carries none is Internal. A nil error has no kind: do not ask.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.kind
	}
	return Internal
}

// Public returns what a caller may read of err. Only a fault other than
// Internal speaks for itself.
func Public(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.kind != Internal {
		return e.public
	}
	return "internal error"
}

// RetryAfter returns how long the caller should wait before trying again, or
// zero if err does not say.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.retryAfter
	}
	return 0
}
