package console

import (
	"context"

	"gatehouse/internal/tenants"
)

// Directory asks an organization's Entra directory as the person who has signed
// in.
type Directory interface {
	// MemberOf returns which of the groups the person is in. It may answer from
	// memory that is at most a minute old.
	MemberOf(ctx context.Context, p Person, groups []tenants.GUID) ([]tenants.GUID, error)
	// SearchGroups returns groups of which words of the name begin with the words
	// of the text, the most relevant first, at most limit of them. A delegation
	// without the permission is a fault of kind Forbidden; signing in again with
	// ?scopes=groups helps.
	SearchGroups(ctx context.Context, p Person, text string, limit int) ([]FoundGroup, error)
	// SearchPeople returns people of which words of the name begin with the words of
	// the text, or whose user name or mail address begins with it; else as SearchGroups.
	SearchPeople(ctx context.Context, p Person, text string, limit int) ([]FoundPerson, error)
	// CountPeople returns how many people are in a group, directly or through other
	// groups; NotFound if the directory has no such group. It asks once.
	CountPeople(ctx context.Context, p Person, group tenants.GUID) (int, error)
	// Groups returns those of the groups that exist. The others are deleted.
	Groups(ctx context.Context, p Person, ids []tenants.GUID) ([]DirectoryGroup, error)
}

// DirectoryGroup is a group of Entra with its present name.
type DirectoryGroup struct {
	ID   tenants.GUID
	Name string
}
