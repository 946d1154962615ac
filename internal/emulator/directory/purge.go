package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Purge removes a deleted person for good.
func (t *Tenant) Purge(oid string) error {
	p, ok := t.People[oid]
	if !ok || !p.Deleted {
		return fmt.Errorf("user %q is not in the recycle bin of tenant %s: delete them first", oid, t.Name)
	}
	delete(t.People, oid)
	delete(t.usernames, strings.ToLower(p.Username))
	isThem := func(id string) bool { return id == oid }
	t.Order = slices.DeleteFunc(slices.Clone(t.Order), isThem)
	t.sorted = slices.DeleteFunc(slices.Clone(t.sorted), isThem)
	for _, id := range t.parents[oid] {
		next := &Group{Group: t.Groups[id].Group, Members: maps.Clone(t.Groups[id].Members)}
		delete(next.Members, oid)
		t.PutGroup(next)
	}
	t.record(Event{Kind: KindUser, ID: oid, What: Purged})
	return nil
}
