package wire

import (
	"fmt"
	"slices"
	"sync"
)

// Decode reads the one message in body.
//
// What it accepts means the same to every JSON parser, whether that takes the
// first or the last of two members and whether it minds case: a text that is
// not strict JSON is refused with ParseError, a message that is not for us with
// InvalidRequest, params that cannot be understood with MalformedParams.
//
// With an error, only the ID of the message means anything: it is set if it
// could be read, for the reply to carry. The body must not change while the
// message is in use.
func Decode(body []byte, limits Limits) (Message, *Error) {
	if len(body) > limits.MaxBytes {
		return Message{}, tooLarge(limits)
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	d.src, d.depth = slices.Clip(body), limits.MaxDepth
	if err := d.decode(); err != nil {
		return Message{ID: d.msg.ID}, err
	}
	return d.msg, nil
}

// decoder is a scanner that keeps what it passes.
type decoder struct {
	scanner
	msg       Message
	objection *Error // the first to what is strict JSON; scanning goes on, for the ID

	loose []loose // the members nobody knows, of all objects, in their order

	sawVersion, sawResult, sawFailure, sawNullID bool
}

var decoders = sync.Pool{New: func() any {
	d := new(decoder)
	d.names, d.loose = make([]member, 0, usual), make([]loose, 0, usual)
	return d
}}

// usual is how many names, known or not, a message has room for at once.
const usual = 64

// keep is how many names, and how many bytes of escaped strings, a message may
// leave behind room for.
const keep = 256

// release returns d to the pool without anything of its message.
func (d *decoder) release() {
	fresh := decoder{}
	if cap(d.names) <= keep && cap(d.scratch) <= keep && cap(d.slots) <= keep && cap(d.loose) <= keep {
		clear(d.names[:cap(d.names)])
		clear(d.loose[:cap(d.loose)])
		fresh.names, fresh.scratch, fresh.slots, fresh.loose = d.names[:0], d.scratch[:0], d.slots[:0], d.loose[:0]
	}
	*d = fresh
	decoders.Put(d)
}

func (d *decoder) decode() *Error {
	d.begin()
	switch d.peek() {
	case '{':
		d.walk(&envelope)
	case '[':
		return InvalidRequest("batches are not accepted in any protocol version; send each message in a request of its own")
	default:
		d.value()
		d.objection = InvalidRequest("a message must be a JSON object")
	}
	d.end()
	if d.why != "" {
		d.msg.ID = nil // of a text that means nothing, the ID means nothing
		return ParseError(fmt.Sprintf("the request body is not strict JSON: %s (byte %d)", d.why, d.where))
	}
	if d.objection == nil {
		d.objection = d.conclude()
	}
	if d.objection == nil {
		d.handOver()
	}
	return d.objection
}

// conclude decides what kind of message the members of the envelope make.
func (d *decoder) conclude() *Error {
	m := &d.msg
	switch {
	case !d.sawVersion:
		return InvalidRequest(`jsonrpc is missing; it must be "2.0"`)
	case d.sawResult || d.sawFailure:
		return d.concludeResponse()
	case m.Method == "":
		return InvalidRequest("method is missing")
	case m.ID == nil:
		m.Kind = Notification
	default:
		m.Kind = Request
	}
	return nil
}

func (d *decoder) concludeResponse() *Error {
	m := &d.msg
	switch {
	case d.sawResult && d.sawFailure:
		return InvalidRequest("a response carries result or error, not both")
	case m.Method != "" || m.Params.Raw != nil:
		return InvalidRequest("a message is either a request with method and params or a response with result or error")
	case m.ID == nil:
		return InvalidRequest("id is missing; a response carries the id of the request it answers")
	}
	m.Kind = Response
	return nil
}
