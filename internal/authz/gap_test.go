package authz_test

import (
	"encoding/json"
	"testing"

	"gatehouse/internal/authz"
)

// TestWhatIsNotKnownIsNotGuessed decides calls of which only some arguments, or not who
// called when, is known: a verdict is given only where it is that of the whole call.
func TestWhatIsNotKnownIsNotGuessed(t *testing.T) {
	t.Parallel()
	const known = authz.Gap(0)
	for _, row := range []struct {
		condition, args string
		kept            map[string]string // by pointer
		gaps            authz.Gap
		want            authz.Verdict // of an allow
		depends         authz.Gap
	}{
		{`args.amount < 5`, `{"amount":4}`, nil, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`args.amount < 5`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Allowed, known},
		{`args.amount < 5`, `{"amount":5}`, map[string]string{"/amount": "5"}, authz.GapArguments, authz.Refused, known},
		{`args.amount < 5`, `{"amount":4}`, map[string]string{"amount": "4"}, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`has(args.amount) && args.amount < 5`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Allowed, known},
		{`!has(args.force)`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`args.to.country == "DE"`, `{"to":{"country":"DE","city":"X"}}`, map[string]string{"/to/country": `"DE"`}, authz.GapArguments, authz.Allowed, known},
		{`has(args.to.city)`, `{"to":{"country":"DE","city":"X"}}`, map[string]string{"/to/country": `"DE"`}, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`has(args.to.city)`, `{"to":{"country":"DE"}}`, map[string]string{"/to": `{"country":"DE"}`, "/to/country": `"DE"`}, authz.GapArguments, authz.Refused, known},
		{`args["a/b"] == 1 && args["c~d"] == 2`, `{"a/b":1,"c~d":2}`, map[string]string{"/a~1b": "1", "/c~0d": "2"}, authz.GapArguments, authz.Allowed, known},
		{`size(args) == 1`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`"amount" in args`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Allowed, known},
		{`"force" in args`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`args == {"amount": 4}`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`args.all(k, k != "force")`, `{"amount":4}`, map[string]string{"/amount": "4"}, authz.GapArguments, authz.Conditional, authz.GapArguments},
		{`args.force || true`, `{"force":9007199254740993.5}`, nil, authz.GapArguments, authz.Conditional, authz.GapArguments}, // an unfit number fails whatever the rest says
		{`args.amount < 5`, `{"amount":9007199254740993.5}`, map[string]string{"/amount": "9007199254740993.5"}, authz.GapArguments, authz.Refused, known},
		{`context.time.getHours() < 13`, `{}`, nil, authz.GapTime, authz.Conditional, authz.GapTime},
		{`context.time.getHours() < 13 || caller.kind == "user"`, `{}`, nil, authz.GapTime, authz.Allowed, known},
		{`"payer" in caller.roles`, `{}`, nil, authz.GapRoles, authz.Conditional, authz.GapRoles},
		{`"payer" in caller.roles`, `{}`, nil, authz.GapAppRoles, authz.Allowed, known},
		{`caller.appRoles[0] == "Payments.Approve"`, `{}`, nil, authz.GapAppRoles, authz.Conditional, authz.GapAppRoles},
		{`context.authenticationContexts.size() == 0`, `{}`, nil, authz.GapContexts | authz.GapTime, authz.Conditional, authz.GapContexts},
	} {
		kept := map[string]json.RawMessage{}
		for pointer, value := range row.kept {
			kept[pointer] = json.RawMessage(value)
		}
		at := authz.Circumstances{Now: noon, Gaps: row.gaps, Kept: authz.NewKept(kept)}
		for _, deny := range []bool{false, true} {
			permissions := []authz.Permission{{Effect: authz.Allow, Condition: row.condition}}
			want, refused := row.want, authz.Refused
			if deny {
				permissions = []authz.Permission{{Effect: authz.Allow}, {Effect: authz.Deny, Condition: row.condition}}
				switch {
				case want == authz.Allowed:
					want = refused
				case want == refused && call(permit(t, permissions...), alice(), row.args).Verdict == authz.Allowed:
					want = authz.Allowed
				}
			}
			by := permit(t, permissions...).Admit(alice(), authz.Membership{}, noon)
			got := by.MayCall(0, json.RawMessage(row.args), at)
			if got.Verdict != want || got.Depends() != row.depends {
				t.Errorf("%s of %s, deny %t: %s for %b, want %s for %b", row.condition, row.args, deny, got.Verdict, got.Depends(), want, row.depends)
			}
			if whole := by.MayCall(0, json.RawMessage(row.args), authz.Circumstances{Now: noon}); got.Verdict != authz.Conditional && got.Verdict != whole.Verdict {
				t.Errorf("%s of %s, deny %t: %s, and with everything known %s", row.condition, row.args, deny, got.Verdict, whole.Verdict)
			}
			if e := by.Explain(authz.Question{Tool: "pay", Now: noon, Gaps: row.gaps, Kept: at.Kept}); e.Verdict != got.Verdict {
				t.Errorf("%s of %s, deny %t: %s is explained as %s", row.condition, row.args, deny, got.Verdict, e.Verdict)
			}
		}
	}
}

// TestFollowingUpCountsOnlyArgumentsAsWeighed: what else is not known is not.
func TestFollowingUpCountsOnlyArgumentsAsWeighed(t *testing.T) {
	t.Parallel()
	for condition, want := range map[string]authz.Verdict{
		`args.amount < 5`:                                 authz.Allowed,
		`context.time.getHours() < 13`:                    authz.Conditional,
		`args.amount < 5 && context.time.getHours() < 13`: authz.Conditional,
		`context.time.getHours() < 13 && caller.guest`:    authz.Refused,
		`args.amount < 5 && !("payer" in caller.roles)`:   authz.Refused,
	} {
		by := permit(t, authz.Permission{Effect: authz.Allow, Condition: condition}).Admit(alice(), authz.Membership{}, noon)
		if got := by.MayFollowUp(0, authz.Circumstances{Now: noon, Gaps: authz.GapTime}); got.Verdict != want {
			t.Errorf("%s: %s, want %s", condition, got.Verdict, want)
		}
	}
}
