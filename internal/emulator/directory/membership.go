package directory

import (
	"maps"
	"slices"
)

// PutGroup adds a group, or puts it in the place of the one with its id. It is
// how an alteration changes groups: the ways from members to groups follow, at
// the price of this group's members and not of all groups'.
func (t *Tenant) PutGroup(next *Group) {
	var before map[string]bool
	old, ok := t.Groups[next.ID]
	if ok {
		before = old.Members
		if t.names[old.Name] == old.ID {
			delete(t.names, old.Name)
		}
	}
	t.Groups[next.ID] = next
	t.names[next.Name] = next.ID
	t.relink(next.ID, before, next.Members)
	t.recordGroup(old, next)
}

// DropGroup removes a group, also from the groups it is in.
func (t *Tenant) DropGroup(id string) {
	old, ok := t.Groups[id]
	if !ok {
		return
	}
	for _, parent := range t.parents[id] {
		above := *t.Groups[parent]
		above.Members = maps.Clone(above.Members)
		delete(above.Members, id)
		t.recordGroup(t.Groups[parent], &above)
		t.Groups[parent] = &above
	}
	t.relink(id, old.Members, nil)
	delete(t.parents, id)
	delete(t.Groups, id)
	if t.names[old.Name] == id {
		delete(t.names, old.Name)
	}
	t.record(Event{Kind: KindGroup, ID: id, What: Purged})
}

// relink makes the way from members to one group follow its members. Other
// pictures share what parents pointed to before, so nothing is written there.
func (t *Tenant) relink(group string, before, after map[string]bool) {
	t.parents = maps.Clone(t.parents)
	for member := range before {
		if !after[member] {
			left := slices.Clone(t.parents[member])
			t.parents[member] = slices.DeleteFunc(left, func(id string) bool { return id == group })
		}
	}
	for member := range after {
		if at, there := slices.BinarySearch(t.parents[member], group); !there {
			t.parents[member] = slices.Insert(slices.Clone(t.parents[member]), at, group)
		}
	}
}

// index finds the ways from all members to their groups, and the groups' names.
func (t *Tenant) index() {
	t.parents = make(map[string][]string, len(t.People)+len(t.Groups))
	t.names = make(map[string]string, len(t.Groups))
	for id, g := range t.Groups {
		t.names[g.Name] = id
		for member := range g.Members {
			t.parents[member] = append(t.parents[member], id)
		}
	}
	for _, ids := range t.parents {
		slices.Sort(ids)
	}
}
