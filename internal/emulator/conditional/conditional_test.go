package conditional_test

import (
	"slices"
	"testing"
	"time"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

const (
	tid    = "11111111-1111-4111-8111-111111111111"
	alice  = "a11ce000-0000-4000-8000-000000000001"
	frank  = "f5a00000-0000-4000-8000-000000000006"
	outer  = "5aff0000-0000-4000-8000-000000000001"
	inner  = "5aff0000-0000-4000-8000-000000000002"
	client = "c0000000-0000-4000-8000-000000000001"
	api    = "c0000000-0000-4000-8000-000000000002"
	one    = "90110000-0000-4000-8000-000000000001"
	two    = "90110000-0000-4000-8000-000000000002"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// tenant has alice, and frank in inner, which is in outer; frank has no second factor.
func tenant(policies ...seed.Policy) *directory.Tenant {
	d := directory.New([]seed.Tenant{{
		ID: tid, Name: "Contoso", Domain: "contoso.example", ConditionalAccess: policies,
		Users: []seed.User{{ID: alice, Username: "alice@contoso.example"}, {ID: frank, Username: "frank@contoso.example", MFA: "none"}},
		Groups: []seed.Group{
			{ID: outer, Name: "Outer", Members: []string{inner}},
			{ID: inner, Name: "Inner", Members: []string{frank}},
		},
		Apps: []seed.App{{ID: client, Name: "Client"}, {ID: api, Name: "API"}},
	}}, "http://localhost:8082")
	t, _ := d.World().Find(tid)
	return t
}

func TestPoliciesDecideWhatASignInIsMissing(t *testing.T) {
	t.Parallel()
	passed := conditional.Proof{At: noon, MFA: noon, Compliant: true}
	for name, row := range map[string]struct {
		policies []seed.Policy
		who      string
		ask      conditional.Request
		want     conditional.Demand
		by       []string
	}{
		"no policy":               {nil, alice, conditional.Request{}, conditional.Nothing, nil},
		"everybody":               {[]seed.Policy{{ID: one, Require: "mfa"}}, alice, conditional.Request{}, conditional.MFA, []string{one}},
		"no factor yet":           {[]seed.Policy{{ID: one, Require: "mfa"}}, frank, conditional.Request{}, conditional.Enrol, []string{one}},
		"factor shown":            {[]seed.Policy{{ID: one, Require: "mfa"}}, frank, conditional.Request{Proof: passed}, conditional.Nothing, nil},
		"somebody else":           {[]seed.Policy{{ID: one, Require: "mfa", Users: []string{frank}}}, alice, conditional.Request{}, conditional.Nothing, nil},
		"by nested group":         {[]seed.Policy{{ID: one, Require: "block", Users: []string{outer}}}, frank, conditional.Request{Proof: passed}, conditional.Block, []string{one}},
		"other client":            {[]seed.Policy{{ID: one, Require: "block", Clients: []string{api}}}, alice, conditional.Request{}, conditional.Nothing, nil},
		"this client":             {[]seed.Policy{{ID: one, Require: "block", Clients: []string{client}}}, alice, conditional.Request{}, conditional.Block, []string{one}},
		"other resource":          {[]seed.Policy{{ID: one, Require: "block", Resources: []string{client}}}, alice, conditional.Request{}, conditional.Nothing, nil},
		"this resource":           {[]seed.Policy{{ID: one, Require: "block", Resources: []string{api}}}, alice, conditional.Request{}, conditional.Block, []string{one}},
		"device":                  {[]seed.Policy{{ID: one, Require: "compliantDevice"}}, alice, conditional.Request{}, conditional.Device, []string{one}},
		"device shown":            {[]seed.Policy{{ID: one, Require: "compliantDevice"}}, alice, conditional.Request{Proof: passed}, conditional.Nothing, nil},
		"sign-in too old":         {[]seed.Policy{{ID: one, Require: "signInFrequency", Every: time.Hour}}, alice, conditional.Request{Proof: conditional.Proof{At: noon.Add(-time.Hour - 1)}}, conditional.SignIn, []string{one}},
		"sign-in just young":      {[]seed.Policy{{ID: one, Require: "signInFrequency", Every: time.Hour}}, alice, conditional.Request{Proof: conditional.Proof{At: noon.Add(-time.Hour)}}, conditional.Nothing, nil},
		"gravest first":           {[]seed.Policy{{ID: one, Require: "mfa"}, {ID: two, Require: "block"}}, alice, conditional.Request{}, conditional.Block, []string{two}},
		"both of a kind":          {[]seed.Policy{{ID: one, Require: "mfa"}, {ID: two, Require: "mfa"}}, alice, conditional.Request{}, conditional.MFA, []string{one, two}},
		"context not asked for":   {[]seed.Policy{{ID: one, Require: "mfa", AuthContext: "c1"}}, alice, conditional.Request{}, conditional.Nothing, nil},
		"context asked for":       {[]seed.Policy{{ID: one, Require: "mfa", AuthContext: "c1"}}, alice, conditional.Request{Contexts: []string{"c1"}}, conditional.MFA, []string{one}},
		"context elsewhere":       {[]seed.Policy{{ID: one, Require: "mfa", AuthContext: "c1", Resources: []string{client}}}, alice, conditional.Request{Contexts: []string{"c1"}}, conditional.MFA, []string{one}},
		"other context":           {[]seed.Policy{{ID: one, Require: "mfa", AuthContext: "c1"}}, alice, conditional.Request{Contexts: []string{"c2"}}, conditional.Nothing, nil},
		"one of two contexts":     {[]seed.Policy{{ID: one, Require: "mfa", AuthContext: "c1"}}, alice, conditional.Request{Contexts: []string{"c1", "c2"}}, conditional.Nothing, nil},
		"context held before":     {[]seed.Policy{{ID: one, Require: "mfa", AuthContext: "c1"}}, alice, conditional.Request{Proof: conditional.Proof{Contexts: []string{"c1"}}}, conditional.Nothing, nil},
		"asked for by id":         {[]seed.Policy{{ID: one, Require: "mfa", Resources: []string{client}}}, alice, conditional.Request{Policies: []string{one}}, conditional.MFA, []string{one}},
		"id of somebody else's":   {[]seed.Policy{{ID: one, Require: "mfa", Users: []string{frank}}}, alice, conditional.Request{Policies: []string{one}}, conditional.Nothing, nil},
		"factor asked for":        {nil, alice, conditional.Request{MFA: true}, conditional.MFA, nil},
		"factor asked and passed": {nil, alice, conditional.Request{MFA: true, Proof: passed}, conditional.Nothing, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tenant(row.policies...)
			ask := row.ask
			ask.Person, ask.Client, ask.Resource, ask.Now = in.People[row.who], client, api, noon
			got := conditional.Evaluate(in, ask)
			if got.Demand != row.want || !slices.Equal(got.Policies, row.by) {
				t.Errorf("demand %d by %v, want %d by %v", got.Demand, got.Policies, row.want, row.by)
			}
		})
	}
}

func TestContextsAreHeldOnlyWhileTheyAreSatisfied(t *testing.T) {
	t.Parallel()
	in := tenant(seed.Policy{ID: one, Require: "mfa", AuthContext: "c1"}, seed.Policy{ID: two, Require: "compliantDevice", AuthContext: "c2"})
	got := conditional.Evaluate(in, conditional.Request{
		Person: in.People[alice], Client: client, Resource: api, Now: noon, Contexts: []string{"c3"},
		Proof: conditional.Proof{At: noon, MFA: noon, Contexts: []string{"c1", "c2"}},
	})
	if got.Demand != conditional.Nothing || !slices.Equal(got.Contexts, []string{"c1", "c3"}) {
		t.Errorf("decision is %+v", got)
	}
	unmet := conditional.Evaluate(in, conditional.Request{Person: in.People[alice], Now: noon, Contexts: []string{"c2"}})
	if unmet.Demand != conditional.Device || unmet.Context != "c2" {
		t.Errorf("decision is %+v", unmet)
	}
}

func TestSeveralFrequenciesMeanTheShortest(t *testing.T) {
	t.Parallel()
	in := tenant(
		seed.Policy{ID: one, Require: "signInFrequency", Every: 2 * time.Hour},
		seed.Policy{ID: two, Require: "signInFrequency", Every: time.Hour},
	)
	got := conditional.Evaluate(in, conditional.Request{Person: in.People[alice], Now: noon, Proof: conditional.Proof{At: noon.Add(-3 * time.Hour)}})
	if got.Demand != conditional.SignIn || got.Every != time.Hour {
		t.Errorf("decision is %+v", got)
	}
}

func TestMethodsNameTheSecondFactor(t *testing.T) {
	t.Parallel()
	if got := (conditional.Proof{At: noon}).Methods(); !slices.Equal(got, []string{"pwd"}) {
		t.Errorf("methods are %v", got)
	}
	if got := (conditional.Proof{At: noon, MFA: noon}).Methods(); !slices.Equal(got, []string{"pwd", "mfa"}) {
		t.Errorf("methods are %v", got)
	}
}
