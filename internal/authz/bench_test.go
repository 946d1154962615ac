package authz_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/tenants"
)

// benchWorld is 20 roles through groups, of which the caller is in ten, for 50 tools.
func benchWorld(b *testing.B) (*authz.Policy, authz.Identity, authz.Membership) {
	b.Helper()
	rules := authz.Rules{Scope: authztest.Scope}
	m := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}, Source: authz.SourceToken}
	catalog := make([]string, 50)
	for i := range catalog {
		catalog[i] = fmt.Sprintf("tool_%02d", i)
	}
	for i := range 20 {
		role, group := authztest.ID("role", fmt.Sprint(i)), authztest.ID("group", fmt.Sprint(i))
		rules.Roles = append(rules.Roles, authz.Role{ID: role, Name: fmt.Sprint("role ", i), Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{fmt.Sprintf("tool_%d*", i%5)}}}})
		rules.Assignments = append(rules.Assignments, authz.Assignment{Role: role, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group.String()}})
		if i%2 == 0 {
			m.Groups[group] = authz.Member
		}
	}
	p, err := authz.Compile(rules, catalog)
	if err != nil {
		b.Fatal(err)
	}
	return p, identityOf("somebody", authztest.Caller{Kind: "user", Client: "vscode"}), m
}

// BenchmarkAdmit is paid once for each token.
func BenchmarkAdmit(b *testing.B) {
	p, id, m := benchWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		p.Admit(id, m, noon)
	}
}

// BenchmarkMay is paid for each tool of a list.
func BenchmarkMay(b *testing.B) {
	p, id, m := benchWorld(b)
	c := p.Admit(id, m, noon)
	b.ReportAllocs()
	for b.Loop() {
		if c.May(7) == authz.NeedsScope {
			b.Fatal()
		}
	}
}

// BenchmarkMayCall is the decision about a call where no condition matters.
func BenchmarkMayCall(b *testing.B) {
	p, id, m := benchWorld(b)
	c, args, at := p.Admit(id, m, noon), json.RawMessage(`{"amount":99}`), authz.Circumstances{Now: noon}
	b.ReportAllocs()
	for b.Loop() {
		if c.MayCall(7, args, at).Verdict == authz.NeedsScope {
			b.Fatal()
		}
	}
}

// BenchmarkMayCallWithACondition decodes the arguments and evaluates one.
func BenchmarkMayCallWithACondition(b *testing.B) {
	p, err := authz.Compile(permitting(authz.Permission{Effect: authz.Allow, Condition: `args.amount <= 100 && args.country in ["DE", "AT"]`}), []string{"pay"})
	if err != nil {
		b.Fatal(err)
	}
	c, args, at := p.Admit(alice(), authz.Membership{}, noon), json.RawMessage(`{"amount":99,"country":"AT","note":"lunch"}`), authz.Circumstances{Now: noon}
	b.ReportAllocs()
	for b.Loop() {
		if c.MayCall(0, args, at).Verdict != authz.Allowed {
			b.Fatal()
		}
	}
}

// BenchmarkCompileCondition is what a condition adds to building a view.
func BenchmarkCompileCondition(b *testing.B) {
	rules := permitting(authz.Permission{Effect: authz.Allow, Condition: `args.amount <= 100 && args.country in ["DE", "AT"]`})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := authz.Compile(rules, []string{"pay"}); err != nil {
			b.Fatal(err)
		}
	}
}
