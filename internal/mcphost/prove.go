package mcphost

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// StepUps makes links to the page of ours at which people sign in to Entra as a
// challenge wants it.
type StepUps interface {
	// StepUpLink returns the page for a caller; empty: there is none that would help.
	StepUpLink(snap *snapshot.Snapshot, by authz.Caller, s StepUp) (string, error)
}

// StepUp is a request that waits for a stronger sign-in.
type StepUp struct {
	Claims      string       // that the sign-in has to satisfy, as JSON
	Toolset     string       // whose endpoint the request came to; empty: the organization's
	Session     tenants.GUID // that hears when it is done; zero: none
	Opened      time.Time    // the session
	Elicitation tenants.GUID // as which it hears of it
}

// stepUpKey is the key of our own question, that a person sign in more strongly.
const stepUpKey = "gatehouse_step_up"

// toldError is a refusal whose text leads the person on.
type toldError struct{ why error }

func (e *toldError) Error() string { return e.why.Error() }

// Unwrap returns the fault.
func (e *toldError) Unwrap() error { return e.why }

// leadToStepUp has a client send its person to where they do what a challenge wants
// of their sign-in, and repeat the request: with a question of ours in the modern era,
// in the others with the error that says what to do first. One that cannot gets the
// link in words. A client that answers challenges itself gets the challenge, unless
// the answer has begun: then it is too late for a status.
func (h *Host) leadToStepUp(by authz.Caller, req *request, method, state string, err error) (tools.Result, error) {
	demanded, ok := errors.AsType[*tools.ChallengeError](err)
	if !ok || h.stepUps == nil || req.stepsUp == byClaims && !req.events.isOpen() {
		return tools.Result{}, err
	}
	wanted := StepUp{Claims: demanded.Claims(), Toolset: req.toolset, Elicitation: tenants.NewGUID()}
	asks := clientOf(req).Capabilities.Can&tools.CanElicitURL != 0 && (req.era == wire.Legacy || retriable(method))
	if asks && req.era == wire.Legacy {
		wanted.Session, wanted.Opened = req.session.id, req.session.opened
	}
	to, failed := h.stepUps.StepUpLink(req.snap, by, wanted)
	if failed != nil || to == "" {
		return tools.Result{}, errors.Join(err, failed)
	}
	why, rest, _ := strings.Cut(fault.Public(err), "; "+tools.SignInAgain)
	switch {
	case !asks:
		told := why + "; open " + to + " in your browser, do there what Microsoft asks of you, and repeat this" + rest
		return tools.Result{}, &toldError{fault.Wrap(fault.Unauthenticated, told, err)}
	case req.era == wire.Legacy:
		return tools.Result{}, errors.Join(err, visitFirst(why, to, wanted.Elicitation))
	}
	return tools.Result{Type: typeInput, Asked: &tools.Asked{Requests: visitRequest(stepUpKey, why, to), State: stepUpState + state, Ours: true}}, nil
}

// visitFirst is the error by which a client of the initialize revisions is sent to a
// URL (2025-11-25, "URLElicitationRequiredError").
func visitFirst(message, to string, elicitation tenants.GUID) *wire.Error {
	params := append(visitParams(message, to), `,"elicitationId":`...)
	data := append(wire.AppendString(append([]byte(`{"elicitations":[`), params...), elicitation.String()), `}]}`...)
	return &wire.Error{Code: wire.CodeURLElicitation, Message: message, Data: data, Status: http.StatusOK}
}

// visitRequest is the question by which one of the modern era is.
func visitRequest(key, message, to string) []byte {
	requests := append(wire.AppendString([]byte{'{'}, key), `:{"method":"elicitation/create","params":`...)
	return append(append(requests, visitParams(message, to)...), "}}}"...)
}

// visitParams are the params of both, without the last brace.
func visitParams(message, to string) []byte {
	params := append(wire.AppendString([]byte(`{"mode":"url","message":`), message), `,"url":`...)
	return wire.AppendString(params, to)
}

// errNotProven is the answer to whose client says that they do not want to.
var errNotProven = fault.New(fault.Forbidden, "you did not go to sign in as your organization requires for this, so it was not done; repeat the call to be asked again")

// declined reports whether a client answers our own question with a no.
func declined(responses []byte, key string) bool {
	action, _ := wire.Text(wire.Value(membersOf(wire.Value(membersOf(responses), key)), "action"))
	return action == "decline" || action == "cancel"
}

// For how long a session is told that an elicitation is over, and of how many it is:
// who opens its stream anew may hear of one again.
const (
	overLife = 15 * time.Minute
	mostOver = 8
)

// over is an elicitation that is over.
type over struct {
	ID tenants.GUID
	At time.Time
}

// ElicitationOver tells a session of the initialize revisions, on whichever replica its
// stream is, that its person has been where a URL has led them (2025-11-25,
// "Completion Notifications for URL Mode Elicitation").
func (h *Host) ElicitationOver(ctx context.Context, snap *snapshot.Snapshot, by authz.Caller, s StepUp) error {
	if s.Session.IsZero() {
		return nil
	}
	now := h.now()
	req := &request{snap: snap, session: session{id: s.Session, opened: s.Opened}}
	return h.editNote(ctx, by, req, func(n *subscribed) error {
		n.Over = append(recent(n.Over, now), over{s.Elicitation, now})
		n.Over = n.Over[max(0, len(n.Over)-mostOver):]
		return nil
	})
}

func recent(all []over, now time.Time) (left []over) {
	for _, o := range all {
		if now.Before(o.At.Add(overLife)) {
			left = append(left, o)
		}
	}
	return left
}

// tellOver tells of elicitations that are over, each once in a stream.
func (s *stream) tellOver() error {
	for _, id := range s.over {
		text := append(wire.AppendString([]byte(`{"jsonrpc":"2.0","method":`), wire.MethodElicitationComplete), `,"params":{"elicitationId":`...)
		if err := s.events.send(append(wire.AppendString(text, id.String()), "}}"...)); err != nil {
			return err
		}
		s.told[id] = true
	}
	s.over = nil
	return nil
}
