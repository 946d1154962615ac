package admin_test

import (
	"testing"

	"gatehouse/internal/admin"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

func TestOperatorsAreThoseOfThePlatformsOwnTenant(t *testing.T) {
	t.Parallel()
	platform, other := tenants.TID{GUID: tenants.NewGUID()}, tenants.TID{GUID: tenants.NewGUID()}
	role := []string{"Platform.Operator"}
	for name, row := range map[string]struct {
		platform, tid tenants.TID
		roles         []string
		want          bool
	}{
		"with the role":                     {platform, platform, role, true},
		"without it":                        {platform, platform, []string{"Platform.Operators"}, false},
		"of a tenant that gives itself one": {platform, other, role, false},
		"of a platform without operators":   {tenants.TID{}, other, role, false},
		"of nobody's tenant":                {tenants.TID{}, tenants.TID{}, role, false},
	} {
		if p := admin.PersonForTest(row.platform, entra.Person{TID: row.tid, AppRoles: row.roles}); p.Operator != row.want {
			t.Errorf("%s: operator is %t", name, p.Operator)
		}
	}
}

func TestPersonHasTheRolesThatTheTokenTells(t *testing.T) {
	t.Parallel()
	if p := admin.PersonForTest(tenants.TID{}, entra.Person{}); p.RolesTold || p.WIDs != nil {
		t.Errorf("a token without wids tells %v", p.WIDs)
	}
	if p := admin.PersonForTest(tenants.TID{}, entra.Person{WIDs: []tenants.GUID{}}); !p.RolesTold {
		t.Error("a token that tells no role tells nothing")
	}
	some := entra.GroupClaim{State: entra.GroupsElsewhere}
	if p := admin.PersonForTest(tenants.TID{}, entra.Person{Groups: some, Guest: true, Username: "ann@contoso.example"}); !p.GroupsElsewhere || !p.Guest || p.Username != "ann@contoso.example" {
		t.Errorf("person is %+v", p)
	}
}
