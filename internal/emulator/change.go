package emulator

import (
	"gatehouse/internal/emulator/directory"
)

// UserChange is what SetUser alters; nil and false leave things as they are.
type UserChange struct {
	Enabled *bool
	Deleted *bool
	Revoke  bool     // ends every sign-in session: older codes, refresh tokens and assertions are refused
	Roles   []string // template ids of the directory roles held from now on, empty for none; nil leaves them as they are
}

// SetMembers changes the direct members of a group of a tenant, named by id or
// name; members are object ids, usernames or group names. Adding a member again
// or removing one that is not there changes nothing and is no error.
func (e *Emulator) SetMembers(tid, name string, add, remove []string) error {
	return e.directory.Change(tid, func(t *directory.Tenant) error { return t.SetMembers(name, add, remove) })
}

// SetUser disables, enables, deletes or restores a person, gives them other directory
// roles, or revokes their sessions.
func (e *Emulator) SetUser(tid, oid string, c UserChange) error {
	change := directory.UserChange{Enabled: c.Enabled, Deleted: c.Deleted, Roles: c.Roles}
	if c.Revoke {
		change.Revoke = e.clock.Now()
	}
	return e.directory.Change(tid, func(t *directory.Tenant) error { return t.SetUser(oid, change) })
}

// world is the directory as it is now.
func (e *Emulator) world() *directory.World { return e.directory.World() }

// SetChallenge makes a path of Microsoft Graph, and everything below it, demand
// an authentication context, "c1" to "c99": a token without it is answered with a
// claims challenge. An empty acrs ends the demand.
func (e *Emulator) SetChallenge(path, acrs string) error { return e.msgraph.SetChallenge(path, acrs) }
