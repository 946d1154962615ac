package authz_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/tenants"
)

var update = flag.Bool("update", false, "write the golden files")

// company has one of everything that an explanation tells.
func company(t *testing.T) (*authz.Policy, authz.Membership) {
	t.Helper()
	id := authztest.ID
	finance, contractors, night := id("group", "Finance"), id("group", "Contractors"), id("group", "Night shift")
	group := func(g tenants.GUID) authz.Subject { return authz.Subject{Kind: authz.SubjectGroup, Value: g.String()} }
	rules := authz.Rules{
		Scope: authztest.Scope,
		Roles: []authz.Role{
			{ID: id("role", "payer"), Name: "payer", Permissions: []authz.Permission{
				{Effect: authz.Allow, Patterns: []string{"whoami"}},
				{Effect: authz.Allow, Patterns: []string{"pay_*", "pay_create"}, Condition: "args.amount <= 100"},
			}},
			{ID: id("role", "approver"), Name: "approver", Permissions: []authz.Permission{
				{Effect: authz.Allow, Patterns: []string{"pay_*"}, Condition: "args.amount <= 5000", AuthenticationContext: "c1"},
			}},
			{ID: id("role", "careful"), Name: "careful", Permissions: []authz.Permission{
				{Effect: authz.Deny, Patterns: []string{"*_create"}, Condition: "args.country == 'KP'"},
			}},
			{ID: id("role", "operator"), Name: "operator", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"*"}}}},
		},
		Assignments: []authz.Assignment{
			{ID: id("assignment", "1"), Role: id("role", "payer"), Subject: group(finance), Name: "Finance"},
			{ID: id("assignment", "2"), Role: id("role", "approver"), Subject: authz.Subject{Kind: authz.SubjectPerson, Value: id("person", "alice").String()}, Name: "Alice", EndsAt: noon.Add(24 * time.Hour)},
			{ID: id("assignment", "3"), Role: id("role", "careful"), Subject: authz.Subject{Kind: authz.SubjectEverybody}},
			{ID: id("assignment", "4"), Role: id("role", "operator"), Subject: group(night), Name: "Night shift", EndsAt: noon.Add(-time.Hour)},
			{ID: id("assignment", "5"), Role: id("role", "operator"), Subject: group(contractors), Name: "Contractors"},
		},
		ClientCeilings: map[string]authz.Ceiling{authztest.Clients["vscode"]: {Patterns: []string{"whoami", "pay_*"}}},
		ScopeCeilings:  map[string]authz.Ceiling{"tools.read": {Patterns: []string{"whoami", "pay_list"}}},
	}
	p, err := authz.Compile(rules, []string{"pay_create", "pay_list", "whoami"})
	if err != nil {
		t.Fatal(err)
	}
	return p, authz.Membership{
		Groups: map[tenants.GUID]authz.Answer{finance: authz.Member, night: authz.Member, contractors: authz.NotMember}, Source: authz.SourceGraph, At: noon.Add(-90 * time.Second),
	}
}

// TestExplanationsLookTheSameAsEver explains somebody who is not calling: all
// that is needed is an identity and what is known of their groups.
func TestExplanationsLookTheSameAsEver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tool, args string
		scopes     []string
		forget     bool // nobody knows who the contractors are
	}{
		"allowed":     {tool: "pay_create", args: `{"amount":100,"country":"DE"}`},
		"step-up":     {tool: "pay_create", args: `{"amount":101,"country":"DE"}`},
		"refused":     {tool: "pay_create", args: `{"amount":5001,"country":"DE"}`},
		"undecided":   {tool: "pay_create", args: `{"amount":100.00000000000000000001}`},
		"conditional": {tool: "pay_create"},
		"scope":       {tool: "pay_create", scopes: []string{"tools.read"}},
		"plain":       {tool: "whoami", scopes: []string{"tools.read", "unheard.of"}},
		"unknown":     {tool: "launch_rocket", forget: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, m := company(t)
			id := alice()
			if c.scopes != nil {
				id.Scopes = c.scopes
			}
			if c.forget {
				delete(m.Groups, authztest.ID("group", "Contractors"))
			}
			q := authz.Question{Tool: c.tool, Now: noon}
			if c.args != "" {
				q.Arguments = json.RawMessage(c.args)
			}
			e := p.Admit(id, m, noon).Explain(q)
			asJSON, err := json.MarshalIndent(e, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", e.Text())
			golden(t, name+".json", string(asJSON)+"\n")
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "explain", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}
