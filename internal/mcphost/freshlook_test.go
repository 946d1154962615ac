package mcphost_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// wants are requests for what payers have.
var wants = map[string]ask{
	"call": {method: "tools/call", name: "pay", params: `"name":"pay"`},
	"get":  {method: "prompts/get", name: "notes_summarize", params: `"name":"notes_summarize"`},
	"read": {method: "resources/read", name: "notes://all", params: `"uri":"notes://all"`},
}

// lacks are requests for what nobody has.
var lacks = map[string]ask{
	"call": {method: "tools/call", name: "play", params: `"name":"play"`},
	"get":  {method: "prompts/get", name: "notes_absent", params: `"name":"notes_absent"`},
	"read": {method: "resources/read", name: "notes://none", params: `"uri":"notes://none"`},
}

func (p *people) as(a ask, token string) ask {
	a.token = token
	return a
}

func TestOldNoIsAskedAgainBeforeItTurnsSomebodyAway(t *testing.T) {
	t.Parallel()
	for name, want := range wants {
		p := populate(t)
		p.learn(alice, false)
		token := p.tokenOf(alice)
		p.put(alice, true)
		p.elapse(30*time.Second - 1)
		if m := p.modern(t, p.as(want, token)).message(t); m.Error == nil {
			t.Errorf("%s: let in on %v", name, m.Result)
		}
		if len(p.looks) != 0 {
			t.Errorf("%s: an answer of a moment ago is asked again", name)
		}
		p.elapse(1)
		for range 2 {
			p.modern(t, p.as(want, token)).result(t)
		}
		if len(p.looks) != 1 || p.resolved[alice] != 2 {
			t.Errorf("%s: looked %d times, derived %d times", name, len(p.looks), p.resolved[alice])
		}
		p.elapse(time.Hour / 2)
		if p.modern(t, p.as(want, token)).result(t); len(p.looks) != 1 {
			t.Errorf("%s: looked again for somebody who has what they ask for", name)
		}
	}
}

// TestFirstRequestOfATokenIsLookedAtToo: its acceptance is on the way to the log,
// and whom it let in is remembered as the look shows them.
func TestFirstRequestOfATokenIsLookedAtToo(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.learn(alice, false)
	p.put(alice, true)
	p.elapse(time.Minute)
	token := p.tokenOf(alice)
	for range 2 {
		if !p.pays(t, token) {
			t.Error("refused")
		}
	}
	if len(p.looks) != 1 || p.resolved[alice] != 2 || len(p.recordsOf(audit.Authentication)) != 1 {
		t.Errorf("looked %d times, derived %d times, accepted %d times", len(p.looks), p.resolved[alice], len(p.recordsOf(audit.Authentication)))
	}
}

func TestRecordTellsWhatTheLookShowed(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.learn(alice, false)
	token := p.tokenOf(alice)
	p.elapse(time.Minute)
	p.pays(t, token)
	p.put(alice, true)
	p.elapse(time.Minute)
	p.pays(t, token)
	calls := p.recordsOf(audit.ToolCall)
	if len(calls) != 2 {
		t.Fatalf("%d records", len(calls))
	}
	for i, want := range []audit.Record{{Outcome: audit.Refused}, {Outcome: audit.OK, Roles: []string{"payer"}}} {
		if r := calls[i]; r.Outcome != want.Outcome || !slices.Equal(r.Roles, want.Roles) || r.MembershipSource != authz.SourceGraph || r.MembershipAgeSeconds != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// TestHiddenAndUnknownAreLookedAtAlike, so that time does not tell them apart.
func TestHiddenAndUnknownAreLookedAtAlike(t *testing.T) {
	t.Parallel()
	for kind := range wants {
		p := populate(t)
		p.learn(alice, false)
		token := p.tokenOf(alice)
		for i, a := range []ask{wants[kind], lacks[kind], {endpoint: "contoso/empty", method: wants[kind].method, name: wants[kind].name, params: wants[kind].params}} {
			p.elapse(30 * time.Second)
			if m := p.modern(t, p.as(a, token)).message(t); m.Error == nil {
				t.Errorf("%s: %v", kind, m.Result)
			}
			if len(p.looks) != i+1 {
				t.Errorf("%s of %s: looked %d times, want %d", kind, a.name, len(p.looks), i+1)
			}
		}
	}
}

// reference is what differs between two refusals of the same.
var reference = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

func TestLookThatFailsChangesNoRefusal(t *testing.T) {
	t.Parallel()
	for kind, want := range wants {
		p := populate(t)
		p.learn(alice, false)
		token := p.tokenOf(alice)
		before := p.modern(t, p.as(want, token))
		p.put(alice, true)
		p.fails = fault.New(fault.Limited, "Microsoft Graph is busy").RetryAfter(time.Minute)
		p.elapse(time.Minute)
		after := p.modern(t, p.as(want, token))
		if len(p.looks) != 1 {
			t.Fatalf("%s: looked %d times", kind, len(p.looks))
		}
		plain := func(r reply) string { return reference.ReplaceAllString(r.Body.String(), "") }
		if before.Code != after.Code || plain(before) != plain(after) || after.Header().Get("Retry-After") != "" {
			t.Errorf("%s: %d %s, and before %d %s", kind, after.Code, after.Body, before.Code, before.Body)
		}
	}
}

func TestNobodyWaitsLongForALook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := populate(t)
		p.learn(alice, false)
		p.elapse(time.Minute)
		p.hangs = true
		token, began := p.tokenOf(alice), time.Now()
		if p.pays(t, token) {
			t.Error("let in")
		}
		if waited := time.Since(began); waited != 5*time.Second {
			t.Errorf("refused after %s", waited)
		}
	})
}

// TestLookAtSomebodyWhoIsCutOffMeanwhileLetsNobodyIn: whatever else is true of a
// token is looked at as well.
func TestLookAtSomebodyWhoIsCutOffMeanwhileLetsNobodyIn(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.learn(alice, false)
	p.put(alice, true)
	p.elapse(time.Minute)
	p.during = func(tenants.GUID) { // from the next derivation on
		p.mu.Lock()
		defer p.mu.Unlock()
		p.down = fault.New(fault.Unauthenticated, "the access was revoked")
	}
	token := p.tokenOf(alice)
	if p.pays(t, token) || len(p.looks) != 1 {
		t.Errorf("let in after %d looks", len(p.looks))
	}
}

func TestNobodyIsLookedAtWhereGraphMayNotBeAsked(t *testing.T) {
	t.Parallel()
	p := populate(t)
	p.learn(alice, false)
	snap := *p.snap
	snap.Organization.Connection.GroupSource = tenants.TokenOnly
	p.snap = &snap
	token := p.tokenOf(alice)
	p.elapse(time.Minute)
	p.pays(t, token)
	p.modern(t, ask{method: "tools/list", token: token}).result(t)
	if len(p.looks)+len(p.behind) != 0 {
		t.Errorf("looked %d times", len(p.looks)+len(p.behind))
	}
}

func TestListIsFollowedByALookBehindIt(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"tools/list", "resources/list", "resources/templates/list", "prompts/list"} {
		p := populate(t)
		p.learn(alice, false)
		token := p.tokenOf(alice)
		list := func() reply { return p.modern(t, ask{method: method, token: token}) }
		list()
		if len(p.behind) != 0 {
			t.Errorf("%s: an answer of a moment ago is asked again", method)
		}
		p.elapse(30 * time.Second)
		if r := list(); strings.Contains(r.Body.String(), `"pay"`) || r.Code != http.StatusOK && method != "prompts/list" {
			t.Errorf("%s: %d %s", method, r.Code, r.Body)
		}
		if len(p.looks) != 0 || len(p.behind) != 1 || p.behind[0] != alice {
			t.Errorf("%s: waited for %d looks, %d behind it", method, len(p.looks), len(p.behind))
		}
	}
}
