package audit

import (
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
)

// Scribe turns what happened into rows: it stamps identifiers and times. One
// Scribe serves a whole process, so that its identifiers ascend. It is safe for
// concurrent use.
type Scribe struct {
	now func() time.Time
	ids ids
}

// NewScribe returns a Scribe that reads the time from now.
func NewScribe(now func() time.Time) *Scribe { return &Scribe{now: now} }

// Event is something that happened at one instant. Kind says which of the other
// fields mean anything; the rest stay empty.
type Event struct {
	Kind     Kind
	Endpoint string
	Method   string
	Session  string
	Source   string
	Target   string  // what was changed, ended or revoked
	Detail   string  // how; never a value that could be a secret
	Before   string  // what changed, as it was: a JSON object of at most DifferenceLimit bytes, never a secret; absent members were not there
	After    string  // the same, as it is now
	Outcome  Outcome // empty where nothing could fail
	Reason   string
	TraceID  string
	Policy   int64
}

// Row returns the record of an event by a caller, ready to be stored in the
// transaction that makes the change. An event that names a call's kind, or a
// caller without organization, is Invalid.
func (s *Scribe) Row(by authz.Caller, e Event) (Row, error) {
	r := s.event(by.Identity(), e)
	r.grants(by)
	r.clean()
	return r.row(nil)
}

// event returns the record of an event by an identity.
func (s *Scribe) event(by authz.Identity, e Event) *Record {
	r := &Record{
		Kind: e.Kind, Phase: Instant, At: s.now(), Endpoint: e.Endpoint, Method: e.Method, Session: e.Session,
		Source: e.Source, Target: e.Target, Detail: e.Detail, Before: e.Before, After: e.After, Outcome: e.Outcome, Reason: e.Reason,
		TraceID: e.TraceID, Policy: e.Policy,
	}
	r.ID = s.ids.next(r.At, draw().first)
	r.identity(by)
	return r
}

// identity notes who acts, through which client and token.
func (r *Record) identity(id authz.Identity) {
	r.Org, r.Actor, r.Client = id.Org, actorOf(id), id.Client
	r.Scopes, r.TokenID, r.TokenSession = id.Scopes, id.TokenID, id.Session
}

// grants notes what the caller holds and what that rests on.
func (r *Record) grants(by authz.Caller) {
	m := by.Membership()
	r.Roles, r.MembershipSource = by.Roles(), m.Source
	if !m.At.IsZero() {
		r.MembershipAgeSeconds = max(0, int64(r.At.Sub(m.At)/time.Second))
	}
}

// row encodes a clean record behind dst and returns it as a row.
func (r *Record) row(dst []byte) (Row, error) {
	if err := r.validate(); err != nil {
		return Row{}, err
	}
	at := r.At.UTC().Truncate(time.Microsecond)
	return Row{ID: r.ID, Org: r.Org, At: at, Kind: r.Kind, Payload: r.append(dst)}, nil
}

// system is the identity of the log itself, for records that no caller causes.
func system(r Row) authz.Identity {
	return authz.SystemCaller(r.Org, "audit log").Identity()
}

// rejection returns the record that stands for one the store refused.
func (s *Scribe) rejection(refused Row, code string) (Row, error) {
	r := s.event(system(refused), Event{Kind: RecordRejected, Target: string(refused.Kind), Reason: code})
	r.Call, r.RejectedBytes = refused.ID, int64(len(refused.Payload))
	r.clean()
	row, err := r.row(nil)
	if err != nil {
		return row, fault.Wrap(fault.Internal, "the record of a rejection is not valid", err)
	}
	return row, nil
}
