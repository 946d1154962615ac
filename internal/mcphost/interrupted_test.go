package mcphost_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// waiting is a server of the initialize revisions that asks a person, and waits
// until it is told to stop. That is before or after it has had the answer.
type waiting struct {
	*server
	unheard error // what becomes of an answer
}

func (w *waiting) Answer(context.Context, authz.Caller, tools.Answer) error { return w.unheard }

// asksAndWaits says of its end what servers have to say.
func asksAndWaits(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
	if err := call.Peer.Ask(ctx, tools.Question{Method: wire.MethodElicit, Params: []byte(`{"message":"?"}`), ReplyTo: []byte("1")}); err != nil {
		return tools.Result{}, err
	}
	<-ctx.Done()
	err := context.Cause(ctx)
	if call.Effect == tools.Write {
		err = fault.Wrap(fault.Upstream, "look before you repeat the call", errors.Join(tools.ErrUnsettled, err))
	}
	return tools.Result{}, err
}

// lost is a mailbox whose letters are promised by nobody any more.
type lost struct{ *letters }

func (lost) TakeLetter(context.Context, tenants.ID, tenants.GUID) ([]byte, error) {
	return nil, fault.New(fault.NotFound, "there is no such letter")
}

// of is a call of a tool of the source.
func of(tool string, more ask) ask {
	more.method, more.name = "tools/call", tool
	more.params = `"name":"` + tool + `","arguments":{}` + more.params
	return more
}

// advises fails unless an interrupted call of a tool is answered as is right for
// what it does.
func (b *bench) advises(t *testing.T, tool string, r reply) {
	t.Helper()
	body := r.Body.String()
	if tool == "notes_search" {
		if !strings.Contains(body, "make the request again") || strings.Contains(body, "look before") || r.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: %d %s", tool, r.Code, body)
		}
		return
	}
	if strings.Contains(body, " again") || !strings.Contains(body, "whether source notes has done what it was asked is unknown: look before you repeat the call") || r.Header().Get("Retry-After") != "" {
		t.Errorf("%s: %d %s", tool, r.Code, body)
	}
	records := b.recordsOf(audit.ToolCall)
	if last := records[len(records)-1]; last.Outcome != audit.Unknown {
		t.Errorf("%s is recorded as %s", tool, last.Outcome)
	}
}

// TestInterruptedCallIsRepeatedOnlyIfItChangesNothing, however it is interrupted.
func TestInterruptedCallIsRepeatedOnlyIfItChangesNothing(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]func(ctx context.Context, b *bench, w *waiting){
		"the replica stops": func(ctx context.Context, b *bench, _ *waiting) { b.host.Drain(ctx) },
		"the replica is gone": func(_ context.Context, b *bench, _ *waiting) {
			all, _ := b.options.Mailbox.(*letters)
			b.rebuild(func(o *mcphost.Options) { o.Mailbox = lost{all} })
		},
		"the answer arrives nowhere": func(_ context.Context, _ *bench, w *waiting) {
			w.unheard = fault.New(fault.Unavailable, "source notes did not answer in time; try again later; make the request again").RetryAfter(1e9)
		},
	} {
		for _, tool := range []string{"notes_search", "notes_write"} {
			t.Run(name+"/"+tool, func(t *testing.T) {
				t.Parallel()
				b, s := federate(t)
				b.rebuild(func(o *mcphost.Options) { o.Mailbox = &letters{all: map[tenants.GUID]chan []byte{}} })
				w := &waiting{server: s}
				b.snap = b.viewWith(t, everybody(time.Time{}, staff...), w, `{}`)
				s.answer = asksAndWaits
				state := b.modern(t, of(tool, ask{can: forms})).asked(t)
				t.Cleanup(func() { b.host.Drain(context.WithoutCancel(t.Context())) })
				interrupt(t.Context(), b, w)
				b.advises(t, tool, b.modern(t, of(tool, ask{can: forms, params: `,"requestState":"` + state + `","inputResponses":{"question":{"action":"accept"}}`})))
			})
		}
	}
}

// TestSessionHearsWhatToDoWhenItsReplicaStops while it is asked something.
func TestSessionHearsWhatToDoWhenItsReplicaStops(t *testing.T) {
	t.Parallel()
	for tool, want := range map[string]string{
		"notes_search": "the server restarts; make the request again",
		"notes_write":  "the server restarts; whether source notes has done what it was asked is unknown: look before you repeat the call",
	} {
		b, s := federate(t)
		b.rebuild(func(o *mcphost.Options) { o.Mailbox = &letters{all: map[tenants.GUID]chan []byte{}} })
		s.answer = asksAndWaits
		told := b.begin(t.Context(), ask{method: "tools/call", headers: []string{"Mcp-Session-Id", b.open(t, `{`+forms+`}`)}}, `"name":"`+tool+`","arguments":{}`)
		if question := <-told; !strings.Contains(question, "elicitation/create") {
			t.Fatalf("%s is told %s", tool, question)
		}
		b.host.Drain(t.Context())
		if end := <-told; !strings.Contains(end, want) {
			t.Errorf("%s is told %s", tool, end)
		}
	}
}

// TestStateThatIsNoLongerGoodInvitesNoSecondChange.
func TestStateThatIsNoLongerGoodInvitesNoSecondChange(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	for tool, want := range map[string]string{"notes_search": "it has expired; send the request again", "notes_write": "it has expired; look whether it has been done before"} {
		b.modern(t, of(tool, ask{can: forms, params: `,"requestState":"made up"`})).refused(t, -32602, want)
	}
}
