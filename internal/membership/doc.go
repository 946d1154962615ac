// Package membership answers, for one caller, which of the groups that decide
// anything in an organization the caller is in: member, not a member, or
// unknown, with the source of the answer and its age.
//
// A Resolver answers whoever calls; a Refresher keeps the answers true while nobody
// does. The package owns the rules that weigh a token's groups claim against what Microsoft
// Graph said and when, the records that keep Graph's answers, when to ask again,
// and the limits on asking. It never decides what a membership permits (authz does), never asks
// about a group that nothing depends on, and never follows an address that a
// token contains. The edges call it after a token is verified.
package membership
