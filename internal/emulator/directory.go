package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// UserChange is what SetUser alters; nil and false leave things as they are.
type UserChange struct {
	Enabled *bool
	Deleted *bool
	Revoke  bool // ends every sign-in session: older codes, refresh tokens and assertions are refused
}

// SetMembers changes the direct members of a group, named by id or name; members
// are object ids, usernames or group names. Adding a member again or removing
// one that is not there changes nothing and is no error.
func (e *Emulator) SetMembers(tid, name string, add, remove []string) error {
	return e.change(tid, func(t *tenant) error {
		g, ok := t.group(name)
		if !ok {
			return fmt.Errorf("group %q is not in tenant %s: give the id or name of a seeded group", name, t.name)
		}
		next := &group{Group: g.Group, members: maps.Clone(g.members)}
		for _, ref := range remove {
			id, err := t.object(ref)
			if err != nil {
				return fmt.Errorf("remove: %w", err)
			}
			delete(next.members, id)
		}
		for _, ref := range add {
			id, err := t.object(ref)
			if err != nil {
				return fmt.Errorf("add: %w", err)
			}
			next.members[id] = true
		}
		t.groups[g.ID] = next
		t.index()
		return nil
	})
}

// SetUser disables, enables, deletes or restores a person, or revokes their sessions.
func (e *Emulator) SetUser(tid, oid string, c UserChange) error {
	now := e.clock.Now()
	return e.change(tid, func(t *tenant) error {
		old, ok := t.people[oid]
		if !ok {
			return fmt.Errorf("user %q is not in tenant %s: give the object id of a seeded user", oid, t.name)
		}
		next := *old
		if c.Enabled != nil {
			next.Disabled = !*c.Enabled
		}
		if c.Deleted != nil {
			next.deleted = *c.Deleted
		}
		if c.Revoke {
			next.session++
			next.validFrom = now
		}
		t.people[oid] = &next
		return nil
	})
}

// group finds a group by id or name.
func (t *tenant) group(name string) (*group, bool) {
	if g, ok := t.groups[strings.ToLower(name)]; ok {
		return g, true
	}
	for _, g := range t.groups {
		if g.Name == name {
			return g, true
		}
	}
	return nil, false
}

// object finds a person or group by id, username or group name.
func (t *tenant) object(ref string) (string, error) {
	if _, ok := t.people[ref]; ok {
		return ref, nil
	}
	if id, ok := t.usernames[strings.ToLower(ref)]; ok {
		return id, nil
	}
	if g, ok := t.group(ref); ok {
		return g.ID, nil
	}
	return "", fmt.Errorf("%q is neither a user nor a group of tenant %s", ref, t.name)
}

// user finds a person who has not been deleted by username.
func (t *tenant) user(username string) (*person, bool) {
	p, ok := t.people[t.usernames[strings.ToLower(username)]]
	return p, ok && !p.deleted
}

// closure is every group an object is in, directly or through other groups,
// sorted by id. Groups that contain each other are walked once.
func (t *tenant) closure(oid string) []string {
	seen := map[string]bool{}
	next := t.parents[oid]
	for len(next) > 0 {
		var above []string
		for _, id := range next {
			if !seen[id] {
				seen[id] = true
				above = append(above, t.parents[id]...)
			}
		}
		next = above
	}
	return slices.Sorted(maps.Keys(seen))
}

// securityGroups is closure without distribution lists.
func (t *tenant) securityGroups(oid string) []string {
	return slices.DeleteFunc(t.closure(oid), func(id string) bool { return t.groups[id].MailOnly })
}

// member tells whether the person is not a guest.
func (p *person) member() bool { return p.Guest == "" }

// names splits the display name into given and family name.
func (p *person) names() (given, family string) {
	given, family, _ = strings.Cut(p.Name, " ")
	return given, family
}
