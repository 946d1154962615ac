package mcphost

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// What a server may ask during one call.
const (
	mostRounds    = 16 // of questions
	mostQuestions = 16 // at once
	mostRelayed   = 64 // one by one, in the initialize revisions
)

// converseLegacy is a conversation with a client of the initialize revisions. A
// server of its own era asks it through us; what one of the modern era wants to
// know we ask ourselves, and then repeat the request.
func (h *Host) converseLegacy(ctx context.Context, by authz.Caller, c conversation) (tools.Result, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := &relay{host: h, by: by, c: &c, stop: stop}
	c.call.Peer = p
	result, err := p.rounds(ctx)
	return result, c.replicaEnded(ctx, err)
}

// rounds repeats the request until the server has asked everything.
func (p *relay) rounds(ctx context.Context) (tools.Result, error) {
	c := p.c
	for range mostRounds {
		result, err := c.server.Exchange(ctx, p.by, c.target, c.call)
		if err != nil || result.Asked == nil {
			return result, err
		}
		p.waits.Do(func() { go p.endWithReplica(ctx) })
		if c.call.Responses, err = p.host.askAll(ctx, p.by, c, result.Asked.Requests); err != nil {
			return tools.Result{}, err
		}
		c.call.State = result.Asked.State
	}
	return tools.Result{}, c.tooManyRounds()
}

// endWithReplica ends a conversation that waits for a person when this replica
// stops: it would keep it from stopping for as long as people take.
func (p *relay) endWithReplica(ctx context.Context) {
	select {
	case <-p.host.draining:
		p.stop(errReplicaEnds)
	case <-ctx.Done():
	}
}

// relay is the client's side of a conversation with a client of the initialize
// revisions.
type relay struct {
	host  *Host
	by    authz.Caller
	c     *conversation
	stop  context.CancelCauseFunc
	asked atomic.Int32
	waits sync.Once // for a person, from now on
}

// Notify implements tools.Peer.
func (p *relay) Notify(ctx context.Context, n tools.Notification) error {
	return p.c.req.client.Notify(ctx, n)
}

// Ask implements tools.Peer: the question goes to the client as a request whose
// id leads the answer back, whichever replica gets it.
func (p *relay) Ask(ctx context.Context, q tools.Question) error {
	params, why := p.c.askable(q.Method, q.Params)
	if why != nil {
		return p.c.refuseQuestion(ctx, p.by, q, why)
	}
	if p.asked.Add(1) > mostRelayed {
		return p.c.refuseQuestion(ctx, p.by, q, &wire.Error{Message: "the client was asked often enough during this call"})
	}
	p.waits.Do(func() { go p.endWithReplica(ctx) })
	letter := tenants.NewGUID()
	if err := p.host.mailbox.OpenLetters(ctx, p.by, p.host.now().Add(questionLife), letter); err != nil {
		return err
	}
	err := p.host.ask(ctx, p.by, p.c, asking{question{letter: letter, source: p.c.source.ID, replyTo: q.ReplyTo}, q.Method, params})
	if errors.Is(err, errNoStream) {
		return p.c.refuseQuestion(ctx, p.by, q, &wire.Error{Message: errNoStream.Error()})
	}
	return err
}

// asking is a question with its words.
type asking struct {
	question question
	method   string
	params   []byte
}

// ask sends a question to the client.
func (h *Host) ask(ctx context.Context, by authz.Caller, c *conversation, a asking) error {
	id, err := a.question.id(by, c.req, h.now())
	if err != nil {
		return wrong(c.source.Name, "asks in a way that cannot be passed on", err)
	}
	return c.req.client.say(ctx, appendRequest(nil, id, a.method, a.params))
}

// askAll asks the client all that a server of the modern era wants to know, waits
// for the answers, and returns them as that server reads them.
func (h *Host) askAll(ctx context.Context, by authz.Caller, c *conversation, requests []byte) ([]byte, error) {
	keys, all, err := c.questions(requests)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, questionLife)
	defer cancel()
	letters := make([]tenants.GUID, len(all))
	for i := range all {
		letters[i] = all[i].question.letter
	}
	if err := h.mailbox.OpenLetters(ctx, by, h.now().Add(questionLife), letters...); err != nil {
		return nil, err
	}
	defer h.closeLetters(ctx, by, letters)
	for _, a := range all {
		if err := h.ask(ctx, by, c, a); err != nil {
			return nil, err
		}
	}
	responses := []byte("{")
	for i, key := range keys {
		answer, err := h.awaitAnswer(ctx, by, c, letters[i])
		if err != nil {
			return nil, err
		}
		responses = wire.AppendMember(responses, wire.Member{Name: key, Value: answer})
	}
	return append(responses, '}'), nil
}

// closeLetters closes what nobody waits for any more. That it cannot is no fault:
// letters expire.
func (h *Host) closeLetters(ctx context.Context, by authz.Caller, letters []tenants.GUID) {
	for _, id := range letters {
		_ = h.mailbox.CloseLetter(context.WithoutCancel(ctx), by, id)
	}
}

// questions reads what a server of the modern era wants to know, by key.
func (c *conversation) questions(requests []byte) (keys []string, all []asking, err error) {
	if requests == nil {
		return nil, nil, nil // it only wants its state back
	}
	members, err := wire.MembersOf(requests)
	if err != nil || len(members) > mostQuestions {
		return nil, nil, wrong(c.source.Name, "asks in a way that cannot be read", err)
	}
	slices.SortFunc(members, func(a, b wire.Member) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range members {
		a, err := c.translate(m.Value)
		if err != nil {
			return nil, nil, err
		}
		keys, all = append(keys, m.Name), append(all, a)
	}
	return keys, all, nil
}

// translate turns an input request of the modern era into a request of the
// initialize revisions. There a URL has an id of its own.
func (c *conversation) translate(request []byte) (asking, error) {
	var of map[string]json.RawMessage
	_ = json.Unmarshal(request, &of)
	a := asking{question: question{letter: tenants.NewGUID()}}
	a.method, _ = wire.Text(of["method"])
	var why *wire.Error
	if a.params, why = c.askable(a.method, of["params"]); why != nil {
		return a, fault.Newf(fault.Invalid, "%s wants to ask something first, and %s", c.source.Name, why.Message)
	}
	if neededFor(a.method, membersOf(a.params)) == tools.CanElicitURL {
		a.params = withElicitationID(a.params, a.question.letter)
	}
	return a, nil
}

// withElicitationID adds an id to the params of an elicitation that have at least
// a mode.
func withElicitationID(params []byte, id tenants.GUID) []byte {
	members, err := wire.MembersOf(params)
	if err != nil || wire.Value(members, "elicitationId") != nil {
		return params
	}
	with := wire.AppendString([]byte(`{"elicitationId":`), id.String())
	return append(append(with, ','), params[1:]...)
}

// awaitAnswer waits for one answer of the client.
func (h *Host) awaitAnswer(ctx context.Context, by authz.Caller, c *conversation, letter tenants.GUID) ([]byte, error) {
	text, err := h.post(c.req).take(ctx, by.Org(), letter)
	if err != nil {
		if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Unavailable {
			return nil, fault.Wrap(fault.Invalid, "what "+c.source.Name+" asked was not answered in time; repeat the call", err)
		}
		return nil, err
	}
	var reply struct{ Result, Error json.RawMessage }
	if err := json.Unmarshal(text, &reply); err != nil {
		return nil, fault.Wrap(fault.Internal, "an answer cannot be read", err)
	}
	if reply.Error != nil {
		return nil, fault.Newf(fault.Invalid, "the client did not answer what %s asked: %.200s", c.source.Name, messageOf(reply.Error))
	}
	return reply.Result, nil
}

// messageOf returns what an error object says to people.
func messageOf(failure []byte) string {
	var of struct{ Message string }
	_ = json.Unmarshal(failure, &of)
	return of.Message
}
