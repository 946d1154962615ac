package organizations_test

import (
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

// refreshEvery is the interval of these tests, far below what an administrator can
// choose, and late is when the worker is taken to have missed it: ten times what it
// and a sweep take.
const (
	refreshEvery = 2 * time.Second
	late         = 10 * (refreshEvery + time.Second)
)

// refreshOften has the worker ask about Contoso's people at that interval, which is
// eight tenths of the soft limit.
func (k *stack) refreshOften(t *testing.T) {
	t.Helper()
	_, err := k.db.EditOrganization(t.Context(), authz.SystemCaller(k.orgs["contoso"].ID, "test"), "refreshed often", func(o *tenants.Organization) error {
		o.Membership.Soft = refreshEvery * 10 / 8
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// watched is somebody of Contoso whose tokens name a group that gives them whoami, and
// whom the worker asks about, on everybody's own clock.
type watched struct {
	*stack
	demo.Person
	group string
	token string
}

// roleOf is the role that a group gives.
var roleOf = map[string]string{"Staff": "staff", "Platform Engineering": "engineering"}

func watch(t *testing.T, name, group string) *watched {
	t.Helper()
	k := start(t, setup{companies: true})
	k.refreshOften(t)
	k.startWorker(t)
	w := &watched{stack: k, Person: person("contoso", name), group: group}
	began := k.now()
	w.token = w.signedIn(t)
	if a := k.call(t, k.replica, "contoso", w.token, "whoami"); !a.worked() {
		t.Fatalf("before, %d: %s", a.status, a.body)
	}
	if a := k.listed(t, "contoso", w.token); !strings.Contains(a.body, `"whoami"`) {
		t.Fatalf("before, %d: %s", a.status, a.body)
	}
	if r := k.refreshed(t, company("contoso").Org, w.OID, began); r.Answers[company("contoso").GroupID(group)] != authz.Member {
		t.Fatalf("before, %+v", r)
	}
	return w
}

// signedIn is a new token, which names the group.
func (w *watched) signedIn(t *testing.T) string {
	t.Helper()
	token := w.password(t, company("contoso").TID, w.Person, w.endpointOf("contoso", "")+"/"+demo.Scope)
	if groups, _ := claimsOf(t, token)["groups"].([]any); !slices.Contains(groups, any(company("contoso").GroupID(w.group).String())) {
		t.Fatalf("the token names %v", groups)
	}
	return token
}

func (w *watched) setMembers(t *testing.T, group string, add, remove []string) {
	t.Helper()
	if err := w.emulator.SetMembers(company("contoso").TID.String(), group, add, remove); err != nil {
		t.Fatal(err)
	}
}

// learned waits, while nobody calls, until the worker has stored what the directory
// says by now, and every replica has heard of it.
func (w *watched) learned(t *testing.T, of func(membership.Record) bool) {
	t.Helper()
	changed := time.Now()
	eventually(t, "the worker has learned of the change", late, func() bool {
		r, err := w.db.LoadMembership(t.Context(), company("contoso").Org, w.OID)
		return err == nil && of(r)
	})
	t.Logf("learned after %s", time.Since(changed).Round(time.Millisecond))
	w.heard(t)
}

func (w *watched) left(t *testing.T) {
	t.Helper()
	w.learned(t, func(r membership.Record) bool {
		return r.Answers[company("contoso").GroupID(w.group)] == authz.NotMember
	})
}

// withoutTool holds what a token gets to nothing, and the log to why.
func (w *watched) withoutTool(t *testing.T, token string) {
	t.Helper()
	if a := w.call(t, w.replica, "contoso", token, "whoami"); a.worked() || !strings.Contains(a.body, "unknown tool") {
		t.Errorf("the call is answered %d %s", a.status, a.body)
	}
	if a := w.listed(t, "contoso", token); a.status != http.StatusOK || strings.Contains(a.body, `"whoami"`) {
		t.Errorf("the list is answered %d %s", a.status, a.body)
	}
	calls := slices.DeleteFunc(w.records(t, "contoso"), func(r audit.Record) bool { return r.Tool != "whoami" })
	last := calls[len(calls)-1]
	if last.Outcome != audit.Refused || last.Reason != "unknown_tool" || last.Actor.OID != w.OID || last.TokenID != claimsOf(t, token)["uti"] ||
		last.MembershipSource != authz.SourceGraph || last.MembershipAgeSeconds > int64(late/time.Second) || slices.Contains(last.Roles, roleOf[w.group]) {
		t.Errorf("recorded is %+v", last)
	}
}

// TestWhoLeavesAGroupLosesItsToolsWithinTheInterval, also with tokens that Entra issues
// afterwards and that still name the group, whether Graph can be asked or not.
func TestWhoLeavesAGroupLosesItsToolsWithinTheInterval(t *testing.T) {
	t.Parallel()
	w := watch(t, "alice", "Staff")
	who := []string{w.OID.String()}
	w.setMembers(t, "Staff", nil, who)
	w.left(t)
	w.withoutTool(t, w.token)

	graph := emulator.Fault{Endpoint: emulator.EndpointGraph, Outage: true} // so that nobody learns of the moment in which a token is issued
	if err := w.emulator.SetFault(graph); err != nil {
		t.Fatal(err)
	}
	w.setMembers(t, "Staff", who, nil)
	newer := w.signedIn(t)
	w.setMembers(t, "Staff", nil, who)
	w.withoutTool(t, newer)
	if err := w.emulator.SetFault(emulator.Fault{Endpoint: emulator.EndpointGraph}); err != nil {
		t.Fatal(err)
	}
	w.withoutTool(t, newer)
	w.withoutTool(t, w.token)
}

// TestWhoseGroupLeavesAnotherLosesItsToolsWithinTheInterval: nothing has happened to
// the person.
func TestWhoseGroupLeavesAnotherLosesItsToolsWithinTheInterval(t *testing.T) {
	t.Parallel()
	w := watch(t, "frank", "Platform Engineering")
	w.setMembers(t, "Platform Engineering", nil, []string{company("contoso").GroupID("SRE").String()})
	w.left(t)
	w.withoutTool(t, w.token)
}

// TestWhoMayNotGoOnInEntraLosesEverythingWithinTheInterval.
func TestWhoMayNotGoOnInEntraLosesEverythingWithinTheInterval(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	for name, row := range map[string]struct {
		change emulator.UserChange
		why    string
	}{
		"disabled":              {emulator.UserChange{Enabled: &no}, "the account is disabled (AADSTS50057)"},
		"deleted":               {emulator.UserChange{Deleted: &yes}, "the account does not exist any more (AADSTS50034)"},
		"signed out everywhere": {emulator.UserChange{Revoke: true}, "the sessions were revoked or the password changed (AADSTS50173)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, "alice", "Staff")
			if err := w.emulator.SetUser(company("contoso").TID.String(), w.OID.String(), row.change); err != nil {
				t.Fatal(err)
			}
			w.learned(t, func(r membership.Record) bool { return r.Failure == membership.Lost })
			for what, a := range map[string]answer{"call": w.call(t, w.replica, "contoso", w.token, "whoami"), "list": w.listed(t, "contoso", w.token)} {
				if challenge := a.header.Get("WWW-Authenticate"); a.status != http.StatusUnauthorized || !strings.Contains(challenge, `error="invalid_token"`) || !strings.Contains(challenge, "the access was revoked") {
					t.Errorf("the %s is answered %d %s: %s", what, a.status, challenge, a.body)
				}
			}
			w.saysWhoWasCutOff(t, "contoso", "alice", row.why)
		})
	}
}
