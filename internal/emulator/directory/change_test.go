package directory_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

func TestMembersAreCalledAsInASeed(t *testing.T) {
	t.Parallel()
	user := func(name string) seed.User {
		return seed.User{ID: seed.Derived("user", name), Username: name, Password: "x"}
	}
	d := directory.New([]seed.Tenant{{
		ID: tid, Name: "Contoso", Domain: "Contoso.example",
		Users: []seed.User{
			user("Bob@contoso.example"), user("bob@fabrikam.example"), user("gina@fabrikam.example"),
			user("erin@a.example"), user("erin@b.example"), user("ops@contoso.example"),
		},
		Groups: []seed.Group{{ID: seed.Derived("all"), Name: "All"}, {ID: seed.Derived("sre"), Name: "SRE"}, {ID: seed.Derived("ops"), Name: "ops"}},
	}}, "https://graph.example")
	bob, gina := seed.Derived("user", "Bob@contoso.example"), seed.Derived("user", "gina@fabrikam.example")
	for ref, want := range map[string]string{
		"bob": bob, "BOB": bob, "bob@CONTOSO.example": bob, bob: bob,
		"bob@fabrikam.example": seed.Derived("user", "bob@fabrikam.example"), "gina": gina,
		"SRE": seed.Derived("sre"), seed.Derived("sre"): seed.Derived("sre"), "ops@contoso.example": seed.Derived("user", "ops@contoso.example"),
	} {
		err := d.Change(tid, func(t *directory.Tenant) error { return t.SetMembers("All", []string{ref}, nil) })
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		in := open(t, d)
		if g, _ := in.Group("All"); len(g.Members) != 1 || !g.Members[want] {
			t.Errorf("%s brings %v, want %s", ref, g.Members, want)
		}
		if !slices.Contains(in.Closure(want), seed.Derived("all")) {
			t.Errorf("%s is not in the group", ref)
		}
		if err := d.Change(tid, func(t *directory.Tenant) error { return t.SetMembers("All", nil, []string{ref}) }); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
	for ref, want := range map[string]string{
		"erin": "can mean 2 things", "ops": "can mean 2 things", "sre": "not found", "zoe": "not found", "": "not found", "bob@elsewhere.example": "not found",
	} {
		err := d.Change(tid, func(t *directory.Tenant) error { return t.SetMembers("All", []string{ref}, nil) })
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, directory.ErrMissing) != (want == "not found") {
			t.Errorf("%q: %v, want %s", ref, err, want)
		}
	}
}
