package main

import "errors"

// absence is why something that a row is measured against cannot be had here. A
// row without its peer says so, and does not fail the run.
type absence struct{ why error }

// Error implements error.
func (a *absence) Error() string { return a.why.Error() }

// Unwrap returns the reason.
func (a *absence) Unwrap() error { return a.why }

func absent(why error) error { return &absence{why} }

// isAbsent reports whether a row could not be measured only because its peer is
// not there.
func isAbsent(err error) bool {
	var a *absence
	return errors.As(err, &a)
}
