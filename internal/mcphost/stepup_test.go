package mcphost_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

const wantsMFA = `{"access_token":{"polids":{"essential":true,"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}}}`

// challenges answers nothing but that it wants to see more of the sign-in.
func challenges(context.Context, tools.Target, tools.Call) (tools.Result, error) {
	why := tools.NewChallengeError(wantsMFA, "Conditional Access wants more; "+tools.SignInAgain, nil)
	return tools.Result{}, fault.Wrap(fault.Unauthenticated, "source notes cannot be asked on your behalf: "+fault.Public(why), why)
}

// asks are requests that go on to a source, of every kind that is recorded.
var asks = map[audit.Kind]ask{
	audit.ToolCall:     {method: "tools/call", name: "notes_search", params: `"name":"notes_search"`},
	audit.PromptGet:    {method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`},
	audit.ResourceRead: {method: "resources/read", name: "notes://all", params: `"uri":"notes://all"`},
}

func (b *bench) refusedOnce(t *testing.T, kind audit.Kind) {
	t.Helper()
	records := b.recordsOf(kind)
	if len(records) == 0 {
		t.Fatalf("%s: nothing is recorded", kind)
	}
	if last := records[len(records)-1]; last.Outcome != audit.Refused || last.Reason != "insufficient_claims" {
		t.Errorf("%s: recorded as %s, %s", kind, last.Outcome, last.Reason)
	}
}

func TestChallengeOfASourceReachesAClientThatAnswersIt(t *testing.T) {
	t.Parallel()
	for kind, a := range asks {
		b, s := federate(t)
		s.answer = challenges
		a.token = b.token(map[string]any{"xms_cc": []string{"cp1"}})
		r := b.modern(t, a)
		header := r.Header().Get("WWW-Authenticate")
		if r.Code != http.StatusUnauthorized || r.Header().Get("Gatehouse-Record") == "" || s.asked() != 1 {
			t.Fatalf("%s: %d %s after %d requests", kind, r.Code, r.Body, s.asked())
		}
		for _, part := range []string{
			`claims="` + base64.StdEncoding.EncodeToString([]byte(wantsMFA)) + `"`, `error="insufficient_claims"`, `realm="` + b.snap.Organization.TID.String() + `"`,
			`authorization_uri="https://login.microsoftonline.com/`, `resource_metadata="https://gatehouse.example/`, "source notes cannot be asked on your behalf",
		} {
			if !strings.Contains(header, part) {
				t.Errorf("%s: %s is missing in %s", kind, part, header)
			}
		}
		b.refusedOnce(t, kind)
	}
}

func TestChallengeOfASourceIsSaidInWordsOtherwise(t *testing.T) {
	t.Parallel()
	for kind, a := range asks {
		b, s := federate(t)
		s.answer = challenges
		r := b.modern(t, a)
		if r.Header().Get("WWW-Authenticate") != "" || s.asked() != 1 {
			t.Errorf("%s: %v after %d requests", kind, r.Header(), s.asked())
		}
		said := ""
		if m := r.message(t); kind == audit.ToolCall {
			said = string(m.Result["content"])
		} else if m.Error != nil {
			said = m.Error.Message
		}
		for _, part := range []string{"source notes cannot be asked on your behalf", tools.SignInAgain, "; reference " + r.Header().Get("Gatehouse-Record")} {
			if strings.Count(said, part) != 1 {
				t.Errorf("%s: %q is not said once in %d %s", kind, part, r.Code, r.Body)
			}
		}
		b.refusedOnce(t, kind)
	}
}

// TestChallengeInAStreamIsSaidInWords: a status cannot be sent any more.
func TestChallengeInAStreamIsSaidInWords(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = func(ctx context.Context, to tools.Target, call tools.Call) (tools.Result, error) {
		if err := call.Peer.Notify(ctx, tools.Notification{Method: "notifications/progress", Params: []wire.Member{{Name: "progress", Value: []byte("1")}}}); err != nil {
			t.Error(err)
		}
		return challenges(ctx, to, call)
	}
	a := asks[audit.ToolCall]
	a.token, a.meta = b.token(map[string]any{"xms_cc": []string{"cp1"}}), progress
	r := b.modern(t, a)
	if m := r.message(t); len(r.events()) != 2 || string(m.Result["isError"]) != "true" || !strings.Contains(string(m.Result["content"]), tools.SignInAgain) {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	b.refusedOnce(t, audit.ToolCall)
}

// TestRefusedPromptIsNoToolResult: prompts and resources answer a refusal in the
// words of their own method.
func TestRefusedPromptIsNoToolResult(t *testing.T) {
	t.Parallel()
	guarded := []authz.Permission{{Effect: authz.Allow, Patterns: []string{"notes_search", "prompt:notes_summarize", "resource:notes://all"}, AuthenticationContext: "c1"}}
	for kind, a := range asks {
		b, s := federate(t, guarded...)
		r := b.modern(t, a)
		m := r.message(t)
		if isError := string(m.Result["isError"]) == "true"; isError != (kind == audit.ToolCall) || (m.Error != nil) == isError || s.asked() != 0 {
			t.Errorf("%s: %d %s", kind, r.Code, r.Body)
		}
		if !strings.Contains(r.Body.String(), "authentication context c1") {
			t.Errorf("%s: %s", kind, r.Body)
		}
		b.refusedOnce(t, kind)
	}
}
