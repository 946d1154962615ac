package emulator

import (
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// personClaims are the claims about a person that the receiving app has asked
// for in its registration, and those everybody gets. A guest's tokens name who
// vouches for them and their mail address without being asked.
func (e *Emulator) personClaims(claims map[string]any, i issue, receiver *directory.App, wanted []seed.OptionalClaim) {
	claims["oid"] = i.who.ID
	if idp := e.provider(i.who); idp != "" {
		claims["idp"] = idp
		if i.who.Mail != "" {
			claims["email"] = i.who.Mail
		}
	}
	if roles := i.groupClaims(claims, receiver, wanted, i.tenant.Roles(receiver, i.who.ID)); len(roles) > 0 {
		claims["roles"] = roles
	}
	if receiver.ID == seed.MicrosoftGraph { // whose tokens name directory roles, but no groups
		receiver = &directory.App{App: seed.App{ID: receiver.ID, GroupMembershipClaims: "DirectoryRole"}}
	}
	if wids := i.who.Wids(receiver); len(wids) > 0 {
		claims["wids"] = wids
	}
}

// provider is who vouches for a guest; empty for a member.
func (e *Emulator) provider(who *directory.Person) string {
	if seed.IsGUID(who.Guest) {
		return e.issuerV1(who.Guest)
	}
	return who.Guest
}

// roles are the values of the application permissions the client has at the resource.
func (i issue) roles() []string { return i.tenant.AppRoles(i.ask.resource, i.principal()) }
