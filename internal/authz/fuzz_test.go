package authz_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"gatehouse/internal/authz"
)

// FuzzConditionsOverHostileArguments holds the answer of conditions against
// arithmetic on the exact decimal value: nothing panics, no allow holds where the
// value does not satisfy it, no deny passes where it does.
func FuzzConditionsOverHostileArguments(f *testing.F) {
	for _, seed := range []string{
		`{"n":1}`, `{"n":-0.0}`, `{"n":1e400}`, `{"n":100.00000000000000000001}`, `{"n":9223372036854775808}`, `{"n":9007199254740993.0}`,
		`{"n":"\ud800"}`, `{"n":1,"n":2}`, `{"n":[1,{"n":null}]}`, `[]`, `{`, "", `{"n":1E-99999999999}`, `{"n":0e5}`, "{\"n\":\"\xff\"}", `{"n":99.99999999999999999}`,
	} {
		f.Add([]byte(seed))
	}
	allow := compile(f, authz.Permission{Effect: authz.Allow, Condition: `args.n <= 100`})
	deny := compile(f, authz.Permission{Effect: authz.Allow}, authz.Permission{Effect: authz.Deny, Condition: `args.n > 100`})
	others := []*authz.Policy{
		compile(f, authz.Permission{Effect: authz.Allow, Condition: `args.n.startsWith("a") || args.n.matches("^b+$") || args.n.size() > 3`}),
		compile(f, authz.Permission{Effect: authz.Allow, Condition: `args.n.exists(x, x == args.m) || args == {"n": [1]}`}),
		compile(f, authz.Permission{Effect: authz.Allow, Condition: `int(args.n) == 3 || string(args.n) == "x" || timestamp(args.n) < context.time || args.n + args.n == 4`}),
	}
	f.Fuzz(func(t *testing.T, args []byte) {
		for _, p := range others {
			judge(p, args)
		}
		a, d := judge(allow, args), judge(deny, args)
		if a != authz.Allowed && a != authz.Refused || d != authz.Allowed && d != authz.Refused {
			t.Fatalf("verdicts %v and %v", a, d)
		}
		n, ok := number(args)
		within := ok && n.Cmp(big.NewRat(100, 1)) <= 0
		if (a == authz.Allowed || d == authz.Allowed) && !within {
			t.Errorf("%q: the allow says %v, the deny %v", args, a, d)
		}
	})
}

func compile(f *testing.F, permissions ...authz.Permission) *authz.Policy {
	f.Helper()
	p, err := authz.Compile(permitting(permissions...), []string{"pay"})
	if err != nil {
		f.Fatal(err)
	}
	return p
}

func judge(p *authz.Policy, args []byte) authz.Verdict {
	return p.Admit(alice(), authz.Membership{}, noon).MayCall(0, append([]byte{}, args...), authz.Circumstances{Now: noon}).Verdict
}

// number returns the exact value of the member n, if it is one.
func number(args []byte) (*big.Rat, bool) {
	var object map[string]json.RawMessage
	var literal json.Number
	if json.Unmarshal(args, &object) != nil || len(object["n"]) == 0 || object["n"][0] == '"' || json.Unmarshal(object["n"], &literal) != nil || len(literal) > 400 {
		return nil, false
	}
	if f, err := literal.Float64(); err != nil || f == 0 { // an exponent that big.Rat would spell out
		return new(big.Rat), err == nil
	}
	return new(big.Rat).SetString(literal.String())
}
