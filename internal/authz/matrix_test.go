package authz_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/tenants"
)

// TestMatrix holds the files against the pure decision; the same files are held
// against the whole server elsewhere.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, m := range authztest.Load(t, authztest.Files, "matrix") {
		for who, c := range m.Callers {
			t.Run(m.Name+"/"+who, func(t *testing.T) {
				t.Parallel()
				catalog := slices.Sorted(slices.Values(m.Tools))
				policy, err := authz.Compile(m.Rules(), catalog)
				if err != nil {
					t.Fatal(err)
				}
				caller := policy.Admit(identityOf(who, c), membershipOf(m, c), time.Now())
				var sees []string
				for at, tool := range catalog {
					if caller.May(at).Listed() {
						sees = append(sees, tool)
					}
				}
				if want := slices.Sorted(slices.Values(c.Sees)); !slices.Equal(sees, want) {
					t.Errorf("sees %v, want %v", sees, want)
				}
				for tool, want := range c.Calls {
					c.Tries = append(c.Tries, authztest.Try{Tool: tool, With: "{}", Want: want})
				}
				for _, try := range c.Tries {
					args, at := json.RawMessage(try.With), authz.Circumstances{Now: time.Now()}
					ruling := caller.MayCall(slices.Index(catalog, try.Tool), args, at)
					if got := authztest.Verdict(ruling.Verdict); got != try.Want {
						t.Errorf("call of %s with %s: %s, want %s", try.Tool, try.With, got, try.Want)
					}
					e := caller.Explain(authz.Question{Tool: try.Tool, Arguments: args, Now: at.Now})
					if e.Verdict != ruling.Verdict || !slices.Equal(e.StepUp, ruling.StepUp) {
						t.Errorf("explanation of %s says %v, the decision was %v", try.Tool, e.Verdict, ruling)
					}
				}
			})
		}
	}
}

func identityOf(who string, c authztest.Caller) authz.Identity {
	id := authz.Identity{
		Org: tenants.NewID(), OID: authztest.ID("person", who), Name: who, Client: authztest.Clients[c.Client],
		Scopes: c.Scopes, AppRoles: c.AppRoles, AuthContexts: c.Contexts, Delegated: c.Kind != "app", IssuedAt: time.Now(),
	}
	if len(id.Scopes) == 0 && id.Delegated {
		id.Scopes = []string{authztest.Scope}
	}
	id.Kind = map[string]authz.Kind{"user": authz.User, "guest": authz.Guest, "app": authz.App}[c.Kind]
	return id
}

func membershipOf(m authztest.Matrix, c authztest.Caller) authz.Membership {
	answers := map[tenants.GUID]authz.Answer{}
	for _, g := range m.Groups {
		answers[authztest.ID("group", g)] = authz.NotMember
		if slices.Contains(c.Groups, g) {
			answers[authztest.ID("group", g)] = authz.Member
		}
	}
	return authz.Membership{Groups: answers, Source: authz.SourceToken, At: time.Now()}
}
