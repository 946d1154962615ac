package upstream

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// exchange is one call on its way to a server and back.
type exchange struct {
	s        *Server
	by       authz.Caller
	to       tools.Target
	call     *tools.Call
	id       []byte
	clock    *clock
	logLevel string      // of messages from a modern server
	inside   atomic.Bool // it has a place of the gate
	open     bool        // the server may have done what it was asked, and we do not know
	tail     *egress.Stream

	hearing sync.Mutex // while something is passed on to the client
}

func (x *exchange) asker() asker { return asker{by: x.by, assertion: x.call.Assertion} }

// leave gives the place back and ends the request, once what is left behind the
// answer has been read.
func (x *exchange) leave() {
	x.yield()
	if x.tail == nil {
		x.clock.end()
		return
	}
	discardThen(x.tail, x.clock.end)
}

// yield gives the place of the gate back while nothing of ours is under way.
func (x *exchange) yield() {
	if x.inside.Swap(false) {
		x.s.gate.leave()
	}
}

// run makes the exchange in the era that the server speaks, and once more if it
// turns out that this has changed.
func (x *exchange) run(ctx context.Context) (tools.Result, error) {
	d, err := x.s.dialect(ctx, x.asker())
	if err != nil {
		return tools.Result{}, err
	}
	era := d.era(x.call.Client.Era)
	result, err := x.in(ctx, era)
	if err == nil || !x.s.changed(err) {
		return result, err
	}
	x.s.dialects.forget(d)
	if d, relearned := x.s.dialect(ctx, x.asker()); relearned == nil && d.era(x.call.Client.Era) != era {
		return x.in(ctx, d.era(x.call.Client.Era))
	}
	return result, err
}

// in makes the exchange in one era.
func (x *exchange) in(ctx context.Context, era wire.Era) (tools.Result, error) {
	var session *session
	switch {
	case era == wire.Modern && x.to.Method == wire.MethodSetLevel:
		return x.keepLevel(ctx)
	case era == wire.Modern:
		x.logLevel = x.level(ctx)
	default:
		var err error
		if session, err = x.s.sessionFor(ctx, x.asker(), x.call.Client); err != nil {
			return tools.Result{}, err
		}
	}
	result, err := x.once(ctx, era, session)
	if lost, ok := errors.AsType[*refusal](err); ok && session != nil && session.id != "" && lost.ofSession() {
		if session, err = x.s.renewed(ctx, x.asker(), x.call.Client, session); err != nil {
			return tools.Result{}, err
		}
		return x.once(ctx, era, session)
	}
	return result, err
}

// ofSession reports whether the refusal may be about the session. Servers answer
// an unknown one with 404 as they should, and with 400 as they do.
func (r *refusal) ofSession() bool {
	return r.status == http.StatusNotFound || r.status == http.StatusBadRequest
}

// once sends the call once.
func (x *exchange) once(ctx context.Context, era wire.Era, session *session) (tools.Result, error) {
	setsLevel := x.to.Method == wire.MethodSetLevel
	if session != nil && !setsLevel {
		if err := x.s.setLevel(ctx, x.asker(), session, x.call.Client.LogLevel); err != nil {
			return tools.Result{}, err
		}
	}
	if !setsLevel {
		defer x.overhear(ctx, session)()
	}
	x.id = x.s.newID()
	c := &conversation{s: x.s, asker: x.asker(), era: era, session: session, id: x.id, listener: x}
	m, err := c.ask(ctx, x.header(era, session), x.appendRequest(make([]byte, 0, x.size()), era))
	x.tail = c.tail
	if err != nil {
		x.open = c.sent && mayHaveRun(err)
		if session != nil && c.abandoned(ctx, err) {
			x.s.cancel(ctx, c)
		}
		return tools.Result{}, x.translated(err, era)
	}
	if m.Failure != nil {
		return x.failed(c, m.Failure, era)
	}
	if setsLevel {
		x.leveled(ctx, session)
	}
	result, err := x.split(m.Result, era)
	x.open = err != nil
	return c.withoutCredential(result), err
}

// size is about how long the request is.
func (x *exchange) size() int {
	size := 640 + len(x.to.Name) + len(x.call.Arguments) + len(x.call.Responses) + len(x.call.State)
	for _, members := range [][]wire.Member{x.call.Others, x.call.Meta, x.call.Client.Capabilities.Extensions} {
		for i := range members {
			size += len(members[i].Name) + len(members[i].Value) + 8
		}
	}
	return size
}

// header returns the headers of the call.
func (x *exchange) header(era wire.Era, session *session) http.Header {
	h := x.s.headers(era, session)
	if x.call.Record != "" {
		h["X-Request-Id"] = []string{x.call.Record}
	}
	if era == wire.Legacy {
		return h
	}
	h[headerMethod] = []string{x.to.Method}
	switch {
	case takesArguments(x.to.Method), x.to.Method == wire.MethodResourcesRead, isTask(x.to.Method):
		h[headerName] = []string{wire.EncodeHeader(x.to.Name)}
	}
	wire.SetParams(h, x.call.HeaderParams, x.call.Arguments)
	return h
}

// abandoned reports whether we have given up on a request that the server may
// still be working on.
func (c *conversation) abandoned(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return true
	}
	_, refused := errors.AsType[*refusal](err)
	return c.begun && !refused && !answered(err)
}

// explain gives the end of a request its kind.
func (s *Server) explain(ctx context.Context, err error) error {
	own, answer := errors.AsType[*wire.Error](err)
	switch {
	case err == nil:
		return nil
	case answer && own.Code == wire.CodeUnsupportedVersion:
		return s.wrong("does not speak the protocol versions that it says it speaks", errors.New(own.Message))
	case answer:
		return err
	case errors.Is(context.Cause(ctx), errSilent), errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return s.fail(fault.Unavailable, "did not answer in time; try again later", err).RetryAfter(defaultRetryAfter)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return err
}

// changed reports whether an answer may mean that the server has changed its era.
func (s *Server) changed(err error) bool {
	if own, ok := errors.AsType[*wire.Error](err); ok {
		return own.Code == wire.CodeUnsupportedVersion
	}
	refused, ok := errors.AsType[*refusal](err)
	return ok && refused.status != http.StatusForbidden
}
