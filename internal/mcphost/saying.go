package mcphost

import (
	"encoding/json"
	"errors"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// saying is one thing that an exchange says to the client: a question and where
// to look for what comes next, or its result, or why there is none.
type saying struct {
	question *tools.Question
	next     tenants.GUID
	of       tools.Result
	err      error
}

// result returns a saying as a request is answered.
func (s saying) result() (tools.Result, error) {
	if s.question == nil || s.err != nil {
		return s.of, s.err
	}
	return parked{Next: s.next, ReplyTo: s.question.ReplyTo, Method: s.question.Method, Params: s.question.Params}.again()
}

// parked is what a client carries while its exchange is parked: the state of a
// result that asks. The host encrypts it.
type parked struct {
	Next    tenants.GUID    `json:"next"` // letter in which the exchange goes on
	ReplyTo []byte          `json:"replyTo"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params,omitempty"` // as they were sent, to ask again
}

// answerKey is the key of the one question that a parked exchange asks at a time.
const answerKey = "question"

// longestParked is what a state may have of a question.
const longestParked = 12 << 10

// again returns the result that asks. A question that is too long to be carried
// can be asked only once.
func (p parked) again() (tools.Result, error) {
	params := []byte(p.Params)
	if params == nil {
		params = []byte("{}")
	}
	requests := wire.AppendString([]byte(`{"`+answerKey+`":{"method":`), p.Method)
	requests = append(append(requests, `,"params":`...), params...)
	p.Params = params
	if len(params) > longestParked {
		p.Params = nil
	}
	state, err := json.Marshal(p)
	if err != nil {
		return tools.Result{}, fault.Wrap(fault.Internal, "a question cannot be asked", err)
	}
	return tools.Result{Type: "input_required", Asked: &tools.Asked{Requests: append(requests, "}}"...), State: parkedState + string(state)}}, nil
}

func readParked(state string) (parked, error) {
	var p parked
	if err := json.Unmarshal([]byte(state), &p); err != nil || p.Next.IsZero() {
		return p, fault.Wrap(fault.Invalid, "requestState cannot be read; make the request again without it", err)
	}
	return p, nil
}

// answerIn returns the client's answer, or nil where it is missing and can be
// asked for again.
func (p parked) answerIn(responses []byte) ([]byte, error) {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(responses, &all) // an object, or nothing
	answer := all[answerKey]
	if answer == nil && p.Params == nil {
		return nil, fault.New(fault.Invalid, `inputResponses has no "`+answerKey+`"; answer the request of that key`)
	}
	return answer, nil
}

// written is a saying in a letter.
type written struct {
	Question *parked        `json:"question,omitempty"`
	Result   *writtenResult `json:"result,omitempty"`
	Protocol *protocol      `json:"protocol,omitempty"`
	Fault    *failed        `json:"fault,omitempty"`
}

type protocol struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    []byte `json:"data,omitempty"`
	Status  int    `json:"status,omitempty"`
}

type failed struct {
	Kind   fault.Kind    `json:"kind"`
	Public string        `json:"public"`
	Retry  time.Duration `json:"retry,omitempty"`
	Open   bool          `json:"open,omitempty"`   // tools.ErrUnsettled is in its chain
	Claims string        `json:"claims,omitempty"` // that a stronger sign-in has to satisfy
}

func (f *failed) fault() error {
	var cause error
	if f.Open {
		cause = tools.ErrUnsettled
	}
	if f.Claims != "" {
		cause = errors.Join(cause, tools.NewChallengeError(f.Claims, f.Public, nil))
	}
	return fault.Wrap(f.Kind, f.Public, cause).RetryAfter(f.Retry)
}

// encode writes a saying for another replica. The private cause of a fault stays
// here.
func (s saying) encode() ([]byte, error) {
	var w written
	known, ok := errors.AsType[*wire.Error](s.err)
	switch {
	case ok:
		w.Protocol = &protocol{known.Code, known.Message, known.Data, known.Status}
	case s.err != nil:
		w.Fault = &failed{Kind: fault.KindOf(s.err), Public: fault.Public(s.err), Retry: fault.RetryAfter(s.err), Open: errors.Is(s.err, tools.ErrUnsettled)}
		if demanded, challenged := errors.AsType[*tools.ChallengeError](s.err); challenged {
			w.Fault.Claims = demanded.Claims()
		}
	case s.question != nil:
		w.Question = &parked{Next: s.next, ReplyTo: s.question.ReplyTo, Method: s.question.Method, Params: s.question.Params}
	default:
		w.Result = writeResult(s.of)
	}
	return json.Marshal(w)
}

// decodeSaying reads what encode has written.
func decodeSaying(text []byte) (saying, error) {
	var w written
	if err := json.Unmarshal(text, &w); err != nil {
		return saying{}, fault.Wrap(fault.Internal, "the result cannot be read", err)
	}
	switch {
	case w.Protocol != nil:
		return saying{err: &wire.Error{Code: w.Protocol.Code, Message: w.Protocol.Message, Data: w.Protocol.Data, Status: w.Protocol.Status}}, nil
	case w.Fault != nil:
		return saying{err: w.Fault.fault()}, nil
	case w.Question != nil:
		q := w.Question
		return saying{next: q.Next, question: &tools.Question{Method: q.Method, Params: q.Params, ReplyTo: q.ReplyTo}}, nil
	case w.Result != nil:
		return saying{of: w.Result.result()}, nil
	}
	return saying{}, fault.New(fault.Internal, "the result cannot be read")
}
