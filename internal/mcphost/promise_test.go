package mcphost_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// slow is a mailbox that a test makes wait.
type slow struct {
	*letters
	opening chan chan struct{} // nil: at once
	keeping chan chan error
}

func (s *slow) OpenLetters(ctx context.Context, by authz.Caller, until time.Time, ids ...tenants.GUID) error {
	if s.opening != nil {
		opened := make(chan struct{})
		s.opening <- opened
		<-opened
	}
	return s.letters.OpenLetters(ctx, by, until, ids...)
}

func (s *slow) KeepLetter(ctx context.Context, _ authz.Caller, _ tenants.GUID, _ time.Time) error {
	said := make(chan error)
	select {
	case s.keeping <- said:
		return <-said
	case <-ctx.Done():
		return ctx.Err()
	}
}

var question = tools.Question{Method: wire.MethodElicit, Params: []byte(`{"message":"?"}`), ReplyTo: []byte("1")}

// again comes back with the answer to what a parked exchange has asked.
func (b *bench) again(t *testing.T, state string) reply {
	t.Helper()
	return b.modern(t, search(ask{can: forms, params: `"name":"notes_search","arguments":{"q":"x"},"requestState":"` + state + `","inputResponses":{"question":{"action":"accept"}}`}))
}

// TestExchangeIsNotHeldUpByTheDatabase while the next question is on its way there.
func TestExchangeIsNotHeldUpByTheDatabase(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	box := &slow{letters: &letters{all: map[tenants.GUID]chan []byte{}}, opening: make(chan chan struct{})}
	b.rebuild(func(o *mcphost.Options) { o.Mailbox = box })
	told := make(chan error, 1)
	s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		if err := call.Peer.Ask(ctx, question); err != nil {
			return tools.Result{}, err
		}
		asked := make(chan error, 1)
		go func() { asked <- call.Peer.Ask(ctx, question) }()
		opened := <-box.opening
		go func() { told <- call.Peer.Notify(ctx, tools.Notification{Method: wire.MethodProgress}) }()
		select {
		case err := <-told:
			told <- err
		case <-time.After(10 * time.Second):
			t.Error("a notification waits for the database")
		}
		close(opened)
		return tools.Result{Members: []byte(`"content":[]`)}, <-asked
	}
	go func() { close(<-box.opening) }()
	state := b.modern(t, search(ask{can: forms})).asked(t)
	b.again(t, b.again(t, state).asked(t)).result(t)
	if err := <-told; err != nil {
		t.Error(err)
	}
}

// TestPromiseThatIsFulfilledWhileItIsRenewedIsNotBroken: the letter that cannot be
// kept open has been filled, and another is promised.
func TestPromiseThatIsFulfilledWhileItIsRenewedIsNotBroken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := federate(t)
		box := &slow{letters: &letters{all: map[tenants.GUID]chan []byte{}}, keeping: make(chan chan error)}
		b.rebuild(func(o *mcphost.Options) { o.Mailbox = box })
		on := make(chan struct{})
		s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
			for range 2 {
				if err := call.Peer.Ask(ctx, question); err != nil {
					return tools.Result{}, err
				}
				select {
				case <-on:
				case <-ctx.Done():
					return tools.Result{}, context.Cause(ctx)
				}
			}
			return tools.Result{Members: []byte(`"content":[]`)}, nil
		}
		state := b.modern(t, search(ask{can: forms})).asked(t)
		said := <-box.keeping // of the first letter
		on <- struct{}{}
		state = b.again(t, state).asked(t)
		said <- fault.New(fault.NotFound, "there is no such letter")
		synctest.Wait()
		select {
		case on <- struct{}{}:
			b.again(t, state).result(t)
		default:
			t.Errorf("it was ended: %s", b.again(t, state).Body)
		}
	})
}

// TestExchangeThatNobodyComesBackToEnds.
func TestExchangeThatNobodyComesBackToEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := federate(t)
		box := &slow{letters: &letters{all: map[tenants.GUID]chan []byte{}}, keeping: make(chan chan error)}
		b.rebuild(func(o *mcphost.Options) { o.Mailbox = box })
		ended := make(chan error, 1)
		s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
			if err := call.Peer.Ask(ctx, question); err != nil {
				return tools.Result{}, err
			}
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return tools.Result{}, context.Cause(ctx)
		}
		b.modern(t, search(ask{can: forms})).asked(t)
		(<-box.keeping) <- fault.New(fault.NotFound, "there is no such letter")
		if err := <-ended; !strings.Contains(err.Error(), "does not wait any more") {
			t.Error(err)
		}
	})
}
