package asof

import (
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Person is somebody who was there by an instant, and what had been said of their
// groups by then.
type Person struct {
	OID  tenants.GUID
	Kind authz.Kind // authz.Nobody: it is not known
	Name string     // for display only
	Said *Said      // nil: nothing was ever said
}

// Said is what was said of a person's groups: the same at Since, at Until, and
// whenever it was said in between.
type Said struct {
	Answers      map[tenants.GUID]authz.Answer // Member or NotMember, never Unknown
	Since, Until time.Time
	Source       authz.Source // of what was said at Since
	LastSource   authz.Source // of what was said at Until
}

// PeopleQuery asks for people as of an instant.
type PeopleQuery struct {
	At     time.Time
	After  tenants.GUID   // people behind this one, in order of their ids
	Most   int            // how many
	People []tenants.GUID // nil: all
}

// KindOf returns the kind of a person by its name, authz.Nobody for any other text.
func KindOf(name string) authz.Kind {
	for _, k := range [...]authz.Kind{authz.User, authz.Guest, authz.Agent} {
		if k.String() == name {
			return k
		}
	}
	return authz.Nobody
}

// standing is how far what was said can be relied on at an instant.
type standing uint8

const (
	unknown   standing = iota // nothing was ever said, or too long ago
	confirmed                 // it was said before and after, or not longer ago than the organization relies on
)

// at returns whether what was said counts at an instant: it was said again later,
// or was not older than an organization's hard limit.
func (s *Said) at(at time.Time, hard time.Duration) standing {
	if s == nil || at.Before(s.Since) || at.Sub(s.Until) > hard {
		return unknown
	}
	return confirmed
}
