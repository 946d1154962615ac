package mcphost

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// An exchange with a server of the initialize revisions, which has asked a client
// of the modern era, goes on here while the client is away: it is parked. What it
// says next lies in a letter that it has promised, and the promise is kept open
// as long as this replica lives.
const (
	mostParked             = 1000 // of this replica
	mostParkedOrganization = 250
	mostParkedCaller       = 8
	promiseLife            = 20 * time.Second
	promiseEvery           = 6 * time.Second
	deliverWithin          = 5 * time.Second
)

// parking bounds the parked exchanges of a replica.
type parking struct {
	callers, organizations, all *limit.Places
	open                        sync.WaitGroup
}

func newParking() (*parking, error) {
	p := &parking{}
	for _, of := range []struct {
		places **limit.Places
		each   int
	}{{&p.callers, mostParkedCaller}, {&p.organizations, mostParkedOrganization}, {&p.all, mostParked}} {
		var err error
		if *of.places, err = limit.NewPlaces(of.each); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// enter takes a place of a caller, of their organization, and of the replica.
func (p *parking) enter(by authz.Caller) (leave func(), err error) {
	org := by.Org().String()
	var taken []func()
	back := func() {
		for _, leave := range taken {
			leave()
		}
	}
	for _, of := range []struct {
		places *limit.Places
		name   string
	}{{p.callers, org + by.Identity().OID.String()}, {p.organizations, org}, {p.all, ""}} {
		leave, err := of.places.Enter(of.name)
		if err != nil {
			back()
			return nil, err
		}
		taken = append(taken, leave)
	}
	p.open.Add(1)
	return func() { back(); p.open.Done() }, nil
}

// exchange is a request to a server on its way, with a client that may come and
// go. It says one thing to each request of the client: a question, or its result.
type exchange struct {
	host  *Host
	by    authz.Caller
	c     conversation
	post  post
	stop  context.CancelCauseFunc
	first chan saying   // for the request that began it
	ended chan struct{} // closed when the server has answered

	telling sync.WaitGroup // notifications on their way to the first request

	mu    sync.Mutex // held while nothing is waited for
	asked int
	away  bool         // the first request has been told something
	next  tenants.GUID // of the letter for what is said next; zero when nothing is
	leave func()       // gives the place back
}

// park begins an exchange and returns what it says first. Until it asks
// something, the end of the request is its end.
func (h *Host) park(ctx context.Context, by authz.Caller, c conversation) (tools.Result, error) {
	c.call = c.call.Own() // it goes on when the request is answered
	x := &exchange{host: h, by: by, c: c, post: h.post(c.req), first: make(chan saying, 1), ended: make(chan struct{}), leave: func() {}}
	var on context.Context
	on, x.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	x.c.call.Peer = x
	go x.run(on)
	select {
	case s := <-x.first:
		return s.result()
	case <-ctx.Done():
		x.stop(context.Cause(ctx))
	}
	s := <-x.first // a server heeds its context
	return s.result()
}

// run is the exchange, until the server has answered and whoever waits knows.
func (x *exchange) run(ctx context.Context) {
	defer x.stop(nil)
	s := x.begin(ctx)
	close(x.ended)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverWithin)
	defer cancel()
	defer x.givePlace()
	if err := x.say(ctx, s); err != nil && fault.KindOf(err) != fault.NotFound {
		x.host.logger.LogAttrs(ctx, slog.LevelWarn, "the result of a request that went on could not be passed on", telemetry.Err(err))
	}
}

// begin has the server answer. It must not take the process with it.
func (x *exchange) begin(ctx context.Context) (s saying) {
	defer x.host.recoverFrom(ctx, x.c.target.Name, &s.err)
	result, err := marked(x.c.server.Exchange(ctx, x.by, x.c.target, x.c.call))
	return saying{of: result, err: x.c.replicaEnded(ctx, err)}
}

func (x *exchange) givePlace() {
	x.mu.Lock()
	leave := x.leave
	x.mu.Unlock()
	leave()
}

// say delivers what is said next: to the request that began the exchange, or into
// the letter that was promised. Each saying is followed by that whose letter it
// names, so that two that are under way at once are read in their order.
func (x *exchange) say(ctx context.Context, s saying) error {
	letter, away := x.advance(s.next)
	if !away {
		x.telling.Wait() // the request ends with this
		x.first <- s
		return nil
	}
	if letter.IsZero() {
		return fault.New(fault.Internal, "a request that has ended cannot go on")
	}
	text, err := s.encode()
	if err != nil {
		return fault.Wrap(fault.Internal, "the result cannot be passed on", err)
	}
	return x.post.put(ctx, x.by, letter, text, x.host.now().Add(questionLife))
}

// advance promises the next letter and returns the one that was promised, and
// whether the first request has been told something before.
func (x *exchange) advance(next tenants.GUID) (letter tenants.GUID, away bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	letter, away = x.next, x.away
	x.next, x.away = next, true
	return letter, away
}

// promised returns the letter that is promised now.
func (x *exchange) promised() tenants.GUID {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.next
}

// Notify implements tools.Peer. Once the client is away, nobody is told.
func (x *exchange) Notify(ctx context.Context, n tools.Notification) error {
	x.mu.Lock()
	away := x.away
	if !away {
		x.telling.Add(1)
	}
	x.mu.Unlock()
	if away {
		return nil
	}
	defer x.telling.Done()
	return x.c.req.client.Notify(ctx, n)
}

// Ask implements tools.Peer: it ends the request of the client that waits, which
// comes back with the answer, to whichever replica.
func (x *exchange) Ask(ctx context.Context, q tools.Question) error {
	if _, why := x.c.askable(q.Method, q.Params); why != nil {
		return x.c.refuseQuestion(ctx, x.by, q, why)
	}
	if why := x.promise(ctx); why != nil {
		return x.c.refuseQuestion(ctx, x.by, q, why)
	}
	s := saying{question: &q, next: tenants.NewGUID()}
	if err := x.post.box.OpenLetters(ctx, x.by, x.host.now().Add(promiseLife), s.next); err != nil {
		return err
	}
	return x.say(ctx, s)
}

// promise takes a place for an exchange that is about to be parked and keeps its
// promises from then on. It says why it cannot in words for the server.
func (x *exchange) promise(ctx context.Context) *wire.Error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.asked++; x.asked > mostQuestions {
		return &wire.Error{Message: "the client was asked often enough during this request"}
	}
	if x.asked > 1 {
		return nil
	}
	leave, err := x.host.parking.enter(x.by)
	if err != nil {
		x.asked--
		return &wire.Error{Message: "too many requests wait for answers of people; ask again later"}
	}
	x.leave = leave
	go x.keep(context.WithoutCancel(ctx))
	return nil
}

// keep keeps the promised letter open until the exchange has ended. It ends the
// exchange when nobody waits for it any more, when the time is up, and when this
// replica stops.
func (x *exchange) keep(ctx context.Context) {
	tick, late := time.NewTicker(promiseEvery), time.NewTimer(questionLife)
	defer tick.Stop()
	defer late.Stop()
	for {
		select {
		case <-x.ended:
			return
		case <-x.host.draining:
			x.stop(errReplicaEnds)
			return
		case <-late.C:
			x.stop(fault.New(fault.Invalid, "nobody has answered in time"))
			return
		case <-tick.C:
			if !x.wanted(ctx) {
				x.stop(errCancelledBy)
				return
			}
		}
	}
}

var errCancelledBy = fault.New(fault.Invalid, "the client does not wait any more")

// wanted keeps the promise and reports whether somebody still may come for it.
// That the database does not answer proves nothing, and neither does a letter that
// has been filled meanwhile.
func (x *exchange) wanted(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, promiseEvery)
	defer cancel()
	letter := x.promised()
	if letter.IsZero() {
		return true
	}
	err := x.post.box.KeepLetter(ctx, x.by, letter, x.host.now().Add(promiseLife))
	return fault.KindOf(err) != fault.NotFound || x.promised() != letter
}

// resume hands the answers of a client that has come back to the server that
// asked, and returns what the exchange says next, wherever it goes on.
func (h *Host) resume(ctx context.Context, by authz.Caller, c conversation) (tools.Result, error) {
	state, err := readParked(c.call.State)
	if err != nil {
		return tools.Result{}, err
	}
	answer, err := state.answerIn(c.call.Responses)
	if err != nil {
		return tools.Result{}, err
	}
	if answer == nil {
		return state.again()
	}
	c.call.State, c.call.Responses, c.call.Peer = "", nil, refuser{&c, by}
	if err := c.server.Answer(ctx, by, tools.Answer{ReplyTo: state.ReplyTo, Session: c.call.Client.Session, Result: answer, Call: c.call}); err != nil {
		return tools.Result{}, c.cutShort(err)
	}
	text, err := h.post(c.req).take(ctx, by.Org(), state.Next)
	if err != nil {
		if ctx.Err() != nil { // the client has gone: so ends the exchange
			_ = h.mailbox.CloseLetter(context.WithoutCancel(ctx), by, state.Next)
		}
		if fault.KindOf(err) == fault.NotFound {
			err = fault.Wrap(fault.Unavailable, fmt.Sprintf("what %s was doing has been interrupted; make the request again", c.source.Name), err).RetryAfter(time.Second)
		}
		return tools.Result{}, c.cutShort(err)
	}
	s, err := decodeSaying(text)
	if err != nil {
		return tools.Result{}, err
	}
	return s.result()
}
