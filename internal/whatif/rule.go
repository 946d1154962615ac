package whatif

import "gatehouse/internal/authz"

// Reason says why nothing can be said of a call.
type Reason string

// The reasons.
const (
	ArgumentsUnknown  Reason = "arguments"  // a condition looks at an argument that was not kept
	MembershipUnknown Reason = "membership" // nobody had said, or not one thing, whether they were in a group that counted then
	GroupUnknown      Reason = "group"      // it depends on a group that did not count then
	AppRoleUnknown    Reason = "app_role"   // it depends on app roles of the token, which are not recorded
	ContextUnknown    Reason = "context"    // it depends on authentication contexts of the sign-in, which are not recorded
	TimeUnknown       Reason = "time"       // a condition or the end of an assignment changed while the call was under way
	AgentUnknown      Reason = "agent"      // a guest may have come through an agent
	ClientUnknown     Reason = "client"     // by which listed client the AI app would have been known
	IssuerUnknown     Reason = "issuer"     // whether the token was Entra's or ours
	SignInUnknown     Reason = "sign_in"    // other tokens are accepted under the proposal
	DefinitionUnknown Reason = "definition" // which definition a resource would be read through
	ThenUnknown       Reason = "then"       // the record does not say whether the rules had let it through
	AlteredUnknown    Reason = "altered"    // the record holds not all of what was sent
	DoorUnknown       Reason = "door"       // they did not get in, and what they would have called is not known
	Erased            Reason = "erased"     // what decides was erased
	Unreadable        Reason = "unreadable" // the record is not as it was stored
)

// RuleKind is what of a configuration decides.
type RuleKind string

// The kinds of rules.
const (
	ByAllow         RuleKind = "allow"          // a permission of a role allows it
	ByDeny          RuleKind = "deny"           // a permission of a role denies it
	ByCondition     RuleKind = "condition"      // no condition of what would allow it holds
	ByStepUp        RuleKind = "step_up"        // it takes a stronger sign-in
	ByNoRole        RuleKind = "no_role"        // none of their roles allows it
	ByClientCeiling RuleKind = "client_ceiling" // beyond the AI app's maximum permissions
	ByScopeCeiling  RuleKind = "scope_ceiling"  // beyond what the token's scopes permit
	ByToolset       RuleKind = "toolset"        // the endpoint's toolset does not have it, or is gone
	ByNotServed     RuleKind = "not_served"     // it is switched off, or not approved
	ByGuests        RuleKind = "guests"
	ByAgents        RuleKind = "agents"
	ByApps          RuleKind = "apps"
	ByClient        RuleKind = "client" // the AI app is not listed
)

// Rule is what decides about somebody and a thing.
type Rule struct {
	Kind       RuleKind
	Role       string // of a permission
	Permission int    // its position in the role, from 1
	Subject    string // to whom the role was assigned
}

// ruleOf finds what a verdict rests on.
func ruleOf(e authz.Explanation, v verdict) Rule {
	if v == through {
		for _, g := range e.Grants {
			if g.Effect == authz.Allow && g.Result == authz.Holds && g.Satisfied {
				return granted(ByAllow, g)
			}
		}
		return Rule{Kind: ByAllow}
	}
	for _, g := range e.Grants {
		if g.Effect == authz.Deny && (g.Result == authz.Holds || g.Result == authz.Fails) {
			return granted(ByDeny, g)
		}
	}
	switch {
	case e.Verdict == authz.NeedsStepUp:
		return Rule{Kind: ByStepUp}
	case e.ClientCeiling != nil && !e.ClientCeiling.Permits:
		return Rule{Kind: ByClientCeiling}
	case e.Verdict == authz.NeedsScope:
		return Rule{Kind: ByScopeCeiling}
	}
	for _, g := range e.Grants {
		if g.Effect == authz.Allow {
			return granted(ByCondition, g)
		}
	}
	return Rule{Kind: ByNoRole}
}

func granted(kind RuleKind, g authz.Grant) Rule {
	r := Rule{Kind: kind, Role: g.Role, Permission: g.Permission}
	if len(g.Via) > 0 {
		v := g.Via[0]
		r.Subject = string(v.Kind)
		switch {
		case v.Name != "":
			r.Subject += " " + v.Name
		case v.Value != "":
			r.Subject += " " + v.Value
		}
	}
	return r
}
