package onboarding

import (
	"fmt"
	"slices"

	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// wantedClaim is an optional claim of access tokens that Gatehouse reads.
type wantedClaim struct {
	name     string
	property string // additionalProperties it has to have; empty: none
	severity Severity
	costs    string // what is not possible without it
}

// wantedClaims are Microsoft's optional claims that decide something here
// (Microsoft, "Optional claims reference").
func wantedClaims() []wantedClaim {
	return []wantedClaim{
		{"idtyp", "include_user_token", Warning, "people's tokens and applications' are told apart by what they lack instead of by what they say"},
		{"xms_cc", "", Warning, "clients that can answer a claims challenge cannot be told from those that cannot, so none gets one"},
		{"acct", "", Warning, "guests cannot be told from members by their tokens"},
		{"sid", "", Info, "one session of a person cannot be ended without ending all of them"},
		{"acrs", "", Info, "rules that want an authentication context find none in a token, and ask for it every time"},
	}
}

// claimChecks look at what the app has put into tokens.
func claimChecks() []check {
	out := []check{
		{
			id: "groups.claim", title: "Tokens do not carry groups", asks: "Whether tokens carry groups",
			look: at((*exam).groupsClaim, fromApp),
		},
		{
			id: "groups.as_roles", title: "Groups are sent as roles", asks: "Whether groups are sent as groups",
			look: at(func(x *exam) []Finding {
				i := slices.IndexFunc(x.app.OptionalClaims.AccessToken, sentAsRoles)
				if i < 0 {
					return nil
				}
				f := x.registered(Finding{Severity: Error, Detail: "The groups claim has emit_as_roles: groups arrive among the app roles, where Gatehouse does not look for them, and whoever names a group could name a role."},
					tokenBlade, "Edit groups claim > Emit groups as role claims")
				claims := slices.Clone(x.app.OptionalClaims.AccessToken)
				claims[i].Properties = slices.DeleteFunc(slices.Clone(claims[i].Properties), func(p string) bool { return p == emitAsRoles })
				f.Fix = []string{x.putClaims(claims)}
				return one(f)
			}, fromApp),
		},
	}
	for _, w := range wantedClaims() {
		out = append(out, check{
			id: "claims." + w.name, title: "Tokens lack the claim " + w.name, asks: "Whether tokens carry the claim " + w.name,
			look: at(func(x *exam) []Finding { return x.lacksClaim(w) }, fromApp), otherwise: w.probe(),
		})
	}
	return out
}

const emitAsRoles = "emit_as_roles"

func sentAsRoles(c graph.OptionalClaim) bool {
	return c.Name == "groups" && slices.Contains(c.Properties, emitAsRoles)
}

// probe reads the one of the claims that a token of an app has, too.
func (w wantedClaim) probe() look {
	if w.name != "idtyp" {
		return look{}
	}
	return at(func(x *exam) []Finding {
		if x.claims.IDType != "" {
			return nil
		}
		return one(x.claimFinding(w, "A token for the app itself has no idtyp"))
	}, fromToken)
}

func (w wantedClaim) in(claims []graph.OptionalClaim) bool {
	return slices.ContainsFunc(claims, func(c graph.OptionalClaim) bool {
		return c.Name == w.name && (w.property == "" || slices.Contains(c.Properties, w.property))
	})
}

func (x *exam) lacksClaim(w wantedClaim) []Finding {
	if w.in(x.app.OptionalClaims.AccessToken) {
		return nil
	}
	what := "Optional claims of access tokens lack " + w.name
	if w.property != "" {
		what += " with " + w.property
	}
	return one(x.claimFinding(w, what))
}

func (x *exam) claimFinding(w wantedClaim, what string) Finding {
	f := x.registered(Finding{Severity: w.severity, Detail: fmt.Sprintf("%s: %s.", what, w.costs)}, tokenBlade, "Optional claims > Access")
	f.Fix = []string{x.putClaims(x.allClaims())}
	return f
}

// allClaims are the claims the app has and all that it should have: several
// findings have one command, so that one does not undo another.
func (x *exam) allClaims() []graph.OptionalClaim {
	out := slices.Clone(x.app.OptionalClaims.AccessToken)
	for _, w := range wantedClaims() {
		if w.in(out) {
			continue
		}
		c := graph.OptionalClaim{Name: w.name, Properties: []string{}}
		if w.property != "" {
			c.Properties = append(c.Properties, w.property)
		}
		out = slices.DeleteFunc(out, func(old graph.OptionalClaim) bool { return old.Name == w.name })
		out = append(out, c)
	}
	return out
}

func (x *exam) putClaims(access []graph.OptionalClaim) string {
	id := append([]graph.OptionalClaim{}, x.app.OptionalClaims.IDToken...)
	for _, claims := range [][]graph.OptionalClaim{access, id} {
		for i := range claims {
			claims[i].Properties = append([]string{}, claims[i].Properties...) // Graph takes no null there
		}
	}
	return x.az("PATCH", x.appPath(), map[string]any{"optionalClaims": map[string]any{"accessToken": access, "idToken": id, "saml2Token": []string{}}})
}

// groupsClaim holds what the app emits against how the organization reads a
// token without groups.
func (x *exam) groupsClaim() []Finding {
	switch x.app.GroupClaims {
	case "SecurityGroup", "All", "ApplicationGroup":
		return nil
	}
	f := Finding{Severity: Warning, Detail: fmt.Sprintf("groupMembershipClaims is %q: tokens carry no groups, and every decision waits for Microsoft Graph.", x.app.GroupClaims)}
	switch {
	case x.connection().GroupsClaim == tenants.ClaimConfigured:
		f = Finding{Severity: Error, Detail: fmt.Sprintf("groupMembershipClaims is %q, but the connection says that tokens carry groups: everybody looks like a member of none.", x.app.GroupClaims)}
	case x.connection().GroupSource == tenants.TokenOnly:
		f = Finding{Severity: Error, Detail: fmt.Sprintf("groupMembershipClaims is %q and the connection may not ask Microsoft Graph: nobody's groups are known.", x.app.GroupClaims)}
	}
	f = x.registered(f, tokenBlade, "Edit groups claim > Security groups")
	f.Fix = []string{x.az("PATCH", x.appPath(), map[string]any{"groupMembershipClaims": "SecurityGroup"})}
	return one(f)
}
