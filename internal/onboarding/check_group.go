package onboarding

import "gatehouse/internal/tenants"

// groupChecks look at whether anybody can be asked about groups but the token.
func groupChecks() []check {
	return []check{{
		id: "groups.source", title: "Gatehouse may not ask Microsoft Graph which groups people are in", asks: "Whether Gatehouse may ask Microsoft Graph which groups people are in",
		concerns: func(x *exam) bool {
			return x.connection().GroupSource == tenants.TokenOnly && !x.connection().AsksAsApp()
		},
		look: at((*exam).tokensOnly, fromUs),
	}}
}

// tokensOnly says what it means that only tokens tell of groups.
func (x *exam) tokensOnly() []Finding {
	f := Finding{Severity: Warning, Detail: "Groups are read from tokens only. " +
		"Whoever is removed from a group, disabled or deleted in Entra keeps their tools until the token that their AI app holds expires: after 60 to 90 minutes, or up to 28 hours. " +
		"Whoever activates a membership in Privileged Identity Management waits for a new token. " +
		"Whoever is in more than 200 groups is refused, because Entra leaves all groups out of their token."}
	switch mode := x.Organization.Mode; {
	case mode == tenants.Brokered && len(x.Groups) > 0:
		f.Severity = Error
		f.Detail += " Whoever signs in through Gatehouse is refused, because tool roles are assigned to groups and Gatehouse cannot ask which groups they are in."
	case mode != tenants.Brokered && x.connection().GroupsClaim == tenants.ClaimUnknown && len(x.Groups) > 0:
		f.Detail += " Whoever is in no group at all is refused, too: their token has no groups claim, and the connection does not say that tokens carry groups (groupsClaim: configured)."
	}
	f.Detail += " To change that, give the connection a credential and set its groupSource to on_behalf_of, which asks as the signed-in person; it takes admin consent for the delegated permission GroupMember.Read.All."
	return one(x.enterprise(f, permissionsBlade, "Admin consent > Microsoft Graph > GroupMember.Read.All"))
}
