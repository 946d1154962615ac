package orgfile

import (
	"reflect"
	"strconv"
	"strings"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
)

// section is one list of the document, seen as entries with keys.
type section struct {
	at      access.Place
	given   bool // the document mentions it, if only to say that it is empty
	keys    []string
	entries reflect.Value
}

// sections returns the lists of a document, in its order.
func (d Document) sections() []section {
	return []section{
		newSection("roleGrants", d.RoleGrants, RoleGrant.key),
		newSection("tools", d.Tools, func(t Tool) string { return quoted(t.Name) }),
		newSection("sources", d.Sources, func(s Source) string { return quoted(s.Name) }),
		newSection("approvals", d.Approvals, Approval.key),
		newSection("roles", d.Roles, func(r Role) string { return quoted(r.Name) }),
		newSection("assignments", d.Assignments, Assignment.key),
		newSection("clients", d.Clients, func(c Client) string { return quoted(canonicalClient(c.ID)) }),
		newSection("scopeCeilings", d.ScopeCeilings, func(s ScopeCeiling) string { return quoted(s.Scope) }),
		newSection("toolsets", d.Toolsets, func(t Toolset) string { return quoted(t.Name) }),
		newSection("limits", d.Limits, func(l Limit) string { return quoted(l.Name) }),
		newSection("recordings", d.Recordings, func(r Recording) string { return quoted(r.Name) }),
		newSection("contacts", d.Contacts, func(k Contact) string { return quoted(k.Name) }),
		newSection("sinks", d.Sinks, func(s Sink) string { return quoted(s.Name) }),
	}
}

func newSection[T any](at access.Place, list []T, key func(T) string) section {
	s := section{at: at, given: list != nil, entries: reflect.ValueOf(list)}
	for _, entry := range list {
		s.keys = append(s.keys, key(entry))
	}
	return s
}

func (g RoleGrant) key() string {
	return string(g.Role) + " to " + string(g.Grantee.Kind) + " " + g.Grantee.ID.String()
}

func (a Assignment) key() string {
	s := access.CanonicalSubject(authz.Subject{Kind: a.Subject.Kind, Value: a.Subject.Value})
	key := quoted(a.Role) + " to " + string(s.Kind)
	if s.Value != "" {
		key += " " + quoted(s.Value)
	}
	return key
}

// canonicalClient returns a client id as tokens spell it.
func canonicalClient(id string) string {
	return access.CanonicalSubject(authz.Subject{Kind: authz.SubjectClient, Value: id}).Value
}

// quoted puts what people have named in quotes, unless it is a plain word.
func quoted(s string) string {
	plainWord := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && r != '.' && r != ':' && r != '/' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	})
	if plainWord {
		return s
	}
	return strconv.Quote(s)
}
