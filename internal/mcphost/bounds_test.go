package mcphost_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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

// broken is a server that cannot be watched, and says when that was tried.
type broken struct {
	server
	tried []time.Time
	lives time.Duration // of each watch
}

// Watch implements tools.Server.
func (s *broken) Watch(ctx context.Context, _ authz.Caller, _ tools.Watch) error {
	s.mu.Lock()
	s.tried = append(s.tried, time.Now())
	lives := s.lives
	s.mu.Unlock()
	select {
	case <-time.After(lives):
		return errors.New("it broke off")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *broken) attempts() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.tried...)
}

// TestSourceThatCannotBeWatchedIsTriedEverMoreSeldom: at most once a minute, and
// not at all when nobody wants to hear of it.
func TestSourceThatCannotBeWatchedIsTriedEverMoreSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := federate(t)
		s := &broken{}
		b.snap = b.viewWith(t, everybody(time.Time{}, staff...), s, `{}`)
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		b.listen(ctx, "", "", `{"toolsListChanged":true}`)
		<-time.After(4*time.Minute + time.Second)
		leave()
		synctest.Wait()
		var waits []string
		all := s.attempts()
		for i := range all[1:] {
			waits = append(waits, all[i+1].Sub(all[i]).String())
		}
		if got := strings.Join(waits, " "); got != "1s 2s 4s 8s 16s 32s 1m0s 1m0s" {
			t.Errorf("waited %s", got)
		}
		<-time.After(time.Hour)
		if len(s.attempts()) != len(all) {
			t.Error("a source is watched for nobody")
		}
	})
}

// mostWatched is how many watches one organization has at a time.
const mostWatched = 500

// TestWatchesOfAnOrganizationAreBounded: whoever comes later listens all the same,
// and is watched for once there is a place.
func TestWatchesOfAnOrganizationAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := federate(t)
		s := &watched{begun: make(chan tools.Watch, 2*mostWatched), ended: make(chan struct{}, 2*mostWatched)}
		b.snap = b.viewWith(t, everybody(time.Time{}, staff...), s, `{}`)
		ctx, leave := context.WithCancel(t.Context())
		first, leaveFirst := context.WithCancel(ctx)
		for n := range mostWatched + 1 {
			token := b.token(map[string]any{"oid": fmt.Sprintf("a11ce000-0000-4000-8000-%012d", n)})
			on := ctx
			if n == 0 {
				on = first
			}
			b.listen(on, token, "", `{"resourceSubscriptions":["notes://all"]}`)
			synctest.Wait()
		}
		if len(s.begun) != mostWatched {
			t.Errorf("%d watches, want %d", len(s.begun), mostWatched)
		}
		leaveFirst()
		<-time.After(6 * time.Minute) // the last stream has looked again
		synctest.Wait()
		if len(s.begun) != mostWatched+1 || len(s.ended) != 1 {
			t.Errorf("%d watches have begun and %d have ended, want one more and one", len(s.begun), len(s.ended))
		}
		leave()
		synctest.Wait()
		if len(s.ended) != mostWatched+1 {
			t.Errorf("%d watches have ended", len(s.ended))
		}
	})
}

// TestServerAsksAClientOftenEnough: 64 times during one call, and then hears that
// it cannot.
func TestServerAsksAClientOftenEnough(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	s := &hearing{answers: make(chan tools.Answer, 2)}
	s.answer = func(ctx context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		for n := range 65 {
			if len(s.answers) != 0 {
				t.Errorf("refused after %d questions", n)
			}
			if err := call.Peer.Ask(ctx, tools.Question{Method: wire.MethodElicit, Params: []byte(`{"message":"?"}`), ReplyTo: []byte("1")}); err != nil {
				t.Error(err)
			}
		}
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
	b.snap = b.viewWith(t, everybody(time.Time{}, staff...), s, `{}`)
	session := b.open(t, `{"elicitation":{}}`)
	r := b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: session})
	if got := strings.Count(r.Body.String(), `"method":"elicitation/create"`); got != 64 || len(r.events()) != 65 {
		t.Errorf("asked %d times", got)
	}
	if len(s.answers) != 1 {
		t.Fatalf("%d answers without asking, want one", len(s.answers))
	}
	if a := <-s.answers; !strings.Contains(string(a.Failure), "asked often enough during this call") || string(a.ReplyTo) != "1" {
		t.Errorf("%s", a.Failure)
	}
}

// TestServerThatComesToNoResultIsLeft after 16 rounds, with a word that names it.
func TestServerThatComesToNoResultIsLeft(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = func(_ context.Context, _ tools.Target, call tools.Call) (tools.Result, error) {
		return tools.Result{Type: "input_required", Asked: &tools.Asked{State: call.State + "."}}, nil
	}
	session := b.open(t, `{"elicitation":{}}`)
	r := b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: session})
	if string(r.result(t)["isError"]) != "true" || !strings.Contains(r.Body.String(), "source notes asks again and again and comes to no result; tell whoever runs it") {
		t.Errorf("%s", r.Body)
	}
	if _, last := s.last(t); s.asked() != 16 || last.State != strings.Repeat(".", 15) {
		t.Errorf("asked %d times, at last with the state %q", s.asked(), last.State)
	}
}

// letters is a mailbox in memory.
type letters struct {
	noMail
	mu  sync.Mutex
	all map[tenants.GUID]chan []byte
}

// OpenLetters implements mcphost.Mailbox.
func (l *letters) OpenLetters(_ context.Context, _ authz.Caller, _ time.Time, ids ...tenants.GUID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.all[id] = make(chan []byte, 1)
	}
	return nil
}

// PutLetter implements mcphost.Mailbox.
func (l *letters) PutLetter(_ context.Context, _ authz.Caller, id tenants.GUID, ciphertext []byte, _ time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all[id] == nil {
		return fault.New(fault.NotFound, "there is no such letter")
	}
	l.all[id] <- ciphertext
	return nil
}

// TakeLetter implements mcphost.Mailbox.
func (l *letters) TakeLetter(ctx context.Context, _ tenants.ID, id tenants.GUID) ([]byte, error) {
	l.mu.Lock()
	letter := l.all[id]
	l.mu.Unlock()
	select {
	case text := <-letter:
		return text, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

const visit = `{"k":{"method":"elicitation/create","params":{"mode":"url","message":"sign in","url":"https://pay.example/x?n=9007199254740993"}}}`

// TestPersonIsSentToAURLByAServerOfTheOtherEra: in the initialize revisions the
// elicitation has an id, and the answer says nothing but that they agreed.
func TestPersonIsSentToAURLByAServerOfTheOtherEra(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	b.rebuild(func(o *mcphost.Options) { o.Mailbox = &letters{all: map[tenants.GUID]chan []byte{}} })
	s.answer = asking(visit)
	session := b.open(t, `{"elicitation":{"url":{}}}`)
	told := b.begin(t.Context(), ask{method: "tools/call", headers: []string{"Mcp-Session-Id", session}}, `"name":"notes_search"`)
	question := <-told
	var id string
	if _, rest, ok := strings.Cut(question, `"id":"`); ok {
		id, _, _ = strings.Cut(rest, `"`)
	}
	if !strings.Contains(question, `"method":"elicitation/create","params":{"elicitationId":"`) ||
		!strings.Contains(question, `"mode":"url","message":"notes asks: sign in","url":"https://pay.example/x?n=9007199254740993"}`) || id == "" {
		t.Fatalf("asked %s", question)
	}
	answer := ask{body: fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"result":{"action":"accept"}}`, id), session: session}
	if r := b.legacy(t, answer); r.Code != 202 {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	<-told
	if _, call := s.last(t); string(call.Responses) != `{"k":{"action":"accept"}}` {
		t.Errorf("the server reads %s", call.Responses)
	}
	session = b.open(t, `{"elicitation":{}}`)
	r := b.legacy(t, ask{method: "tools/call", params: `"name":"notes_search"`, session: session})
	if string(r.result(t)["isError"]) != "true" || !strings.Contains(r.Body.String(), "the client has not declared that it can be asked") {
		t.Errorf("a client that opens no URLs: %s", r.Body)
	}
}
