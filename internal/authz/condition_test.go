package authz_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/fault"
)

// noon is a Wednesday.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// permit is everybody's one role, with these permissions for the tool "pay".
func permit(t *testing.T, permissions ...authz.Permission) *authz.Policy {
	t.Helper()
	p, err := authz.Compile(permitting(permissions...), []string{"pay"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func permitting(permissions ...authz.Permission) authz.Rules {
	for i := range permissions {
		if permissions[i].Patterns == nil {
			permissions[i].Patterns = []string{"pay"}
		}
	}
	role := authztest.ID("role", "payer")
	return authz.Rules{
		Scope:       authztest.Scope,
		Roles:       []authz.Role{{ID: role, Name: "payer", Permissions: permissions}},
		Assignments: []authz.Assignment{{Role: role, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
	}
}

func alice() authz.Identity {
	id := identityOf("alice", authztest.Caller{Kind: "user", Client: "vscode"})
	id.AppRoles = []string{"Payments.Approve"}
	return id
}

func call(p *authz.Policy, id authz.Identity, args string) authz.Ruling {
	return p.Admit(id, authz.Membership{}, noon).MayCall(0, json.RawMessage(args), authz.Circumstances{Now: noon})
}

// allows reports whether an allow with the condition permits the call. A deny
// with the condition must refuse what the allow permits, and whatever neither
// can decide: both are asked.
func allows(t *testing.T, condition, args string) bool {
	t.Helper()
	allow := call(permit(t, authz.Permission{Effect: authz.Allow, Condition: condition}), alice(), args).Verdict
	deny := call(permit(t, authz.Permission{Effect: authz.Allow}, authz.Permission{Effect: authz.Deny, Condition: condition}), alice(), args).Verdict
	if allow == authz.Allowed && deny != authz.Refused {
		t.Errorf("%s with %s holds for an allow and not for a deny", condition, args)
	}
	return allow == authz.Allowed
}

// undecided reports that neither an allow nor a deny lets the call pass.
func undecided(t *testing.T, condition, args string) bool {
	t.Helper()
	allow := call(permit(t, authz.Permission{Effect: authz.Allow, Condition: condition}), alice(), args).Verdict
	deny := call(permit(t, authz.Permission{Effect: authz.Allow}, authz.Permission{Effect: authz.Deny, Condition: condition}), alice(), args).Verdict
	return allow == authz.Refused && deny == authz.Refused
}

func TestConditionSeesArgumentsCallerAndContext(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ condition, holds, fails string }{
		{`args.amount <= 100`, `{"amount":100}`, `{"amount":101}`},
		{`args.amount <= 99.5`, `{"amount":99.5}`, `{"amount":99.51}`},
		{`args.to.country in ["DE", "AT"]`, `{"to":{"country":"DE"}}`, `{"to":{"country":"US"}}`},
		{`args.lines.all(l, l.amount < 10)`, `{"lines":[{"amount":1},{"amount":9}]}`, `{"lines":[{"amount":1},{"amount":10}]}`},
		{`!has(args.force) || args.force == false`, `{}`, `{"force":true}`},
		{`args.path.startsWith("/public/") && !args.path.contains("..")`, `{"path":"/public/a"}`, `{"path":"/public/../a"}`},
		{`args.mail.matches("^[a-z]+@contoso[.]com$")`, `{"mail":"bob@contoso.com"}`, `{"mail":"bob@contoso.com.evil"}`},
		{`args.note == null`, `{"note":null}`, `{"note":""}`},
		{`args == {"a": 1}`, `{"a":1}`, `{"a":1,"b":2}`},
		{`size(args.ids) < 3`, `{"ids":[1,2]}`, `{"ids":[1,2,3]}`},
	} {
		if !allows(t, row.condition, row.holds) {
			t.Errorf("%s does not hold for %s", row.condition, row.holds)
		}
		if allows(t, row.condition, row.fails) {
			t.Errorf("%s holds for %s", row.condition, row.fails)
		}
	}
	for _, always := range []string{
		`caller.kind == "user" && !caller.guest && caller.oid == "` + alice().OID.String() + `"`,
		`caller.client == "` + authztest.Clients["vscode"] + `"`,
		`"payer" in caller.roles && "Payments.Approve" in caller.appRoles`,
		`context.time.getDayOfWeek() == 3 && context.time.getHours("Europe/Berlin") == 13`,
		`context.time < timestamp("2026-12-01T00:00:00Z")`,
		`"` + authztest.Scope + `" in context.scopes && context.authenticationContexts == []`,
	} {
		if !allows(t, always, `{}`) {
			t.Errorf("%s does not hold", always)
		}
	}
}

func TestConditionThatCannotBeDecidedNeverHelpsTheCaller(t *testing.T) {
	t.Parallel()
	long := `{"ids":[` + strings.Repeat(`1,`, 200_000) + `1]}`
	for _, row := range []struct{ condition, args string }{
		{`args.amount <= 100`, `{}`},
		{`args.amount <= 100`, `{"amount":"1"}`},
		{`args.amount <= 100`, `{"amount":null}`},
		{`args.amount <= 100`, `[]`},
		{`args.amount <= 100`, `{"amount":1,"amount":1}`},
		{`args.amount <= 100`, `{"amount":1`},
		{`args.amount <= 100`, `{"amount":1} 2`},
		{`args.amount <= 100`, ``},
		{`args.amount / args.parts <= 100`, `{"amount":1,"parts":0}`},
		{`args.amount + 1 > 0`, `{"amount":9223372036854775807}`},
		{`args.ok == true && args.more`, `{"ok":true,"more":1}`},
		{`args.ids.all(i, i == 1)`, long},
		{`args.name != "root"`, "{\"name\":\"\xff\"}"},
		{`args.name != "root"`, `{"name":"\ud800"}`},
		{`args.a != 1`, strings.Repeat(`{"a":`, 70) + `1` + strings.Repeat(`}`, 70)},
	} {
		if !undecided(t, row.condition, row.args) {
			t.Errorf("%s with %.60s lets a call pass", row.condition, row.args)
		}
	}
}

func TestNumbersAreExactOrNotThere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ number, equals string }{
		{"9007199254740993", "9007199254740993"},
		{"9223372036854775807", "9223372036854775807"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"9007199254740993.0", "9007199254740993"},
		{"9.007199254740993e15", "9007199254740993"},
		{"0.1", "0.1"},
		{"1e2", "100"},
		{"1.50", "1.5"},
		{"-0.0", "0"},
		{"12e-1", "1.2"},
		{"100000000000000000000e-20", "1"},
	} {
		if !allows(t, "args.n == "+row.equals, `{"n":`+row.number+`}`) {
			t.Errorf("%s is not %s", row.number, row.equals)
		}
	}
	for _, pair := range [][2]string{{"9007199254740993", "9007199254740992.0"}, {"9223372036854775807", "9223372036854776000"}, {"9223372036854775807", "9223372036854774784.0"}, {"9007199254740992.0", "9007199254740993.0"}} {
		if allows(t, "args.a == args.b", `{"a":`+pair[0]+`,"b":`+pair[1]+`}`) {
			t.Errorf("%s equals %s", pair[0], pair[1])
		}
	}
	for _, number := range []string{
		"9223372036854775808", "18446744073709551617", "0.1000000000000000055511151231257827", "3.14159265358979323846", "1e400", "1e-400",
		"1e99999999999999999999", "123456789012345678901234567890", strings.Repeat("1", 500), "0." + strings.Repeat("3", 30),
	} {
		for _, condition := range []string{
			"args.n > 0", "args.n != 5", "args.n == args.n", "args.n > 0 || true", "args.n > 0 ? true : true", "has(args.n) || true",
			"args.l.exists(x, x == 1)", "1 in args.l", "args.o == {'n': 1} || true", "args.l == [1, 1] || true",
		} {
			args := `{"n":` + number + `,"l":[` + number + `,1],"o":{"n":` + number + `}}`
			if !undecided(t, condition, args) {
				t.Errorf("%s lets a call with %.40s pass", condition, number)
			}
		}
		if !allows(t, "args.m == 1", `{"n":`+number+`,"m":1}`) {
			t.Errorf("%.40s spoils a condition that does not look at it", number)
		}
	}
}

func TestMistakesInConditionsAreNamedWithTheirPlace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ condition, place, text string }{
		{`args.amount <=`, "line 1, column 15", "ends too early; something has to follow; see docs/conditions.md"},
		{`(args.a == 5`, "line 1, column 13", "ends too early: a ) is missing"},
		{`args.a == [1, 2`, "line 1, column 16", "ends too early"},
		{`args.amount = 5`, "line 1, column 13", "a single = means nothing here; == compares"},
		{`args.a === 5`, "line 1, column 10", "a single ="},
		{`args.a & args.b`, "line 1, column 8", "and is written &&"},
		{`caller.guest or args.b`, "line 1, column 14", "or is written ||"},
		{`args.a == 'x`, "line 1, column 11", "does not end with one"},
		{`args.a == 5)`, "line 1, column 12", "that no ( belongs to"},
		{`not caller.guest`, "line 1, column 5", "complete before this"},
		{`args.a <> 5`, "line 1, column 9", "there are ==, !="},
		{`args.a == , 5`, "line 1, column 11", "does not belong here"},
		{`"a" + 1 == 2`, "line 1, column 5", "+ does not take (string, int)"},
		{"true &&\n amount > 3", "line 2, column 2", "args, caller.appRoles"},
		{`caller.mail == "x"`, "line 1, column 7", "undeclared reference"},
		{`args.ok`, "line 1, column 1", "an argument may be anything; compare it"},
		{`1 + 1`, "line 1, column 1", "of type int"},
		{`"a"`, "line 1, column 1", "of type string"},
		{`args.a.map(x, x) == []`, "line 1, column 11", "use all, exists"},
		{`args.a.filter(x, x) == []`, "line 1, column 14", "use all, exists"},
		{`args.a.all(x, args.b.all(y, x == y))`, "line 1, column 25", "inside each other"},
		{`args.a == 9007199254740993.0`, "line 1, column 11", "whole number"},
		{`args.a.matches(args.b)`, "line 1, column 15", "stands in the condition"},
		{`args.a.matches("(")`, "line 1, column 16", "invalid matches argument"},
		{`context.time.getHours("Berlin") > 8`, "line 1, column 22", "time zone"},
		{`context.time.getHours("Local") > 8`, "line 1, column 22", "time zone"},
		{`context.time.getHours(args.zone) > 8`, "line 1, column 22", "stands in the condition"},
		{`double(args.a) > 1.0`, "line 1, column 7", "undeclared reference to 'double'"},
		{`timestamp("tomorrow") < context.time`, "line 1, column 11", "timestamp"},
		{`args.a.all(x, x in args.b)`, "line 1, column 1", "steps"},
		{strings.Repeat("true && ", 200) + "true", "line 1, column 1025", "longer than 1024 bytes"},
		{strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300), "line 1, column 1", "recursion limit"},
	} {
		_, err := authz.Compile(permitting(authz.Permission{Effect: authz.Allow}, authz.Permission{Effect: authz.Allow, Condition: row.condition}), []string{"pay"})
		if err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.60s: %v", row.condition, err)
			continue
		}
		for _, part := range []string{"role payer: permission 2: condition, ", row.place, row.text} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%.60s: %q is missing in: %v", row.condition, part, err)
			}
		}
	}
}

func TestAuthenticationContextIsChecked(t *testing.T) {
	t.Parallel()
	for _, p := range []authz.Permission{
		{Effect: authz.Allow, AuthenticationContext: "c0"},
		{Effect: authz.Allow, AuthenticationContext: "c100"},
		{Effect: authz.Allow, AuthenticationContext: `c1"`},
		{Effect: authz.Deny, AuthenticationContext: "c1"},
	} {
		if _, err := authz.Compile(permitting(p), []string{"pay"}); fault.KindOf(err) != fault.Invalid || err == nil || !strings.Contains(err.Error(), "authenticationContext") {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestTooManyConditionsAreRefused(t *testing.T) {
	t.Parallel()
	many := make([]authz.Permission, 201)
	for i := range many {
		many[i] = authz.Permission{Effect: authz.Allow, Condition: "args.a == 1"}
	}
	if _, err := authz.Compile(permitting(many...), nil); fault.KindOf(err) != fault.Invalid || err == nil {
		t.Errorf("201 conditions: %v", err)
	}
	if _, err := authz.Compile(permitting(many[1:]...), nil); err != nil {
		t.Errorf("200 conditions: %v", err)
	}
}

func TestStepUpIsAskedForOnlyWhereItWouldHelp(t *testing.T) {
	t.Parallel()
	stepped := alice()
	stepped.AuthContexts = []string{"c1"}
	p := permit(t, authz.Permission{Effect: authz.Allow, AuthenticationContext: "c2", Condition: "args.amount <= 1000"},
		authz.Permission{Effect: authz.Allow, AuthenticationContext: "c1", Condition: "args.amount <= 100"},
		authz.Permission{Effect: authz.Deny, Condition: "args.amount < 0"})
	for _, row := range []struct {
		id      authz.Identity
		args    string
		verdict authz.Verdict
		stepUp  string
	}{
		{alice(), `{"amount":50}`, authz.NeedsStepUp, "c1 c2"},
		{alice(), `{"amount":500}`, authz.NeedsStepUp, "c2"},
		{alice(), `{"amount":5000}`, authz.Refused, ""},
		{alice(), `{"amount":-1}`, authz.Refused, ""},
		{stepped, `{"amount":50}`, authz.Allowed, ""},
		{stepped, `{"amount":500}`, authz.NeedsStepUp, "c2"},
		{stepped, `{"amount":-1}`, authz.Refused, ""},
	} {
		r := call(p, row.id, row.args)
		if r.Verdict != row.verdict || strings.Join(r.StepUp, " ") != row.stepUp {
			t.Errorf("%s with contexts %v: %v %v, want %v %s", row.args, row.id.AuthContexts, r.Verdict, r.StepUp, row.verdict, row.stepUp)
		}
	}
	caller := permit(t, authz.Permission{Effect: authz.Allow, AuthenticationContext: "c1"}).Admit(stepped, authz.Membership{}, noon)
	if v := caller.May(0); v != authz.Allowed {
		t.Errorf("with the context and no condition the verdict is %v", v)
	}
}

func TestUnconditionalRulesStandBesideConditions(t *testing.T) {
	t.Parallel()
	never := `args.a == 1`
	if r := call(permit(t, authz.Permission{Effect: authz.Allow}, authz.Permission{Effect: authz.Allow, Condition: never}), alice(), `{}`); r.Verdict != authz.Allowed {
		t.Errorf("an allow without condition: %v", r)
	}
	hidden := permit(t, authz.Permission{Effect: authz.Allow, Condition: never}, authz.Permission{Effect: authz.Deny}).Admit(alice(), authz.Membership{}, noon)
	if v := hidden.May(0); v != authz.Hidden || hidden.HasTools() {
		t.Errorf("denied without condition: %v", v)
	}
	seen := permit(t, authz.Permission{Effect: authz.Allow}, authz.Permission{Effect: authz.Deny, Condition: never}).Admit(alice(), authz.Membership{}, noon)
	plain := permit(t, authz.Permission{Effect: authz.Allow}).Admit(alice(), authz.Membership{}, noon)
	if v := seen.May(0); v != authz.Conditional || !v.Listed() || seen.ListKey() != plain.ListKey() {
		t.Errorf("denied with a condition: %v, list key %s", v, seen.ListKey())
	}
}

func TestAssignmentGivesNothingFromItsEndOn(t *testing.T) {
	t.Parallel()
	rules := permitting(authz.Permission{Effect: authz.Allow})
	rules.Assignments[0].EndsAt = noon
	later := rules.Assignments[0]
	later.EndsAt, later.Subject = noon.Add(time.Hour), authz.Subject{Kind: authz.SubjectClient, Value: authztest.Clients["vscode"]}
	p, err := authz.Compile(rules, []string{"pay"})
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Admit(alice(), authz.Membership{}, noon.Add(-1)); c.May(0) != authz.Allowed || !c.Until().Equal(noon) {
		t.Errorf("before: %v until %v", c.May(0), c.Until())
	}
	if c := p.Admit(alice(), authz.Membership{}, noon); c.May(0) != authz.Hidden || !c.Until().IsZero() || len(c.Roles()) > 0 {
		t.Errorf("from then on: %v until %v", c.May(0), c.Until())
	}
	rules.Assignments = append(rules.Assignments, later)
	if p, err = authz.Compile(rules, []string{"pay"}); err != nil {
		t.Fatal(err)
	}
	if c := p.Admit(alice(), authz.Membership{}, noon.Add(-1)); !c.Until().Equal(noon) {
		t.Errorf("until %v, want the first end", c.Until())
	}
	if c := p.Admit(alice(), authz.Membership{}, noon); c.May(0) != authz.Allowed || !c.Until().Equal(later.EndsAt) {
		t.Errorf("the other assignment: %v until %v", c.May(0), c.Until())
	}
	elsewhere := alice()
	elsewhere.Client = authztest.Clients["azure-cli"]
	if c := p.Admit(elsewhere, authz.Membership{}, noon.Add(-1)); !c.Until().Equal(noon) {
		t.Errorf("until %v: an assignment that does not match counts", c.Until())
	}
}
