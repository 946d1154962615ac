package tenants

import (
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/fault"
)

// AccessRequest is somebody's wish for more access, which admins answer. Everybody has
// one at most: a new one takes the place of one that is over.
type AccessRequest struct {
	ID        GUID
	Person    Person
	Username  string
	Guest     bool
	Reason    string
	MadeAt    time.Time
	ExpiresAt time.Time
	State     AccessRequestState
	Answer    string // what the admin has said
	AnswerBy  Person // zero while it is open
	AnswerAt  time.Time
}

// AccessRequestState is how far a request has come.
type AccessRequestState string

// The states. One that is open and past its time is over, and nobody has answered it.
const (
	AccessAsked     AccessRequestState = "open"
	AccessApproved  AccessRequestState = "approved"
	AccessDismissed AccessRequestState = "dismissed"
	AccessWithdrawn AccessRequestState = "withdrawn"
)

// The bounds of requests.
const (
	AccessRequestLife  = 30 * 24 * time.Hour
	AccessRequestPause = 10 * time.Minute // between two of one person
	AccessRequestsWait = 500              // at most in an organization
	maxRequestText     = 500              // characters
)

// Waits reports whether admins have to answer the request.
func (r AccessRequest) Waits(now time.Time) bool {
	return r.State == AccessAsked && now.Before(r.ExpiresAt)
}

// CheckRequestText refuses a reason or an answer that is too long, empty, or has
// characters that cannot be seen.
func CheckRequestText(what, s string) error {
	if s == "" || len([]rune(s)) > maxRequestText || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fault.Newf(fault.Invalid, "%s: write one line of up to %d characters, all of which can be seen", what, maxRequestText)
	}
	return nil
}
