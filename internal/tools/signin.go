package tools

import "gatehouse/internal/fault"

// SignInError says that a person has to sign in at a source themselves, and where
// that begins: a URL of ours, which is for them only. It is a fault of kind
// Unauthenticated that says the same in words.
type SignInError struct {
	url, message string
	why          *fault.Error
}

// NewSignInError returns the error for a URL and a sentence about who wants what.
func NewSignInError(url, message string, cause error) *SignInError {
	why := fault.Wrap(fault.Unauthenticated, message+"; open "+url+" in your browser, sign in there, and repeat this", cause)
	return &SignInError{url, message, why}
}

// URL is where signing in begins.
func (e *SignInError) URL() string { return e.url }

// Message says who wants it, without the URL.
func (e *SignInError) Message() string { return e.message }

func (e *SignInError) Error() string { return e.why.Error() }

// Unwrap returns the fault.
func (e *SignInError) Unwrap() error { return e.why }
