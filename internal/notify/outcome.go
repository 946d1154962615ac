package notify

import (
	"errors"

	"gatehouse/internal/fault"
)

// errFinal is in the chain of errors after which trying again is pointless.
var errFinal = errors.New("not to be tried again")

// Permanent reports whether the contact will never take the message: the mailbox is
// refused, the URL is gone, or there is no way to say what is meant. Everything else
// may be tried again, not before fault.RetryAfter if the error has one.
func Permanent(err error) bool { return errors.Is(err, errFinal) }

// final marks a failure.
func final(f *fault.Error) error { return finally{f} }

type finally struct{ failure *fault.Error }

func (f finally) Error() string { return f.failure.Error() }

// Unwrap lets the failure and the mark be found.
func (f finally) Unwrap() []error { return []error{f.failure, errFinal} }
