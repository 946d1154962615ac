package authz_test

import (
	"encoding/json"
	"testing"

	"gatehouse/internal/authz"
)

// TestValuesOfDifferentKindsAreNotCompared: neither an allow nor a deny lets a
// call pass, however the comparison is negated.
func TestValuesOfDifferentKindsAreNotCompared(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ condition, args string }{
		{`args.amount != 5`, `{"amount":"5"}`},
		{`args.amount != 5`, `{"amount":true}`},
		{`args.amount != 5`, `{"amount":null}`},
		{`args.amount != 5`, `{"amount":[5]}`},
		{`!(args.amount == 5)`, `{"amount":"5"}`},
		{`5 != args.amount`, `{"amount":{"value":5}}`},
		{`args.name != "Bo"`, `{"name":["Bo"]}`},
		{`args.name != "Bo"`, `{"name":null}`},
		{`args.name != "Bo"`, `{"name":0}`},
		{`args.a != args.b`, `{"a":1,"b":"1"}`},
		{`args.force != true`, `{"force":"true"}`},
		{`args.force != true`, `{"force":1}`},
		{`!(args.country in ["DE", "AT"])`, `{"country":["DE"]}`},
		{`!(args.country in ["DE", "AT"])`, `{"country":null}`},
		{`!(args.n in [1, 2.5])`, `{"n":"1"}`},
		{`!("root" in args.users)`, `{"users":[1,["root"]]}`},
		{`!args.users.exists(u, u == "root")`, `{"users":[["root"]]}`},
		{`args.users.all(u, u != "root")`, `{"users":[null]}`},
		{`args != {"a": 1}`, `[]`},
	} {
		if !undecided(t, row.condition, row.args) {
			t.Errorf("%s with %s lets a call pass", row.condition, row.args)
		}
	}
	for _, row := range []struct{ condition, args string }{
		{`args.amount != 5`, `{"amount":6}`},
		{`args.amount != 5`, `{"amount":5.5}`},
		{`args.amount == 5`, `{"amount":5.0}`},
		{`args.amount in [5, 6]`, `{"amount":5.0}`},
		{`!(args.amount in [5, 6.5])`, `{"amount":7}`},
		{`args.note != null`, `{"note":"x"}`},
		{`null != args.note`, `{"note":1}`},
		{`args.note == null || args.note != "x"`, `{"note":null}`},
		{`!(args.country in ["DE", "AT"])`, `{"country":"US"}`},
		{`!(args.country in [1, "AT"])`, `{"country":"US"}`},
		{`!("root" in args.users)`, `{"users":["bob"]}`},
		{`!("root" in args.users)`, `{"users":[]}`},
		{`!("root" in args.users)`, `{"users":{"bob":1}}`},
		{`!(null in args.users)`, `{"users":["bob"]}`},
		{`args.users.exists_one(u, u == "bob")`, `{"users":["bob","eve"]}`},
		{`args.a == args.b`, `{"a":{"x":[1]},"b":{"x":[1.0]}}`},
		{`"x" in caller.roles == false`, `{}`},
	} {
		if !allows(t, row.condition, row.args) {
			t.Errorf("%s does not hold for %s", row.condition, row.args)
		}
	}
}

// TestExplanationsSayWhatCallsDo asks both about every pair of a condition and
// arguments.
func TestExplanationsSayWhatCallsDo(t *testing.T) {
	t.Parallel()
	conditions := []string{
		`args.n == 5`, `args.n != 5`, `!(args.n == 5)`, `args.n < 5`, `args.n in [5, 6]`, `!(args.n in [5, 6])`, `args.n == "5"`, `args.n != "5"`,
		`args.n == null`, `has(args.n) && args.n != null`, `!has(args.n) || args.n == true`, `args.n != args.m`,
	}
	arguments := []string{
		`{}`, `{"n":5}`, `{"n":5.0}`, `{"n":6}`, `{"n":"5"}`, `{"n":true}`, `{"n":null}`, `{"n":[5]}`, `{"n":{"n":5}}`, `{"n":1e400}`,
		`{"n":9223372036854775808}`, `{"n":5,"m":5}`, `{"n":5,"m":"5"}`, `{"n":-0.0}`, `{"n":"\ud800"}`,
	}
	for _, condition := range conditions {
		for _, effect := range []authz.Effect{authz.Allow, authz.Deny} {
			p := permit(t, authz.Permission{Effect: effect, Condition: condition})
			if effect == authz.Deny {
				p = permit(t, authz.Permission{Effect: authz.Allow}, authz.Permission{Effect: effect, Condition: condition})
			}
			for _, args := range arguments {
				asked := p.Admit(alice(), authz.Membership{}, noon).Explain(authz.Question{Tool: "pay", Arguments: json.RawMessage(args), Now: noon})
				if does := call(p, alice(), args).Verdict; asked.Verdict != does {
					t.Errorf("%s %s with %s: explained %v, done %v", effect, condition, args, asked.Verdict, does)
				}
			}
		}
	}
}
