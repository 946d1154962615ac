package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Attempt is what a caller asks for, before anybody knows whether it may.
type Attempt struct {
	Kind      Kind   // ToolCall, ResourceRead or PromptGet
	Endpoint  string // path of the endpoint
	Method    string // protocol method
	Session   string // id of the MCP session, empty without one
	Source    string // network the request came from
	Tool      string // as the client sent it; it need not exist
	Target    string // URI of a resource, or name of a prompt
	Arguments []byte // as they arrived; nil: the request carries none
	TraceID   string
	Request   string // id that the client gave the request, in JSON
	Policy    int64  // version of the organization's rules that decide
}

// Called is what an attempt turned out to be about: something of a source behind
// us, as it was approved.
type Called struct {
	Origin     tenants.GUID // the source
	OwnName    string       // what the source calls it
	Definition Digest       // hash of the definition that was approved
}

// Ending is how a call ended.
type Ending struct {
	Outcome Outcome // anything outside the closed set is Unknown
	Reason  string  // a word of ours that says why; empty for OK
	Result  []byte  // as it leaves; nil: there is none
	Kept    string  // fields of the result in clear, of at most KeptLimit bytes
	Body    *Text   // of the result, after Bodies; nil: there is none
}

// Entry is one call on its way through the log. It belongs to one goroutine.
type Entry struct {
	log        *Log
	record     Record
	intent     ID // of the record that Intend or Commit writes
	began      time.Time
	room       *lane
	cost       int
	state      state
	foretold   bool    // the intent was written once
	unforetold error   // why it is not durable
	bodies     *bodies // nil: none are kept
}

type state uint8

const (
	begun state = iota
	intended
	ended
)

// Begin reserves a place in the log for the outcome of a call, so that End finds
// room whatever happens meanwhile. Nothing may run, and nothing may be looked
// up, before it returns. It is Unavailable, with a retry hint, when the log is
// full, when the organization's share is used up, and while the store fails.
func (l *Log) Begin(ctx context.Context, by authz.Caller, a Attempt) (*Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("begin audit entry: %w", err)
	}
	e := &Entry{log: l, began: l.scribe.now()}
	e.fill(by, &a)
	if err := e.record.validate(); err != nil {
		return nil, fault.Wrap(fault.Internal, "the audit entry is not valid", err)
	}
	e.cost = e.record.clean() + aboutCost
	room, err := l.reserve(&e.record, e.cost)
	if err != nil {
		return nil, err
	}
	e.room = room
	if a.Arguments != nil {
		e.record.ArgumentsDigest = DigestArguments(e.record.DigestSalt, a.Arguments)
	}
	return e, nil
}

// fill describes the call; until it ends, its outcome is unknown.
func (e *Entry) fill(by authz.Caller, a *Attempt) {
	random, r := draw(), &e.record
	e.intent = e.log.scribe.ids.next(e.began, random.first)
	*r = Record{
		ID: e.log.scribe.ids.next(e.began, random.second), At: e.began, Kind: a.Kind, Phase: Result, Outcome: Unknown,
		Endpoint: a.Endpoint, Method: a.Method, Session: a.Session, Source: a.Source,
		Tool: a.Tool, Target: a.Target, TraceID: a.TraceID, Request: a.Request, Policy: a.Policy, DigestSalt: random.salt,
	}
	r.Call = r.ID
	if a.Arguments != nil {
		r.ArgumentsBytes = int64(len(a.Arguments))
	}
	r.identity(by.Identity())
	r.grants(by)
}

// ID is the receipt: the identifier of the record that End writes.
func (e *Entry) ID() string { return e.record.ID.String() }

// About notes what the attempt is about. It is called between Begin and Intend.
func (e *Entry) About(c Called) {
	r := &e.record
	r.Origin, r.Definition = c.Origin, c.Definition
	name, altered := cleanText(c.OwnName, nameLimit)
	if r.OwnName = name; altered {
		r.alter("own_name")
	}
}

// Keep notes fields of the arguments that stay in clear, as a JSON object of at most
// KeptLimit bytes, and that some of the result may follow. It is called between Begin
// and Intend.
func (e *Entry) Keep(arguments string) {
	kept, altered := cleanText(arguments, KeptLimit)
	if e.record.ArgumentsKept = kept; altered {
		e.record.alter("arguments_kept")
	}
	const most = 2 * 2 * KeptLimit // both, should every character be a quote
	e.log.queue.enlarge(e.room, most)
	e.cost += most
}

// Decided notes that the decision is made about the same caller under newer
// knowledge of what they hold. It is called between Begin and Intend, and seldom:
// what it adds has no room reserved for it.
func (e *Entry) Decided(by authz.Caller) {
	r := &e.record
	r.grants(by)
	roles, altered := cleanList(r.Roles, itemLimit)
	if r.Roles = roles; altered {
		r.alter("roles")
	}
}

// Intend notes the effect of what is about to run. Unless that is Read, the
// intent is durable before it returns, and nothing may run when it returns an
// error. It is called once, between Begin and End.
func (e *Entry) Intend(ctx context.Context, effect Effect) error {
	if e.state != begun {
		return fault.New(fault.Internal, "audit entry: intend after intend or end")
	}
	if !effect.known() {
		return fault.Newf(fault.Internal, "audit entry: effect %.20q is not known", effect)
	}
	e.state, e.record.Effect = intended, effect
	if effect == Read {
		return nil
	}
	return e.foretell(ctx)
}

// Commit makes the intent durable whatever the effect is: before anything of a
// call leaves that has not ended. It comes after Intend, and twice is as good as
// once.
func (e *Entry) Commit(ctx context.Context) error {
	if e.state != intended {
		return fault.New(fault.Internal, "audit entry: commit before intend or after end")
	}
	if e.foretold {
		return e.unforetold
	}
	return e.foretell(ctx)
}

// foretell writes the record of the intent and waits for it.
func (e *Entry) foretell(ctx context.Context) error {
	r := e.record
	r.ID, r.At, r.Phase, r.Outcome = e.intent, e.log.scribe.now(), Intent, ""
	w, err := e.log.write(&r, e.cost, e.bodies.take())
	if err == nil {
		err = e.log.await(ctx, w)
	}
	e.foretold, e.unforetold = true, err
	return err
}

// End writes the outcome; it is durable before End returns nil. Every Begin that
// succeeded needs exactly one End, whatever happened in between; a second one is
// Internal. A ctx that is done loses nothing: the wait has its own limit, and
// beyond it the record is still appended, but the fault says not to rely on it.
func (e *Entry) End(ctx context.Context, ending Ending) error {
	if e.state == ended {
		return fault.New(fault.Internal, "audit entry: ended twice")
	}
	e.state = ended
	r := &e.record
	r.At = e.log.scribe.now()
	r.DurationMicros = max(0, r.At.Sub(e.began).Microseconds())
	if r.Outcome = ending.Outcome; !r.Outcome.known() {
		r.Outcome = Unknown
	}
	reason, altered := cleanText(ending.Reason, wordLimit)
	if r.Reason = reason; altered {
		r.alter("reason")
	}
	if kept, altered := cleanText(ending.Kept, KeptLimit); kept != "" {
		if r.ResultKept = kept; altered {
			r.alter("result_kept")
		}
	}
	if ending.Result != nil {
		r.ResultBytes, r.ResultDigest = int64(len(ending.Result)), DigestResult(r.DigestSalt, ending.Result)
	}
	var unkept error
	if ending.Body != nil && e.bodies != nil {
		e.bodies.result, r.ResultBody, unkept = e.body(ResultPart, *ending.Body)
	}
	w, err := e.log.submit(r, e.room, e.cost, e.bodies.take())
	if err != nil {
		return err
	}
	return errors.Join(e.log.await(context.WithoutCancel(ctx), w), unkept)
}
