package msgraph_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

const newGroupID = "5aff0000-0000-4000-8000-00000000000f"

// alters changes the fixture's tenant.
func (g *rig) alters(alter func(*directory.Tenant)) {
	g.t.Helper()
	err := g.directory.Change(ids.tenant, func(t *directory.Tenant) error {
		alter(t)
		return nil
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

func renamed(t *directory.Tenant) {
	old := t.Groups[ids.staff]
	next := *old
	next.Name = "Everybody"
	t.PutGroup(&next)
}

func TestGroupsThatComeChangeAndGoAreTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t).app("Group.Read.All")
	follow := func(link string) ([]map[string]any, string) {
		a := f.do(http.MethodGet, strings.TrimPrefix(link, rootURL), "")
		next, _ := a.json["@odata.deltaLink"].(string)
		if a.status != http.StatusOK || next == "" {
			t.Fatalf("%s: %d %s", link, a.status, a.text)
		}
		return objects(a.json["value"]), next
	}
	_, link := follow(rootURL + "/v1.0/groups/delta?$select=displayName")
	_, members := follow(rootURL + "/v1.0/groups/delta?$select=members")
	f.alters(renamed)
	told, link := follow(link)
	if len(told) != 1 || told[0]["displayName"] != "Everybody" {
		t.Errorf("renamed is told as %v", told)
	}
	if told, members = follow(members); len(told) != 0 {
		t.Errorf("a new name is told to who asked for members: %v", told)
	}
	f.alters(func(t *directory.Tenant) {
		t.PutGroup(&directory.Group{Group: seed.Group{ID: newGroupID, Name: "New"}})
	})
	if told, link = follow(link); len(told) != 1 || told[0]["id"] != newGroupID {
		t.Errorf("new is told as %v", told)
	}
	f.alters(func(t *directory.Tenant) { t.DropGroup(ids.sre) })
	if told, _ = follow(link); len(told) != 1 || field(told[0], "@removed", "reason") != "deleted" {
		t.Errorf("gone is told as %v", told)
	}
	if told, _ = follow(members); !strings.Contains(jsonOf(t, told), `"id":"`+ids.engineering+`","members@delta":[{"@odata.type":"#microsoft.graph.user","@removed":{"reason":"deleted"}`) {
		t.Errorf("the group it was in is told as %v", told)
	}
}

func TestSubscriptionsToMembersHearOfNothingElse(t *testing.T) {
	t.Parallel()
	f, l, m := newFixture(t).app("Group.Read.All"), newListener(t), newListener(t)
	until := noon.Add(time.Hour).Format(time.RFC3339)
	for resource, hook := range map[string]string{"groups/" + ids.staff + "/members": l.URL, "groups/" + ids.staff: m.URL} {
		if a := f.post("subscriptions", wish(resource, hook, "expirationDateTime", until)); a.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", resource, a.status, a.text)
		}
	}
	f.alters(renamed)
	f.alters(func(tenant *directory.Tenant) {
		if err := tenant.SetMembers(ids.staff, []string{ids.bob}, nil); err != nil {
			t.Error(err)
		}
	})
	if got := m.next(t); field(got, "resourceData", "members@delta") != nil {
		t.Errorf("the group's new name is told as %v", got)
	}
	for _, hook := range []*listener{l, m} {
		if got := hook.next(t); field(got, "resourceData", "members@delta") == nil {
			t.Errorf("the new member is told as %v", got)
		}
	}
}

func TestRefusedChangesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t).app("Group.Read.All")
	before, _ := f.directory.World().Find(ids.tenant)
	err := f.directory.Change(ids.tenant, func(t *directory.Tenant) error {
		renamed(t)
		return http.ErrAbortHandler
	})
	f.alters(func(t *directory.Tenant) { t.DropGroup(ids.sre) })
	after, _ := f.directory.World().Find(ids.tenant)
	events, ok := after.Since(before.Version())
	if err == nil || !ok || len(events) != 2 || events[1].What != directory.Purged {
		t.Errorf("after a refused change and a real one there are %v", events)
	}
	if _, known := before.Since(after.Version()); known {
		t.Error("an old picture knows the future")
	}
}
