package tools

import "gatehouse/internal/fault"

// SignInError says that a person has to sign in at a source themselves, and where
// that begins: a URL of ours, which is for them only. It is a fault of kind
// Unauthenticated that says the same without the URL: that is told to nobody else,
// and not written down.
type SignInError struct {
	url, message string
	why          *fault.Error
}

// NewSignInError returns the error for a URL and a sentence about who wants what.
func NewSignInError(url, message string, cause error) *SignInError {
	return &SignInError{url, message, fault.Wrap(fault.Unauthenticated, message, cause)}
}

// URL is where signing in begins.
func (e *SignInError) URL() string { return e.url }

// Message says who wants it, without the URL.
func (e *SignInError) Message() string { return e.message }

// Told is what to tell the person, with the URL.
func (e *SignInError) Told() string {
	return e.message + "; open " + e.url + " in your browser, sign in there, and repeat this"
}

func (e *SignInError) Error() string { return e.why.Error() }

// Unwrap returns the fault.
func (e *SignInError) Unwrap() error { return e.why }
