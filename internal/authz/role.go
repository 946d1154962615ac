package authz

import (
	"time"

	"gatehouse/internal/tenants"
)

// Effect says what a permission does to the tools it matches.
type Effect string

// The effects. Deny wins over every allow, in whichever role it stands.
const (
	Allow Effect = "allow"
	Deny  Effect = "deny"
)

// Permission allows or denies the tools whose names match one of its patterns.
type Permission struct {
	Effect    Effect   `json:"effect"`
	Patterns  []string `json:"patterns"`
	Condition string   `json:"condition,omitempty"` // CEL over a call's arguments and context; empty: always

	// AuthenticationContext is the id ("c1" to "c99") of the Conditional Access
	// authentication context that the token must satisfy for an allow to hold;
	// empty: none. Without it the caller is asked to step up. A deny takes none.
	AuthenticationContext string `json:"authenticationContext,omitempty"`
}

// Role is a named set of permissions.
type Role struct {
	ID          tenants.GUID
	Name        string
	Permissions []Permission
}

// SubjectKind is the sort of thing a role is assigned to. Groups, app roles and
// directory roles are separate namespaces: a GUID in the wrong claim is nobody.
type SubjectKind string

// The subject kinds.
const (
	SubjectGroup      SubjectKind = "group"       // an Entra group, by object id
	SubjectAppRole    SubjectKind = "app_role"    // a value of the token's roles claim
	SubjectPerson     SubjectKind = "person"      // a person, guest or agent, by object id
	SubjectClient     SubjectKind = "client"      // an AI client, by client id
	SubjectEverybody  SubjectKind = "everybody"   // every delegated caller that is not a guest
	SubjectEveryGuest SubjectKind = "every_guest" // every guest
	SubjectEveryApp   SubjectKind = "every_app"   // every app-only caller
)

// Subject is who an assignment is for. Value is empty for the "every" kinds.
type Subject struct {
	Kind  SubjectKind
	Value string
}

// Assignment gives one role to one subject. An assignment whose subject is a
// group is what the console calls a group mapping.
type Assignment struct {
	ID      tenants.GUID
	Role    tenants.GUID
	Subject Subject
	Name    string    // display name of the subject when it was assigned; decides nothing
	EndsAt  time.Time // from then on it gives nothing; zero: no end
}

// Ended reports whether the assignment is over.
func (a Assignment) Ended(now time.Time) bool { return !a.EndsAt.IsZero() && !now.Before(a.EndsAt) }

// Ceiling is the most that a client, or a token with a certain scope, may do,
// whatever its user may.
type Ceiling struct{ Patterns []string }

// Rules is everything an organization has decided about tools.
type Rules struct {
	Roles          []Role
	Assignments    []Assignment
	ClientCeilings map[string]Ceiling // by client id; absent: no ceiling
	ScopeCeilings  map[string]Ceiling // by short scope name
	Scope          string             // the organization's own scope: no ceiling, unless it stands in ScopeCeilings
}
