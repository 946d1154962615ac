package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/seed"
)

// UserChange is what SetUser alters; nil and zero leave things as they are.
type UserChange struct {
	Enabled *bool
	Deleted *bool
	Revoke  time.Time // not zero: ends every sign-in session of before
	Roles   []string  // not nil: template ids of the directory roles held from now on
}

// SetMembers changes the direct members of a group, named by id or name; members
// are object ids, usernames (the domain may be left out) or group names. Adding a member again or removing
// one that is not there changes nothing and is no error.
func (t *Tenant) SetMembers(name string, add, remove []string) error {
	g, ok := t.Group(name)
	if !ok {
		return Missing("group", name, "give the object id or name of a group of tenant "+t.Name)
	}
	next := &Group{Group: g.Group, Members: maps.Clone(g.Members)}
	for _, ref := range remove {
		id, err := t.object(ref)
		if err != nil {
			return fmt.Errorf("remove: %w", err)
		}
		delete(next.Members, id)
	}
	for _, ref := range add {
		id, err := t.object(ref)
		if err != nil {
			return fmt.Errorf("add: %w", err)
		}
		next.Members[id] = true
	}
	t.PutGroup(next)
	return nil
}

// SetUser disables, enables, deletes or restores a person, gives them other directory
// roles, or ends their sessions.
func (t *Tenant) SetUser(oid string, c UserChange) error {
	old, ok := t.People[oid]
	if !ok {
		return Missing("user", oid, "give the object id of a user of tenant "+t.Name)
	}
	next := *old
	if c.Enabled != nil {
		next.Disabled = !*c.Enabled
	}
	if c.Deleted != nil {
		next.Deleted = *c.Deleted
	}
	for _, role := range c.Roles {
		if !seed.IsGUID(role) {
			return fmt.Errorf("directory role %q is no template id, a GUID: %s is the Global Administrator's", role, "62e90394-69f5-4237-9190-012177145e10")
		}
	}
	if c.Roles != nil {
		next.DirectoryRoles = slices.Clone(c.Roles)
	}
	if !c.Revoke.IsZero() {
		next.Generation++
		next.ValidFrom = c.Revoke
	}
	t.People[oid] = &next
	t.recordUser(old, &next)
	return nil
}

// object finds a person or group by id, username or group name. As in a seed, a
// username may lack its domain, and a name that could mean several things is
// refused.
func (t *Tenant) object(ref string) (string, error) {
	if _, ok := t.People[ref]; ok {
		return ref, nil
	}
	found := t.called(ref)
	if g, ok := t.Group(ref); ok {
		found = append(found, g.ID)
	}
	switch len(found) {
	case 0:
		return "", Missing("member", ref, "give the object id or name of a user or group of tenant "+t.Name)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("member %q can mean %d things: give the object id of one: %s", ref, len(found), strings.Join(found, ", "))
}

// called are the people a username may stand for, sorted. One without a domain is
// the tenant's own first, and then anybody's who has it before the @.
func (t *Tenant) called(username string) []string {
	name := strings.ToLower(username)
	for _, whole := range []string{name, name + "@" + strings.ToLower(t.Domain)} {
		if id, ok := t.usernames[whole]; ok {
			return []string{id}
		}
	}
	var found []string
	for whole, id := range t.usernames {
		if local, _, _ := strings.Cut(whole, "@"); local == name {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return found
}
