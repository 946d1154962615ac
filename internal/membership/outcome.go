package membership

import (
	"errors"
	"net/http"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
)

// Outcome is what has come of one refresh.
type Outcome struct {
	Result Result
	Class  string        // of a failure: a word of entra.ErrorClass
	Cause  error         // of a failure, for the log
	Lag    time.Duration // how long it had been due
	Age    time.Duration // how old what was known was; zero where Graph had never been asked
	Next   time.Time     // when the next is due; zero: not before the person is seen again
	With   []Outcome     // of the others who were asked about at the same time
}

// Result is the sort of an Outcome. The set is closed.
type Result string

// The results.
const (
	NotDue    Result = "not due"      // somebody else has taken or done it, or the person is not seen any more
	Unchanged Result = "unchanged"    // Graph answered what it had
	Changed   Result = "changed"      // Graph answered something else
	Delayed   Result = "put off"      // Entra or Graph did not answer; what is known stands until its hard limit
	Paused    Result = "paused"       // nobody of the organization is asked about for a while
	Idle      Result = "nothing kept" // there is nothing to ask with until the person is seen again
	CutOff    Result = "cut off"      // Entra has disowned the person, and everything issued to them is refused
	Doubted   Result = "doubted"      // so many would lose everything that it is asked once more before it is believed
)

// classOf says what it would take for a refresh to succeed. What is neither Entra's
// nor Graph's nor a matter of the app registration has no class.
func classOf(err error) (entra.ErrorClass, bool) {
	if refused, ok := errors.AsType[*entra.TokenError](err); ok {
		return refused.Class, true
	}
	if refused, ok := errors.AsType[*graph.Error](err); ok {
		return classOfGraph(refused), true
	}
	if _, ours := errors.AsType[*ownError](err); ours && fault.KindOf(err) != fault.Unavailable {
		return entra.Misconfigured, true // there is no usable credential
	}
	switch fault.KindOf(err) { //nolint:exhaustive // the others say nothing of the other side
	case fault.Limited:
		return entra.Throttled, true
	case fault.Unavailable, fault.Upstream:
		return entra.Transient, true
	default:
		return "", false
	}
}

// failureOf is a failure as it is kept, with what finds it in Entra's own log.
func failureOf(class entra.ErrorClass, cause error) Failure {
	f := Failure{Class: string(class)}
	if refused, ok := errors.AsType[*entra.TokenError](cause); ok {
		f.Code, f.Correlation, f.Trace = refused.Code, refused.CorrelationID, refused.TraceID
	}
	return f
}

// classOfGraph reads an answer to a question about oneself. A token that was got a
// moment ago and is not accepted, or a person who is not found, says nothing yet: what
// Graph reads may lag, and Entra will say so at a later refresh.
func classOfGraph(e *graph.Error) entra.ErrorClass {
	switch {
	case e.Status == http.StatusTooManyRequests:
		return entra.Throttled
	case e.Status == http.StatusUnauthorized && e.Claims != "":
		return entra.Interaction
	case e.Status == http.StatusForbidden:
		return entra.Consent
	default:
		return entra.Transient
	}
}

// notOn begins what the log says of somebody who is cut off.
const notOn = "Microsoft Entra ID does not let the person go on"

// why is what the log says of somebody whom Entra refused, with the number to look up.
func why(err error) string {
	refused, ok := errors.AsType[*entra.TokenError](err)
	if !ok {
		return notOn
	}
	return notOn + ": " + refused.Reason()
}
