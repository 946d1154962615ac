package authz_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestPatternsMatchAsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern string
		matches []string
		misses  []string
	}{
		{"whoami", []string{"whoami"}, []string{"whoami2", "who", "Whoami"}},
		{"payroll_*", []string{"payroll_", "payroll_run"}, []string{"payroll", "xpayroll_run"}},
		{"*_search", []string{"notes_search", "_search"}, []string{"notes_searches"}},
		{"a*b*c", []string{"abc", "aXbYbZc"}, []string{"ab", "acb", "abcd"}},
		{"**c", []string{"c", "abc"}, []string{"ab", "prompt:c"}},
		{"a*a", []string{"aa", "aba"}, []string{"a"}},
		{"*", []string{"anything", "prompt:notes_a", "resource:file:///a"}, nil},
		{"*a*", []string{"a", "bab"}, []string{"prompt:a", "resource:file:///a"}},
		{"p*", []string{"pay"}, []string{"prompt:a"}},
		{"r*", []string{"run"}, []string{"resource:file:///a"}},
		{"prompt:*", []string{"prompt:a"}, []string{"prompt", "promptly", "resource:prompt:a"}},
		{"prompt:notes_*", []string{"prompt:notes_a"}, []string{"notes_a", "prompt:pay_a"}},
		{"resource:*", []string{"resource:file:///a", "resource:db://{table}/x"}, []string{"prompt:a", "a"}},
		{"resource:file:///a/*", []string{"resource:file:///a/b/c"}, []string{"resource:file:///ab", "resource:https://x/file:///a/b"}},
		{"resource:db://{table}/*", []string{"resource:db://{table}/{row}"}, []string{"resource:db://a/b"}},
	} {
		for _, name := range c.matches {
			if !sees(t, c.pattern, name) {
				t.Errorf("%q does not match %q", c.pattern, name)
			}
		}
		for _, name := range c.misses {
			if sees(t, c.pattern, name) {
				t.Errorf("%q matches %q", c.pattern, name)
			}
		}
	}
}

// sees reports whether a role with the pattern makes the tool visible.
func sees(t *testing.T, pattern, tool string) bool {
	t.Helper()
	return admit(t, ruleFor(pattern), tool).May(0) == authz.Allowed
}

func ruleFor(patterns ...string) authz.Rules {
	role := authztest.ID("role", "r")
	return authz.Rules{
		Scope:       authztest.Scope,
		Roles:       []authz.Role{{ID: role, Name: "r", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: patterns}}}},
		Assignments: []authz.Assignment{{Role: role, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
	}
}

func admit(t *testing.T, rules authz.Rules, catalog ...string) authz.Caller {
	t.Helper()
	p, err := authz.Compile(rules, catalog)
	if err != nil {
		t.Fatal(err)
	}
	return p.Admit(identityOf("somebody", authztest.Caller{Kind: "user", Client: "vscode"}), authz.Membership{}, time.Now())
}

func TestHostilePatternMatchesInLinearTime(t *testing.T) {
	t.Parallel()
	if sees(t, strings.Repeat("*a", 60), strings.Repeat("a", 50)+"b") {
		t.Error("a pattern of more letters than the name matches")
	}
	pattern, name := "resource:x:*"+strings.Repeat("a", 480)+"b*", "resource:x:"+strings.Repeat("a", 1<<20)
	for range 50 { // 25 billion steps for a matcher that starts again at each letter
		if sees(t, pattern, name) {
			t.Error("a pattern matches without its last letter")
		}
	}
}

func TestPatternsHoldWhatNamesAndURIsHold(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"a", "*", "A_b-c.9*", "prompt:*", "prompt:notes_summarize", "resource:*", "resource:https://h:8/a~b/%20?q=1&r=[2]#f!$'()+,;@",
		"resource:db://{table}/{+row*}", strings.Repeat("a", 128), "prompt:" + strings.Repeat("a", 128), "resource:" + strings.Repeat("a", 503),
	} {
		if err := authz.CheckPattern(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, why := range map[string]string{
		"": "1 to 128", strings.Repeat("a", 129): "1 to 128", "prompt:": "1 to 128", "prompt:" + strings.Repeat("a", 129): "1 to 128",
		"resource:": "1 to 503", "resource:" + strings.Repeat("a", 504): "1 to 503",
		"a b": "may hold", "a/b": "may hold", "a:b": "may hold", "prompt:a/b": "may hold", "prompt:resource:a": "may hold", "*:a": "may hold", "Prompt:a": "may hold",
		"{a}": "may hold", "ä": "may hold", "resource:a b": "percent-encode", "resource:ä": "percent-encode", "resource:a\x00": "percent-encode",
		"resource:a\\b": "percent-encode", "resource:<a>": "percent-encode", "resource:\"": "percent-encode", "resource:a|b": "percent-encode", "resource:^": "percent-encode", "resource:`": "percent-encode",
	} {
		if err := authz.CheckPattern(bad); err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), why) {
			t.Errorf("%.60q: %v, want a complaint about %q", bad, err, why)
		}
	}
}

func TestRulesAreRefusedWithEveryComplaint(t *testing.T) {
	t.Parallel()
	rules := authz.Rules{
		Roles: []authz.Role{
			{ID: authztest.ID("role", "a"), Name: "a", Permissions: []authz.Permission{{Effect: "permit", Patterns: []string{"x"}}}},
			{ID: authztest.ID("role", "a"), Name: "b", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"bad pattern"}}}},
			{ID: authztest.ID("role", "c"), Name: "c", Permissions: []authz.Permission{{Effect: authz.Allow}}},
		},
		Assignments: []authz.Assignment{
			{Role: authztest.ID("role", "missing"), Subject: authz.Subject{Kind: authz.SubjectEverybody}},
			{Role: authztest.ID("role", "a"), Subject: authz.Subject{Kind: authz.SubjectGroup, Value: "Finance"}},
			{Role: authztest.ID("role", "a"), Subject: authz.Subject{Kind: "planet", Value: "x"}},
			{Role: authztest.ID("role", "a"), Subject: authz.Subject{Kind: authz.SubjectClient}},
		},
		ScopeCeilings: map[string]authz.Ceiling{"tools.read": {}},
	}
	_, err := authz.Compile(rules, []string{"x"})
	if err == nil {
		t.Fatal("compiled")
	}
	for _, part := range []string{
		`effect "permit"`, "used twice", "bad pattern", "role c: patterns are empty", "does not exist", `group "Finance"`, `"planet"`,
		"client: value is empty", "scope ceiling tools.read",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("complaint about %s is missing in:\n%v", part, err)
		}
	}
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("kind %v", fault.KindOf(err))
	}
}

func TestExplanationNamesRolePermissionAndAssignment(t *testing.T) {
	t.Parallel()
	caller := admit(t, ruleFor("notes_*", "whoami"), "notes_search", "payroll_run")
	e := caller.Explain(authz.Question{Tool: "notes_search"})
	if e.Verdict != authz.Allowed || len(e.Grants) != 1 || e.Grants[0].Role != "r" || !slices.Equal(e.Grants[0].Patterns, []string{"notes_*"}) {
		t.Fatalf("%+v", e)
	}
	if len(e.Grants[0].Via) != 1 || e.Grants[0].Via[0].Kind != authz.SubjectEverybody {
		t.Errorf("via %v", e.Grants[0].Via)
	}
	if e := caller.Explain(authz.Question{Tool: "payroll_run"}); e.Verdict != authz.Hidden || len(e.Grants) != 0 {
		t.Errorf("%+v", e)
	}
}

func TestNoCallerMayNothing(t *testing.T) {
	t.Parallel()
	var nobody authz.Caller
	system := authz.SystemCaller(tenants.NewID(), "test job")
	for _, c := range []authz.Caller{nobody, system} {
		if c.May(0) != authz.Hidden || c.HasTools() {
			t.Errorf("%v may something", c)
		}
	}
	if caller := admit(t, ruleFor("*"), "whoami"); caller.May(-1) != authz.Hidden || caller.May(64) != authz.Hidden {
		t.Error("a position outside the catalog is not hidden")
	}
}

func TestAssertionPrintsAsDots(t *testing.T) {
	t.Parallel()
	a := authz.NewAssertion("very-secret")
	text, err := a.MarshalJSON()
	if err != nil || strings.Contains(string(text)+a.String()+a.LogValue().String(), "very-secret") {
		t.Errorf("%s %v %v", text, a, err)
	}
}
