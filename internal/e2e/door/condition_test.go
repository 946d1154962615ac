package door_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tools"
)

// guarded gives staff the extra tool "pay", as the permission says.
func guarded(p authz.Permission) (*spy, setup) {
	s := &spy{}
	p.Effect, p.Patterns = authz.Allow, []string{"pay"}
	return s, setup{extra: []tools.Tool{s.tool("pay", tools.Write)}, change: func(o *organization) {
		for i := range o.Rules.Roles {
			if o.Rules.Roles[i].Name == "staff" {
				o.Rules.Roles[i].Permissions = append(o.Rules.Roles[i].Permissions, p)
			}
		}
	}}
}

func TestRefusedByAConditionIsSaidAndRecorded(t *testing.T) {
	t.Parallel()
	ran, s := guarded(authz.Permission{Condition: `args.amount <= 100`})
	k := start(t, s)
	v := k.visitor(t, "contoso", "alice")
	v.call(t, "pay", `{"amount":100}`).ok(t)
	if got := ran.last(); got != `{"amount":100}` {
		t.Fatalf("the tool was given %s", got)
	}
	for _, arguments := range []string{`{"amount":101}`, `{"amount":"1"}`, `{}`, `{"amount":100.00000000000000000001}`} {
		r := v.call(t, "pay", arguments)
		m := r.rpc(t)
		if r.status != http.StatusOK || !m.Result.IsError || len(m.Result.Content) != 1 {
			t.Fatalf("%s: %d %s", arguments, r.status, r.body)
		}
		id := m.record(t)
		if want := "your roles do not allow pay with these arguments; reference " + id; m.Result.Content[0].Text != want {
			t.Errorf("%s: %q, want %q", arguments, m.Result.Content[0].Text, want)
		}
		if rec := k.record(t, "contoso", id); rec.Outcome != audit.Refused || rec.Reason != "condition" {
			t.Errorf("%s: recorded as %s, %s", arguments, rec.Outcome, rec.Reason)
		}
	}
	if n := ran.runs.Load(); n != 1 {
		t.Errorf("the tool ran %d times", n)
	}
}

func TestClientThatAnswersChallengesIsAskedToStepUp(t *testing.T) {
	t.Parallel()
	ran, s := guarded(authz.Permission{AuthenticationContext: "c1"})
	k := start(t, s)
	v := k.visitor(t, "contoso", "alice")
	v.token = k.altered(t, v.token, func(claims map[string]any) { claims["xms_cc"] = []string{"cp1"} })
	tid := company(t, "contoso").TID.String()
	for range 2 { // the second time the token is remembered
		r := v.call(t, "pay", `{}`)
		k.challenged(t, r, "contoso", "insufficient_claims")
		header := r.header.Get("WWW-Authenticate")
		claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`))
		for _, part := range []string{`realm="` + tid + `"`, `authorization_uri="` + k.places.Entra + "/" + tid + `/oauth2/v2.0/authorize"`, `claims="` + claims + `"`} {
			if !strings.Contains(header, part) {
				t.Errorf("%s is missing in %s", part, header)
			}
		}
		if rec := k.record(t, "contoso", r.header.Get("Gatehouse-Record")); rec.Outcome != audit.Refused || rec.Reason != "insufficient_claims" {
			t.Errorf("recorded as %s, %s", rec.Outcome, rec.Reason)
		}
	}
	if n := ran.runs.Load(); n != 0 {
		t.Errorf("the tool ran %d times", n)
	}
}

func TestClientWithoutChallengesIsToldToStepUp(t *testing.T) {
	t.Parallel()
	ran, s := guarded(authz.Permission{AuthenticationContext: "c1"})
	k := start(t, s)
	v := k.visitor(t, "contoso", "alice")
	r := v.call(t, "pay", `{}`)
	m := r.rpc(t)
	if r.status != http.StatusOK || !m.Result.IsError || r.header.Get("WWW-Authenticate") != "" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	id := m.record(t)
	text := m.Result.Content[0].Text
	if !strings.Contains(text, "authentication context c1") || !strings.Contains(text, "sign in again") || !strings.HasSuffix(text, "; reference "+id) {
		t.Errorf("the person is told: %s", text)
	}
	if rec := k.record(t, "contoso", id); rec.Outcome != audit.Refused || rec.Reason != "insufficient_claims" {
		t.Errorf("recorded as %s, %s", rec.Outcome, rec.Reason)
	}
	if n := ran.runs.Load(); n != 0 {
		t.Errorf("the tool ran %d times", n)
	}
}
