package audit

import (
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Version is the layout of the records this package writes.
const Version = 1

// Record is one entry of an organization's log. A field that is zero is not
// written: absent and zero are the same statement. Instants are kept to the
// microsecond, in UTC.
type Record struct {
	ID    ID
	Org   tenants.ID
	At    time.Time // when the record was made: for an outcome, when the call ended
	Kind  Kind
	Phase Phase
	Call  ID // the record that holds the outcome of the same call; for RecordRejected, the record it stands for

	Actor        Actor
	Subject      Subject // whom the record is about, if that is not the actor
	Client       string  // the AI client's id
	Scopes       []string
	TokenID      string // "uti" of the token
	TokenSession string // "sid" of the token

	Roles                []string     // the tool roles the actor held
	MembershipSource     authz.Source // what the roles from groups rest on
	MembershipAgeSeconds int64
	Policy               int64 // version of the organization's rules that decided

	Endpoint string // path of the endpoint
	Method   string // protocol method
	Session  string // id of the MCP session
	Source   string // network the request came from
	Tool     string // name as the client sent it; it need not exist
	Target   string // what else the record is about: a resource, the thing changed or revoked
	Detail   string
	Before   string // what changed, as it was; see Event
	After    string // the same, as it is now
	TraceID  string
	Request  string // id that the client gave its request, in JSON

	Configuration Digest // ConfigChange: of all that the organization has decided about access from then on

	Origin     tenants.GUID // the source that what was called belongs to; zero: the platform's own
	OwnName    string       // what that source calls it
	Definition Digest       // hash of the definition that was approved

	ArgumentsBytes  int64
	ArgumentsDigest Digest
	ArgumentsKept   string // fields of the arguments in clear; see Keep
	ResultBytes     int64
	ResultDigest    Digest
	ResultKept      string // fields of the result in clear
	ArgumentsBody   Digest // of the body that is kept of the arguments; see DigestBody
	ResultBody      Digest // of that of the result
	DigestSalt      Salt   // of all four digests

	Effect         Effect
	Outcome        Outcome
	Reason         string // a word of ours, never text of the caller
	DurationMicros int64

	Group            tenants.GUID // whose member somebody is or is not
	From, To         string       // how it was, and is: a word of the membership's three values
	AskedAt          time.Time    // when whoever knows was asked
	EntraCode        int64        // the number of Entra's AADSTS code
	EntraCorrelation string       // Entra's "correlation_id"
	EntraTrace       string       // Entra's "trace_id"

	NamesDigest   Digest    // List: see DigestNames
	Count         int64     // RefusalSummary: how many; List: how many were listed; Export: how many records
	Minute        time.Time // RefusalSummary: the minute they fell in
	RejectedBytes int64     // RecordRejected: length of the record it stands for

	Altered []string // fields whose text is not what was sent, sorted; see clean
}

// Actor is who acted.
type Actor struct {
	TID       tenants.TID
	OID       tenants.GUID
	Kind      string // authz.Kind by name
	Name      string // for display only
	Delegated bool   // a person is behind the token
}

// Subject is a person or an app that a record is about, where somebody or something
// else acts: who was revoked, or whose membership has changed.
type Subject struct {
	OID  tenants.GUID
	Name string // for display only
}

// actorOf describes an identity.
func actorOf(id authz.Identity) Actor {
	return Actor{TID: id.TID, OID: id.OID, Kind: id.Kind.String(), Name: id.Name, Delegated: id.Delegated}
}

// maxInteger is the largest integer that every JSON reader keeps (RFC 8785 §3.2.2.3).
const maxInteger = 1<<53 - 1

// validate says what makes the record meaningless. Text is never a reason.
func (r *Record) validate() error {
	switch {
	case r.ID.IsZero():
		return invalid("id is missing")
	case r.Org.IsZero():
		return invalid("organization is missing")
	case r.At.Year() < 1970 || r.At.Year() > 9999:
		return invalid("time is outside the years 1970 to 9999")
	case !r.Minute.IsZero() && (r.Minute.Year() < 1970 || r.Minute.Year() > 9999):
		return invalid("minute is outside the years 1970 to 9999")
	case !r.AskedAt.IsZero() && (r.AskedAt.Year() < 1970 || r.AskedAt.Year() > 9999):
		return invalid("asked_at is outside the years 1970 to 9999")
	case !r.Kind.known():
		return invalid("kind is not one of the closed set")
	case r.Effect != "" && !r.Effect.known():
		return invalid("effect must be read, write or destructive")
	case r.Outcome != "" && !r.Outcome.known():
		return invalid("outcome is not one of the closed set")
	}
	if err := r.validatePhase(); err != nil {
		return err
	}
	for _, n := range [...]int64{
		r.ArgumentsBytes, r.ResultBytes, r.Count, r.DurationMicros, r.EntraCode, r.MembershipAgeSeconds, r.Policy, r.RejectedBytes,
	} {
		if n < 0 || n > maxInteger {
			return invalid("a number is negative or above 2^53-1")
		}
	}
	return nil
}

func (r *Record) validatePhase() error {
	switch r.Phase {
	case Intent:
		if r.Call.IsZero() || r.Effect == "" || r.Outcome != "" {
			return invalid("an intent has a call and an effect, and no outcome")
		}
	case Result:
		if r.Call != r.ID || r.Outcome == "" {
			return invalid("an outcome is its own call and says how it ended")
		}
	case Instant:
	default:
		return invalid("phase must be intent, outcome or event")
	}
	if r.Kind.call() == (r.Phase == Instant) {
		return invalid("calls have an intent or an outcome, everything else is an event")
	}
	return nil
}

func invalid(what string) error { return fault.New(fault.Invalid, "audit record: "+what) }
