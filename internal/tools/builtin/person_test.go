package builtin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

func TestProfileIsReadAsThePerson(t *testing.T) {
	t.Parallel()
	e := &entra{profile: graph.Profile{ID: tenants.NewGUID(), DisplayName: "Alice\nObject ID: forged", UserPrincipalName: "alice@contoso.example", JobTitle: "Controller"}}
	by := alice(t, "Alice")
	r := call(t, all(e)["graph_get_my_profile"], by, "{}")
	if strings.Join(e.scopes, " ") != "User.Read" || e.by != by || e.asked.Priority != graph.High || e.asked.RequestID != "7d2c1c6e-9f0e-4d27-8a3c-3f0f6c1b2a90" {
		t.Errorf("asked with %v, %+v", e.scopes, e.asked)
	}
	want := "Name: Alice Object ID: forged\nUser principal name: alice@contoso.example\nJob title: Controller\nObject ID: " + e.profile.ID.String()
	if r.text() != want {
		t.Errorf("text:\n%s\nwant:\n%s", r.text(), want)
	}
	var got graph.Profile
	if err := json.Unmarshal(r.Structured, &got); err != nil || got != e.profile {
		t.Errorf("profile %+v, %v", got, err)
	}
}

func TestGroupsAreListedWithinBounds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		n, listed int
		more      bool
		truncated bool
	}{{0, 0, false, false}, {1, 1, false, false}, {500, 500, false, false}, {501, 500, false, true}, {10, 10, true, true}} {
		e := &entra{groups: graph.GroupList{More: row.more}}
		for i := range row.n {
			e.groups.Groups = append(e.groups.Groups, graph.Group{ID: tenants.NewGUID(), DisplayName: fmt.Sprint("Group ", i)})
		}
		r := call(t, all(e)["graph_list_my_groups"], alice(t, "Alice"), "{}")
		var got struct {
			Groups    []graph.Group
			Total     int
			Truncated bool
		}
		if err := json.Unmarshal(r.Structured, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Groups) != row.listed || got.Total != row.n || got.Truncated != row.truncated || got.Groups == nil {
			t.Errorf("%d groups: %d listed of %d, truncated %v", row.n, len(got.Groups), got.Total, got.Truncated)
		}
		if lines := strings.Count(r.text(), "\n"); lines > 101 {
			t.Errorf("%d groups: %d lines of text", row.n, lines)
		}
		if strings.Join(e.scopes, " ") == "User.Read GroupMember.Read.All" {
			continue
		}
		t.Errorf("asked with %v", e.scopes)
	}
}

func TestGroupWithoutAReadableNameSaysSo(t *testing.T) {
	t.Parallel()
	e := &entra{groups: graph.GroupList{Groups: []graph.Group{{ID: tenants.NewGUID()}}}}
	if r := call(t, all(e)["graph_list_my_groups"], alice(t, "Alice"), "{}"); !strings.Contains(r.text(), "(name not readable)") {
		t.Errorf("text %q", r.text())
	}
}

func TestRefusalsTellWhatHelps(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		token, graph error
		want         []string
	}{
		"consent": {
			token: fault.New(fault.Forbidden, "Microsoft Entra ID says consent is missing"),
			want:  []string{"consent is missing", "User.Read, GroupMember.Read.All", "Grant admin consent"},
		},
		"graph denies":                      {graph: fault.New(fault.Forbidden, "Microsoft Graph answered 403"), want: []string{"answered 403", "Grant admin consent"}},
		"interaction":                       {token: fault.New(fault.Unauthenticated, "Entra asks for another sign-in step"), want: []string{"another sign-in step", "sign in again"}},
		"throttled":                         {token: fault.New(fault.Limited, "Entra is limiting requests").RetryAfter(17 * time.Second), want: []string{"Try again in 17 seconds."}},
		"throttled, for how long is unsaid": {token: fault.New(fault.Limited, "Entra is limiting requests"), want: []string{"Try again in a minute."}},
		"deleted":                           {graph: fault.New(fault.NotFound, "Microsoft Graph answered 404"), want: []string{"does not know the signed-in account"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t, all(&entra{tokenErr: row.token, graphErr: row.graph})["graph_list_my_groups"], alice(t, "Alice"), "{}")
			if !r.IsError {
				t.Error("the answer is no error")
			}
			for _, want := range row.want {
				if !strings.Contains(r.text(), want) {
					t.Errorf("text %q lacks %q", r.text(), want)
				}
			}
		})
	}
}

func TestAppsCannotActAsAPerson(t *testing.T) {
	t.Parallel()
	policy, err := authz.Compile(authz.Rules{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &entra{}
	r := call(t, all(e)["graph_get_my_profile"], policy.Admit(authz.Identity{Kind: authz.App}, authz.Membership{}, time.Now()), "{}")
	if !r.IsError || !strings.Contains(r.text(), "Sign in as a person") || e.scopes != nil {
		t.Errorf("%q after an exchange for %v", r.text(), e.scopes)
	}
}
