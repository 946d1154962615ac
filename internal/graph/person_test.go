package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

func TestPeopleAreAskedAboutTogether(t *testing.T) {
	t.Parallel()
	tenant := company()
	ids := []tenants.GUID{tenants.MustGUID(asker)}
	for i := range 33 {
		tenant.Users = append(tenant.Users, seedUser(i))
		ids = append(ids, tenants.MustGUID(seedUser(i).ID))
	}
	d := newDirectory(t, withWorkers(tenant))
	as := d.app("User.Read.All")
	d.control("/users/"+asker, `{"enabled":false,"revoke":true}`)
	d.control("/users/"+seedUser(0).ID, `{"deleted":true}`)
	found := must(d.People(t.Context(), as, ids))
	if len(found) != 33 {
		t.Fatalf("%d are there", len(found))
	}
	for _, p := range found {
		switch p.ID.String() {
		case asker:
			if p.Enabled || p.ValidFrom.IsZero() {
				t.Errorf("disabled and revoked: %+v", p)
			}
		case seedUser(0).ID:
			t.Error("who was deleted is there")
		default:
			if !p.Enabled {
				t.Errorf("nobody has disabled %s", p.ID)
			}
		}
	}
	_, err := d.People(t.Context(), d.app("GroupMember.Read.All"), ids)
	wants(t, err, fault.Forbidden)
}

// TestNobodyIsDisabledForWhatGraphDoesNotSay: it leaves out what an app may not read.
func TestNobodyIsDisabledForWhatGraphDoesNotSay(t *testing.T) {
	t.Parallel()
	for _, said := range []string{`{"id":%q}`, `{"id":%q,"accountEnabled":null}`} {
		c, _ := serve(t, reply(http.StatusOK, nil, `{"responses":[{"id":"0","status":200,"body":{"value":[`+fmt.Sprintf(said, asker)+`]}}]}`))
		found, err := c.People(t.Context(), asking(), []tenants.GUID{tenants.MustGUID(asker)})
		wants(t, err, fault.Forbidden)
		if refused, ok := errors.AsType[*graph.Error](err); !ok || refused.Status != http.StatusForbidden || found != nil {
			t.Errorf("%+v %v", found, err)
		}
	}
}

func TestOnePersonIsAskedAboutAlone(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, withWorkers(company()))
	as := d.app("User.Read.All", "GroupMember.Read.All")
	people := []tenants.GUID{tenants.MustGUID(asker)}
	d.control("/members", fmt.Sprintf(`{"tid":%q,"group":%q,"add":[%q]}`, contoso, groupID(2), asker))
	groups := groupsOf(0, 1, 2, 3, 4, 5)
	together := d.MembersOf(t.Context(), as, people, groups)
	alone := must(d.MemberOf(t.Context(), as, people[0], groups))
	if together[0].Err != nil || len(alone) == 0 || !slices.Equal(alone, together[0].Groups) {
		t.Errorf("alone %v, together %+v", alone, together)
	}
	_, err := d.MemberOf(t.Context(), as, tenants.NewGUID(), groups)
	wants(t, err, fault.NotFound)
}
