package msgraph

import (
	"regexp"

	"gatehouse/internal/emulator/directory"
)

// partnerID is the form of an account's id in Microsoft's partner network.
var partnerID = regexp.MustCompile(`^[0-9]{1,12}$`)

// verifyPublisher says who is behind an app (learn.microsoft.com,
// graph/api/application-setverifiedpublisher). The emulator knows no partners and
// believes any id of digits; what Graph says of another is from memory.
func verifyPublisher(v *visit, a *directory.App) {
	var body struct {
		ID string `json:"verifiedPublisherId"`
	}
	if !v.body(&body) {
		return
	}
	if !partnerID.MatchString(body.ID) {
		v.refuse(badRequest("The MPN ID provided does not exist, or you do not have access to it. Provide a valid MPN ID and try again."))
		return
	}
	v.publish(a, "Partner "+body.ID)
}

// forgetPublisher takes that back.
func forgetPublisher(v *visit, a *directory.App) { v.publish(a, "") }

// publish changes the publisher of an app, and what other tenants see of it.
func (v *visit) publish(a *directory.App, name string) {
	changed := v.alter(a, func(_ *directory.Tenant, now *directory.App) (*directory.App, *problem) {
		next := *now
		next.Publisher = name
		return &next, nil
	})
	if !changed {
		return
	}
	for _, elsewhere := range v.s.directory.World().All() {
		err := v.s.directory.Change(elsewhere.ID, func(t *directory.Tenant) error {
			if now, ok := t.Apps[a.ID]; ok {
				next := *now
				next.Publisher = name
				t.Put(&next)
			}
			return nil
		})
		if err != nil {
			v.refuse(unlikely(err))
			return
		}
	}
	v.done()
}
