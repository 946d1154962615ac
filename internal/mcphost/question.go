package mcphost

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// questionLife is how long a client may take to answer.
const questionLife = 10 * time.Minute

// question is what the id of a request to a client of the initialize revisions
// says, encrypted: whichever replica gets the answer knows where it belongs. It
// opens only for the endpoint, person, client and session it was made for.
type question struct {
	letter  tenants.GUID // filled by the answer: with it, or with the fact where it goes to the source
	source  tenants.GUID // that has asked; zero where the answer goes into the letter
	replyTo []byte       // the source's own
}

// guidSize is the length of an encoded id.
const guidSize = 16

// errNoQuestion is the same for an answer to what was never asked, to what was
// asked somebody else, and to what was asked too long ago.
var errNoQuestion = fault.New(fault.Invalid, "this answers no request that is open in this session; answer with the id of the request, within 10 minutes")

// questionBinding is what a question belongs to.
func questionBinding(by authz.Caller, req *request) []byte {
	session := req.session.id.Bytes()
	return req.binding(by, "question", string(session[:]))
}

// id returns the question as the id of a request.
func (q question) id(by authz.Caller, req *request, now time.Time) (string, error) {
	letter, source := q.letter.Bytes(), q.source.Bytes()
	payload := append(append(letter[:], source[:]...), q.replyTo...)
	return req.snap.Key.Questions().Encrypt(questionBinding(by, req), payload, now, now.Add(questionLife))
}

// readQuestion returns the question that a response answers.
func readQuestion(by authz.Caller, req *request, now time.Time) (question, error) {
	id, ok := wire.Text(req.message.ID)
	if !ok {
		return question{}, errNoQuestion
	}
	payload, err := req.snap.Key.Questions().Open(questionBinding(by, req), id, now)
	if err != nil || len(payload) < 2*guidSize {
		return question{}, errNoQuestion
	}
	q := question{replyTo: payload[2*guidSize:]}
	if q.letter, err = tenants.GUIDFromBytes(payload[:guidSize]); err != nil {
		return question{}, errNoQuestion
	}
	q.source, err = tenants.GUIDFromBytes(payload[guidSize : 2*guidSize])
	return q, err
}

// appendRequest appends a request to a client.
func appendRequest(dst []byte, id, method string, params []byte) []byte {
	dst = wire.AppendString(append(dst, `{"jsonrpc":"2.0","id":`...), id)
	dst = wire.AppendString(append(dst, `,"method":`...), method)
	if params != nil {
		dst = append(append(dst, `,"params":`...), params...)
	}
	return append(dst, '}')
}

// askable returns the params of a question as the client is asked it, or says why
// it cannot be.
func (c *conversation) askable(method string, params []byte) ([]byte, *wire.Error) {
	needs := neededFor(method, membersOf(params))
	if needs == 0 || c.call.Client.Capabilities.Can&needs != needs {
		return nil, &wire.Error{Code: wire.CodeMethodNotFound, Message: fmt.Sprintf("the client has not declared that it can be asked for %.64q in this way", method)}
	}
	asked, err := introduced(c.source, method, params)
	if err != nil {
		return nil, &wire.Error{Code: wire.CodeInvalidParams, Message: "the client cannot be asked this: " + err.Error()}
	}
	return asked, nil
}

// refuseQuestion gives a server that cannot be answered an error at once.
func (c *conversation) refuseQuestion(ctx context.Context, by authz.Caller, q tools.Question, why *wire.Error) error {
	failure := wire.AppendString([]byte(`{"code":-32601,"message":`), why.Message)
	return c.server.Answer(ctx, by, tools.Answer{ReplyTo: q.ReplyTo, Session: c.call.Client.Session, Failure: append(failure, '}'), Call: c.call})
}
