package watch

import (
	"time"

	"gatehouse/internal/tenants"
)

// bodyGrantTold is for how long contacts are told of a permission to read bodies,
// however soon it ends: none is so short that nobody notices.
const bodyGrantTold = time.Hour

// bodies judges a permission to read recorded bodies.
func (v *verdict) bodies(g tenants.BodyGrant, now time.Time) {
	over := !g.Withdrawn.IsZero() || !now.Before(g.EndsAt)
	if over && now.Sub(g.GrantedAt) > bodyGrantTold {
		return
	}
	v.add(Cause{Kind: BodiesReadable, Subject: g.ID.String(), Facts: Facts{
		factName: g.Name, factKind: string(g.Grantee.Kind), factBy: g.GrantedBy.Name, factWhy: g.Reason,
		factSince: g.BeginsAt.UTC().Format(time.RFC3339), factEnd: g.EndsAt.UTC().Format(time.RFC3339),
	}})
}

func bodiesWords(c Cause, s setting) words {
	who := c.Facts[factName]
	if who == "" {
		who = map[tenants.GranteeKind]string{tenants.PersonGrantee: "somebody without a display name"}[tenants.GranteeKind(c.Facts[factKind])]
	}
	if who == "" {
		who = "an automation"
	}
	return words{
		title: "The bodies of calls are open to " + who,
		text: c.Facts[factBy] + " has granted the permission to read what tools were given and what they answered, from " + c.Facts.moment(factSince) + " to " + c.Facts.moment(factEnd) +
			". The reason given: " + c.Facts[factWhy] + ". Each reading stands in the log, with a reason of its own.",
		remedy: "Nothing, if that is right. Otherwise an owner withdraws it under Settings > Recording, which lists who may.",
		url:    s.console("settings/recording"),
		over:   "The permission of " + who + " to read the bodies of calls is over.",
	}
}
