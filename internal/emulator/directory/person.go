package directory

import (
	"iter"
	"slices"
	"strings"

	"gatehouse/internal/emulator/seed"
)

// User finds a person who has not been deleted by username.
func (t *Tenant) User(username string) (*Person, bool) {
	p, ok := t.People[t.usernames[strings.ToLower(username)]]
	return p, ok && !p.Deleted
}

// Username finds the object id behind a username, deleted or not.
func (t *Tenant) Username(name string) (oid string, ok bool) {
	oid, ok = t.usernames[strings.ToLower(name)]
	return oid, ok
}

// PeopleByID goes through everybody in order of object id, the deleted included.
func (t *Tenant) PeopleByID() iter.Seq[*Person] {
	return func(yield func(*Person) bool) {
		for _, id := range t.sorted {
			if !yield(t.People[id]) {
				return
			}
		}
	}
}

// Member tells whether the person is not a guest.
func (p *Person) Member() bool { return p.Guest == "" }

// Names splits the display name into given and family name.
func (p *Person) Names() (given, family string) {
	given, family, _ = strings.Cut(p.Name, " ")
	return given, family
}

// PrincipalName is the person's name in this directory; a guest's is made of
// the one at home.
func (t *Tenant) PrincipalName(p *Person) string {
	if p.Member() {
		return p.Username
	}
	return strings.Replace(p.Username, "@", "_", 1) + "#EXT#@" + t.Domain
}

// Wids are the directory roles an app's tokens carry for a person.
func (p *Person) Wids(receiver *App) []string {
	if !slices.Contains([]string{"SecurityGroup", "DirectoryRole", "All"}, receiver.GroupMembershipClaims) {
		return nil
	}
	out := slices.Clone(p.DirectoryRoles)
	if p.Member() {
		out = append(out, seed.EveryMember)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
