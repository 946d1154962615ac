// Package authz decides who may use which tool. It is pure: no network, no
// database, no clock of its own.
//
// A Policy is compiled once from an organization's roles, assignments and
// ceilings for one catalog of tools. The door admits an Identity and what is
// known of its memberships and gets a Caller. Listing and calling both ask
// Caller.May, the only authorisation predicate of the code base; where it says
// that a tool depends on the call, Caller.MayCall weighs the conditions. Explain
// tells the same decision with its reasons.
package authz
