package door_test

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// promptly is ten times what a change of a membership may take to be seen.
const promptly = 10 * time.Second

// asksOfGraph counts how often Graph was asked about somebody's groups.
func (k *stack) asksOfGraph() (n int) {
	for _, e := range k.emulator.Journal() {
		if e.Service == "graph" && strings.Contains(e.Path, "MemberGroups") {
			n++
		}
	}
	return n
}

// enter adds somebody to a group of Entra.
func (k *stack) enter(t *testing.T, c demo.Company, group, name string) {
	t.Helper()
	if err := k.emulator.SetMembers(c.TID.String(), group, []string{person(t, c, name).Username}, nil); err != nil {
		t.Fatal(err)
	}
}

// hearing opens a stream that hears of tools and returns what it hears, once it is
// open.
func (v visitor) hearing(t *testing.T) <-chan string {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{` + modernMeta + `}}}`
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.at.address+endpoint(v.slug), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = v.at.host
	for _, set := range []func(*http.Request){
		bearer(v.token), with("Content-Type", "application/json"), with("Accept", "application/json, text/event-stream"),
		with("MCP-Protocol-Version", "2026-07-28"), with("Mcp-Method", "subscriptions/listen"),
	} {
		set(req)
	}
	resp, err := v.at.client.Do(req) //nolint:bodyclose // it is closed when the test ends
	if err != nil {
		t.Fatal(err)
	}
	heard, ended := make(chan string, 100), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				heard <- data
			}
		}
	}()
	t.Cleanup(func() {
		leave()
		<-ended
		_ = resp.Body.Close()
	})
	awaitWord(t, heard, "acknowledged")
	return heard
}

// awaitWord returns when a stream tells something, and fails the test if it does not
// do so promptly or tells anything else before.
func awaitWord(t *testing.T, heard <-chan string, word string) {
	t.Helper()
	select {
	case said := <-heard:
		if !strings.Contains(said, word) {
			t.Fatalf("told %s, want %s", said, word)
		}
	case <-time.After(promptly):
		t.Fatalf("not told of %s within %s", word, promptly)
	}
}

func TestPersonWhoIsAddedToAGroupIsLetInWithTheTokenTheyHave(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	c := company(t, "contoso")
	bob := k.visitor(t, "contoso", "bob")
	refused := func() { bob.call(t, "whoami", `{}`).refused(t, http.StatusOK, -32602) }
	refused()
	k.enter(t, c, "Staff", "bob")
	refused()
	if n := k.asksOfGraph(); n != 0 {
		t.Fatalf("Graph was asked %d times though the token has just said it", n)
	}
	k.advance(t, 31*time.Second)
	m := bob.call(t, "whoami", `{}`).ok(t)
	if n := k.asksOfGraph(); n != 1 {
		t.Errorf("Graph was asked %d times", n)
	}
	r := k.record(t, "contoso", m.record(t))
	if !slices.Equal(r.Roles, []string{"staff"}) || r.MembershipSource != authz.SourceGraph || r.MembershipAgeSeconds > 10 || r.Outcome != audit.OK {
		t.Errorf("the record does not say why: %+v", r)
	}
	bob.call(t, "whoami", `{}`).ok(t)
	for range 5 { // what he does not have has Graph asked no more often for that
		bob.call(t, "payroll_get_employee", `{}`).refused(t, http.StatusOK, -32602)
		bob.call(t, "no_such_tool", `{}`).refused(t, http.StatusOK, -32602)
	}
	if n := k.asksOfGraph(); n != 1 {
		t.Errorf("Graph was asked %d times within half a minute", n)
	}
}

// TestLookThatGraphDoesNotAnswerIsARefusalAsBefore, and no more.
func TestLookThatGraphDoesNotAnswerIsARefusalAsBefore(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	bob := k.visitor(t, "contoso", "bob")
	before := bob.call(t, "whoami", `{}`)
	if err := k.emulator.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph, Status: http.StatusServiceUnavailable}); err != nil {
		t.Fatal(err)
	}
	k.advance(t, 31*time.Second)
	after := bob.call(t, "whoami", `{}`)
	assertSame(t, "a look that fails", before, after, "", "")
	after.refused(t, http.StatusOK, -32602)
}

func TestListByWhoIsAddedToAGroupIsFollowedByAChange(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	bob := k.visitor(t, "contoso", "bob")
	heard := bob.hearing(t)
	k.enter(t, company(t, "contoso"), "Staff", "bob")
	k.advance(t, 31*time.Second)
	if names := bob.modern(t, "tools/list", "", "").ok(t).toolNames(); len(names) != 0 {
		t.Errorf("the list waits for Graph: %v", names)
	}
	awaitWord(t, heard, "notifications/tools/list_changed")
	if names := bob.modern(t, "tools/list", "", "").ok(t).toolNames(); !slices.Contains(names, "whoami") {
		t.Errorf("%v", names)
	}
}

// TestRemovalThatAnotherReplicaLearnsOfIsSeenHere with a token that still names the
// group.
func TestRemovalThatAnotherReplicaLearnsOfIsSeenHere(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	c := company(t, "contoso")
	alice, dan := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "dan")
	alice.call(t, "whoami", `{}`).ok(t)
	heard, other := alice.hearing(t), dan.hearing(t)
	k.learn(t, c, "alice", map[string]authz.Answer{"Staff": authz.NotMember, "Finance": authz.NotMember, "Platform Engineering": authz.NotMember})
	gone := time.After(promptly)
	for alice.call(t, "whoami", `{}`).rpc(t).Error == nil {
		select {
		case <-gone:
			t.Fatalf("not refused within %s", promptly)
		case <-time.After(10 * time.Millisecond):
		}
	}
	r := alice.call(t, "whoami", `{}`)
	r.refused(t, http.StatusOK, -32602)
	if record := k.record(t, "contoso", r.header.Get("Gatehouse-Record")); record.MembershipSource != authz.SourceGraph || record.Reason != "unknown_tool" || len(record.Roles) != 0 {
		t.Errorf("the record does not say why: %+v", record)
	}
	awaitWord(t, heard, "notifications/tools/list_changed")
	newer := k.visitor(t, "contoso", "alice") // whose token names the group as well
	newer.call(t, "whoami", `{}`).refused(t, http.StatusOK, -32602)
	dan.call(t, "whoami", `{}`).ok(t)
	k.learn(t, c, "dan", map[string]authz.Answer{"Staff": authz.NotMember, "Finance": authz.NotMember, "Platform Engineering": authz.NotMember})
	awaitWord(t, other, "notifications/tools/list_changed") // and of nothing before
	if len(heard) != 0 {
		t.Errorf("told %s of somebody else's change", <-heard)
	}
}

// learn stores what Graph has told another replica.
func (k *stack) learn(t *testing.T, c demo.Company, name string, answers map[string]authz.Answer) {
	t.Helper()
	r := membership.Record{Person: person(t, c, name).OID, Answers: map[tenants.GUID]authz.Answer{}, AskedAt: k.clock.now()}
	for group, answer := range answers {
		r.Answers[c.GroupID(group)] = answer
	}
	changed, err := k.db.SaveMembership(t.Context(), authz.SystemCaller(k.orgs[c.Slug.String()].ID, "test"), r, r.AskedAt.Add(time.Hour))
	if err != nil || !changed {
		t.Fatalf("changed: %t, %v", changed, err)
	}
}
