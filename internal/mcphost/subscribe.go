package mcphost

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// Notes keeps what a session of the initialize revisions has subscribed to where
// every replica finds it, encrypted.
type Notes interface {
	// Subscriptions returns a session's; the zero value where it has none.
	Subscriptions(ctx context.Context, org tenants.ID, session tenants.GUID) (Note, error)
	// PutSubscriptions replaces a session's: the revision is the one after which
	// was read, or it is a Conflict.
	PutSubscriptions(ctx context.Context, by authz.Caller, session tenants.GUID, n Note, expires time.Time) error
	// Subscribing returns a channel that receives when they may have changed, and
	// what ends that. It is a hint.
	Subscribing(org tenants.ID, session tenants.GUID) (changed <-chan struct{}, end func())
}

// Note is what a session has subscribed to. It has no type of its own, so that
// whoever keeps it need not know this package.
type Note = struct {
	Revision   int64
	Ciphertext []byte
}

// subscribed is what a note says.
type subscribed struct {
	Stream tenants.GUID // the stream that hears: the newest of the session
	URIs   []string
	Over   []over `json:",omitempty"` // elicitations of which the stream tells that they are
}

func noteLabel(session tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "subscriptions", ID: session.String()}
}

// readNote returns what the request's session has subscribed to.
func (h *Host) readNote(ctx context.Context, by authz.Caller, req *request) (subscribed, int64, error) {
	var now subscribed
	note, err := h.notes.Subscriptions(ctx, by.Org(), req.session.id)
	if err != nil || note.Revision == 0 {
		return now, 0, err
	}
	text, err := req.snap.Key.Decrypt(noteLabel(req.session.id), note.Ciphertext)
	if err == nil {
		err = json.Unmarshal(text, &now)
	}
	if err != nil {
		return now, 0, fault.Wrap(fault.Internal, "the session's subscriptions cannot be read", err)
	}
	return now, note.Revision, nil
}

// mostConflicts is how often others may be quicker.
const mostConflicts = 10

// editNote changes what the request's session has subscribed to.
func (h *Host) editNote(ctx context.Context, by authz.Caller, req *request, edit func(*subscribed) error) (err error) {
	for range mostConflicts {
		now, revision, err := h.readNote(ctx, by, req)
		if err != nil {
			return err
		}
		if err := edit(&now); err != nil {
			return err
		}
		text, err := json.Marshal(now)
		if err != nil {
			return err
		}
		ciphertext, err := req.snap.Key.Encrypt(noteLabel(req.session.id), text)
		if err != nil {
			return err
		}
		err = h.notes.PutSubscriptions(ctx, by, req.session.id, Note{Revision: revision + 1, Ciphertext: ciphertext}, req.session.opened.Add(sessionLife))
		if fault.KindOf(err) != fault.Conflict {
			return err
		}
	}
	return fault.New(fault.Unavailable, "the session's subscriptions change all the time; try again shortly")
}

// errNoSession is the answer to who subscribes without a session to hear in.
var errNoSession = wire.InvalidParams("subscriptions belong to a session; send the Mcp-Session-Id that the answer to initialize gave")

// subscribe answers resources/subscribe of the initialize revisions. Whichever
// replica holds the session's stream hears of it.
func (h *Host) subscribe(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	uri := req.message.Params.URI
	switch {
	case uri == "":
		return answer{}, wire.MalformedParams("params.uri is missing; name the resource")
	case req.session.id.IsZero():
		return answer{}, errNoSession
	}
	if _, ok := req.resource(by, uri); !ok {
		return answer{}, errUnknownResource
	}
	return answer{}, h.editNote(ctx, by, req, func(now *subscribed) error {
		if slices.Contains(now.URIs, uri) {
			return nil
		}
		if len(now.URIs) >= mostURIs {
			return wire.InvalidParams("the session is subscribed to 100 resources; unsubscribe from one first")
		}
		now.URIs = append(now.URIs, uri)
		return nil
	})
}

// unsubscribe answers resources/unsubscribe. What is not subscribed to stays so.
func (h *Host) unsubscribe(ctx context.Context, by authz.Caller, req *request) (answer, error) {
	uri := req.message.Params.URI
	switch {
	case uri == "":
		return answer{}, wire.MalformedParams("params.uri is missing; name the resource")
	case req.session.id.IsZero():
		return answer{}, errNoSession
	}
	return answer{}, h.editNote(ctx, by, req, func(now *subscribed) error {
		now.URIs = slices.DeleteFunc(now.URIs, func(u string) bool { return u == uri })
		return nil
	})
}
