package authz_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// TestWhatACallerCouldUseIsKnownBeforeItIsThere: of a source that has not been
// read there are no names to decide about, only patterns.
func TestWhatACallerCouldUseIsKnownBeforeItIsThere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		effect  authz.Effect
		pattern string
		prefix  string
		want    bool
	}{
		"everything":              {authz.Allow, "*", "notes_", true},
		"everything, of prompts":  {authz.Allow, "*", "prompt:notes_", true},
		"all of the source":       {authz.Allow, "notes_*", "notes_", true},
		"one of the source":       {authz.Allow, "notes_search", "notes_", true},
		"some of the source":      {authz.Allow, "notes_se*h", "notes_", true},
		"more than the source":    {authz.Allow, "not*", "notes_", true},
		"the end of names":        {authz.Allow, "*_search", "notes_", true},
		"another source":          {authz.Allow, "crm_*", "notes_", false},
		"a name of another":       {authz.Allow, "notes", "notes_", false},
		"tools, of prompts":       {authz.Allow, "notes_*", "prompt:notes_", false},
		"prompts, of tools":       {authz.Allow, "prompt:notes_*", "notes_", false},
		"prompts":                 {authz.Allow, "prompt:notes_*", "prompt:notes_", true},
		"resources":               {authz.Allow, "resource:docs://*", "resource:", true},
		"prompts, of resources":   {authz.Allow, "prompt:*", "resource:", false},
		"a source named bare":     {authz.Allow, "search", "", true},
		"resources, named bare":   {authz.Allow, "resource:docs://*", "", false},
		"a deny gives nothing":    {authz.Deny, "*", "notes_", false},
		"a deny of a source":      {authz.Deny, "notes_*", "notes_", false},
		"a longer name of source": {authz.Allow, "notes2_*", "notes_", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			role := authz.Role{ID: tenants.NewGUID(), Name: "role", Permissions: []authz.Permission{{Effect: tt.effect, Patterns: []string{tt.pattern}}}}
			policy, err := authz.Compile(authz.Rules{
				Roles:       []authz.Role{role},
				Assignments: []authz.Assignment{{ID: tenants.NewGUID(), Role: role.ID, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			member := policy.Admit(authz.Identity{Kind: authz.User, Delegated: true}, authz.Membership{}, time.Now())
			if got := member.CouldUse(tt.prefix); got != tt.want {
				t.Errorf("%v", got)
			}
			if app := policy.Admit(authz.Identity{Kind: authz.App}, authz.Membership{}, time.Now()); app.CouldUse(tt.prefix) {
				t.Error("somebody without the role could too")
			}
		})
	}
	if (authz.Caller{}).CouldUse("") || authz.SystemCaller(tenants.NewID(), "job").CouldUse("") {
		t.Error("nobody could use something")
	}
}
