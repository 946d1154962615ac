package directory_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

const tid = "11111111-1111-4111-8111-111111111111"

func id(kind string, n int) string { return seed.Derived(kind, fmt.Sprint(n)) }

// tenant has people and groups, nobody in any group.
func tenant(people, groups int) seed.Tenant {
	t := seed.Tenant{ID: tid, Name: "Contoso", Domain: "contoso.example"}
	for n := range people {
		t.Users = append(t.Users, seed.User{ID: id("user", n), Username: fmt.Sprintf("u%d@contoso.example", n), Password: "x"})
	}
	for n := range groups {
		t.Groups = append(t.Groups, seed.Group{ID: id("group", n), Name: fmt.Sprintf("Group %d", n)})
	}
	return t
}

func open(t *testing.T, d *directory.Directory) *directory.Tenant {
	t.Helper()
	found, ok := d.World().Find(tid)
	if !ok {
		t.Fatal("the tenant is gone")
	}
	return found
}

// reached walks memberships the slow way, apart from the code under test.
func reached(t *directory.Tenant, object string) []string {
	found := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for gid, g := range t.Groups {
			if found[gid] {
				continue
			}
			for member := range g.Members {
				if member == object || found[member] {
					found[gid], changed = true, true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Whatever changes in whatever order, the ways from people to groups are those
// of the members as they stand, in every picture ever published.
func TestMembershipFollowsEveryChange(t *testing.T) {
	t.Parallel()
	const people, groups = 6, 12
	random := rand.New(rand.NewPCG(1, 2))
	d := directory.New([]seed.Tenant{tenant(people, groups)}, "https://graph.example")
	pictures := []*directory.Tenant{open(t, d)}
	for step := range 300 {
		err := d.Change(tid, func(t *directory.Tenant) error {
			name := fmt.Sprintf("Group %d", random.IntN(groups))
			object := id("user", random.IntN(people))
			if random.IntN(3) == 0 {
				object = id("group", random.IntN(groups))
			}
			switch random.IntN(6) {
			case 0:
				if g, ok := t.Group(name); ok {
					t.DropGroup(g.ID)
				}
				return nil
			case 1:
				n := random.IntN(groups)
				t.PutGroup(&directory.Group{
					Group: seed.Group{ID: id("group", n), Name: fmt.Sprintf("Group %d", n)}, Members: map[string]bool{object: true},
				})
				return nil
			}
			if _, ok := t.Group(name); !ok {
				return nil
			}
			if random.IntN(3) == 0 {
				return t.SetMembers(name, nil, known(t, object))
			}
			return t.SetMembers(name, known(t, object), nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		now := open(t, d)
		pictures = append(pictures, now)
		for n := range people {
			if got, want := now.Closure(id("user", n)), reached(now, id("user", n)); !slices.Equal(got, want) {
				t.Fatalf("step %d: closure is %v, want %v", step, got, want)
			}
		}
		for n := range groups {
			_, there := now.Groups[id("group", n)]
			if found, ok := now.Group(fmt.Sprintf("Group %d", n)); ok != there || ok && found.ID != id("group", n) {
				t.Fatalf("step %d: group %d is found %v, want %v", step, n, ok, there)
			}
		}
	}
	for step, then := range pictures {
		for n := range people {
			if got, want := then.Closure(id("user", n)), reached(then, id("user", n)); !slices.Equal(got, want) {
				t.Errorf("the picture after step %d now says %v, want %v", step, got, want)
			}
		}
	}
}

// known leaves out a group that is gone.
func known(t *directory.Tenant, object string) []string {
	if _, person := t.People[object]; person {
		return []string{object}
	}
	if _, group := t.Groups[object]; group {
		return []string{object}
	}
	return nil
}

func TestARenamedGroupIsFoundByItsNewName(t *testing.T) {
	t.Parallel()
	d := directory.New([]seed.Tenant{tenant(1, 2)}, "https://graph.example")
	err := d.Change(tid, func(t *directory.Tenant) error {
		old := t.Groups[id("group", 0)]
		t.PutGroup(&directory.Group{Group: seed.Group{ID: old.ID, Name: "Renamed"}, Members: old.Members})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	now := open(t, d)
	if _, ok := now.Group("Group 0"); ok {
		t.Error("found by the old name")
	}
	if g, ok := now.Group("Renamed"); !ok || g.ID != id("group", 0) {
		t.Error("not found by the new name")
	}
}

func TestAnAlterationThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	d := directory.New([]seed.Tenant{tenant(2, 2)}, "https://graph.example")
	err := d.Change(tid, func(t *directory.Tenant) error {
		if err := t.SetMembers("Group 0", []string{id("user", 0)}, nil); err != nil {
			return err
		}
		return t.SetMembers("Group 1", []string{"nobody"}, nil)
	})
	if err == nil {
		t.Fatal("somebody who is not there became a member")
	}
	if got := open(t, d).Closure(id("user", 0)); len(got) != 0 {
		t.Errorf("half of it happened: %v", got)
	}
	if d.Change("nowhere", func(*directory.Tenant) error { return nil }) == nil {
		t.Error("changed a tenant that is not there")
	}
}

// A request sees one picture from beginning to end.
func TestReadersNeverSeeHalfAChange(t *testing.T) {
	t.Parallel()
	d := directory.New([]seed.Tenant{tenant(3, 3)}, "https://graph.example")
	var all sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				now, _ := d.World().Find(tid)
				if got, want := now.Closure(id("user", 0)), reached(now, id("user", 0)); !slices.Equal(got, want) {
					t.Errorf("closure is %v, want %v", got, want)
					return
				}
			}
		})
	}
	for n := range 100 {
		object, group := []string{id("user", 0)}, fmt.Sprintf("Group %d", n%3)
		err := d.Change(tid, func(t *directory.Tenant) error {
			if n%2 == 0 {
				return t.SetMembers(group, object, nil)
			}
			return t.SetUser(id("user", 1), directory.UserChange{Revoke: time.Unix(int64(n), 0)})
		})
		if err != nil {
			t.Error(err)
		}
	}
	close(stop)
	all.Wait()
}

func TestAResetPutsTheSeedBack(t *testing.T) {
	t.Parallel()
	gone := tenant(2, 1)
	gone.Users[1].Deleted, gone.Users[0].Disabled = true, true
	d := directory.New([]seed.Tenant{gone}, "https://graph.example")
	yes, no := true, false
	err := d.Change(tid, func(t *directory.Tenant) error {
		if err := t.SetUser(id("user", 1), directory.UserChange{Deleted: &no}); err != nil {
			return err
		}
		return t.SetUser(id("user", 0), directory.UserChange{Enabled: &yes})
	})
	if err != nil {
		t.Fatal(err)
	}
	now := open(t, d)
	if _, ok := now.User("U1@contoso.example"); !ok || now.People[id("user", 0)].Disabled {
		t.Error("the person is not back")
	}
	d.Reset()
	now = open(t, d)
	if _, ok := now.User("u1@contoso.example"); ok || !now.People[id("user", 0)].Disabled {
		t.Error("the seed's deletion did not come back")
	}
}
