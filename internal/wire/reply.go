package wire

import (
	"errors"
	"fmt"
)

// DecodeReply reads the one message in body as a server sends it: a response, a
// notification or a request. All members of its params are in Params.Others,
// and none is looked at; members of the envelope that JSON-RPC does not know are
// ignored. A response to what the server could not read has an error and no ID.
//
// Otherwise it is as strict as Decode. The error says what is wrong with the
// message and is for whoever runs the server; the body must not change while the
// message is in use.
func DecodeReply(body []byte, limits Limits) (Message, error) {
	if len(body) > limits.MaxBytes {
		return Message{}, fmt.Errorf("the message is larger than %d bytes", limits.MaxBytes)
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	d.src, d.depth = body[:len(body):len(body)], limits.MaxDepth
	d.begin()
	switch d.peek() {
	case '{':
		d.walk(&replyEnvelope)
	case '[':
		d.objection = InvalidRequest("it is a batch")
		d.value()
	default:
		d.objection = InvalidRequest("it is not a JSON object")
		d.value()
	}
	d.end()
	if d.why != "" {
		return Message{}, notStrict(d.why, d.where)
	}
	if d.objection == nil {
		d.objection = d.concludeReply()
	}
	if d.objection != nil {
		return Message{}, errors.New(d.objection.Message)
	}
	d.handOver()
	return d.msg, nil
}

var replyEnvelope = group{
	refuse: InvalidRequest,
	others: anything,
	fields: []field{
		known("jsonrpc", readVersion),
		known("id", readReplyID),
		known("method", readMethod),
		known("params", membersAndAll(&replyParams, func(m *Message) *[]byte { return &m.Params.Raw })),
		known("result", readResult),
		known("error", readFailure),
	},
}

var replyParams = group{
	path: "params.", refuse: InvalidRequest, others: anything,
	rest: func(m *Message) *[]Member { return &m.Params.Others },
}

// anything lets every name pass.
func anything(*decoder, *group) {}

// readReplyID lets null pass, which is how a server says that it could not read
// an ID.
func readReplyID(d *decoder, w place) {
	if d.peek() == 'n' {
		d.sawNullID = true
		d.value()
		return
	}
	readID(d, w)
}

func (d *decoder) concludeReply() *Error {
	m := &d.msg
	if d.sawVersion && d.sawFailure && !d.sawResult && m.Method == "" && m.Params.Raw == nil && m.ID == nil {
		m.Kind = Response
		return nil
	}
	if d.sawNullID {
		return InvalidRequest("id is null")
	}
	return d.conclude()
}
