package audit

import (
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
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
	Kind          Kind
	Endpoint      string
	Method        string
	Session       string
	Source        string
	Target        string  // what was changed, ended or revoked
	Detail        string  // how; never a value that could be a secret
	Before        string  // what changed, as it was: a JSON object of at most DifferenceLimit bytes, never a secret; absent members were not there
	After         string  // the same, as it is now
	Configuration Digest  // of all that the organization has decided about access from then on
	Outcome       Outcome // empty where nothing could fail
	Reason        string
	TraceID       string
	Request       string // id that the client gave its request, in JSON
	Policy        int64
	Subject       Subject // whom it is about, if that is not the caller
	Client        string  // the AI client it is about; empty: the caller's own

	Group       tenants.GUID // of a membership
	From, To    string       // of a membership
	GroupSource authz.Source // what To rests on
	AskedAt     time.Time    // when whoever knows was asked

	Entra          Entra  // what Entra calls its answer
	Count          int64  // how many were listed or exported
	NamesDigest    Digest // of what was listed
	DurationMicros int64
}

// Entra is what Microsoft Entra ID calls an answer of its token endpoint: with it the
// organization and Microsoft find their own logs of it.
type Entra struct {
	Code        int64  // of an error, the number of its AADSTS code
	Correlation string // "correlation_id"
	Trace       string // "trace_id"
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

// Rejection returns the record that stands for one that cannot be kept, made at an
// instant, with a word that says why. It has the id given, or one of its own if that is
// zero.
func (s *Scribe) Rejection(refused Row, id ID, at time.Time, why string) (Row, error) {
	r := s.standIn(refused, why)
	r.At = at
	if !id.IsZero() {
		r.ID = id
	}
	return r.rejection()
}

// event returns the record of an event by an identity.
func (s *Scribe) event(by authz.Identity, e Event) *Record {
	r := &Record{
		Kind: e.Kind, Phase: Instant, At: s.now(), Endpoint: e.Endpoint, Method: e.Method, Session: e.Session,
		Source: e.Source, Target: e.Target, Detail: e.Detail, Before: e.Before, After: e.After, Outcome: e.Outcome, Reason: e.Reason,
		TraceID: e.TraceID, Request: e.Request, Policy: e.Policy, Subject: e.Subject, Configuration: e.Configuration,
		Group: e.Group, From: e.From, To: e.To, AskedAt: e.AskedAt,
		EntraCode: e.Entra.Code, EntraCorrelation: e.Entra.Correlation, EntraTrace: e.Entra.Trace,
		Count: e.Count, NamesDigest: e.NamesDigest, DurationMicros: e.DurationMicros,
	}
	r.ID = s.ids.next(r.At, draw().first)
	r.identity(by)
	if e.Client != "" {
		r.Client = e.Client
	}
	r.MembershipSource = e.GroupSource
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
	r.Roles = by.Roles()
	if m.Source != "" {
		r.MembershipSource = m.Source
	}
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
	return s.standIn(refused, code).rejection()
}

func (s *Scribe) standIn(refused Row, code string) *Record {
	r := s.event(system(refused), Event{Kind: RecordRejected, Target: string(refused.Kind), Reason: code})
	r.Call, r.RejectedBytes = refused.ID, int64(len(refused.Payload))
	return r
}

func (r *Record) rejection() (Row, error) {
	r.clean()
	row, err := r.row(nil)
	if err != nil {
		return row, fault.Wrap(fault.Internal, "the record of a rejection is not valid", err)
	}
	return row, nil
}
