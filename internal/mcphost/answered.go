package mcphost

import (
	"context"
	"net/http"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// answered takes what a client of the initialize revisions answers to a question,
// on whichever replica: 202 says that whoever asked has it.
func (h *Host) answered(w http.ResponseWriter, r *http.Request, by authz.Caller, req *request) {
	if err := h.settled(r.Context(), req, h.deliver(r.Context(), by, req)); err != nil {
		h.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// deliver hands an answer over, once.
func (h *Host) deliver(ctx context.Context, by authz.Caller, req *request) error {
	now := h.now()
	q, err := readQuestion(by, req, now)
	if err != nil {
		return err
	}
	if q.source.IsZero() {
		return h.post(req).put(ctx, by, q.letter, appendReply(nil, &req.message), now.Add(questionLife))
	}
	_, server, ok := req.snap.Source(q.source)
	if !ok {
		return fault.New(fault.NotFound, "the source that asked is not there any more; look what has become of the call before you repeat it")
	}
	if err := h.mailbox.PutLetter(ctx, by, q.letter, nil, now.Add(questionLife)); err != nil {
		return err
	}
	return server.Answer(ctx, by, tools.Answer{
		ReplyTo: q.replyTo, Session: req.session.id, Result: req.message.Result, Failure: req.message.Failure,
		Call: tools.Call{Assertion: authz.NewAssertion(req.token), Now: now, Client: clientOf(req), Peer: &peer{h, by, req}},
	})
}

func (h *Host) post(req *request) post { return post{h.mailbox, req.snap.Key} }

// appendReply appends an answer as a letter says it.
func appendReply(dst []byte, m *wire.Message) []byte {
	if m.Failure != nil {
		return append(append(append(dst, `{"error":`...), m.Failure...), '}')
	}
	return append(append(append(dst, `{"result":`...), m.Result...), '}')
}
