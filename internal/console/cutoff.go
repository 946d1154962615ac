package console

import (
	"context"
	"errors"

	"gatehouse/internal/fault"
)

var errCutOff = fault.New(fault.Unauthenticated, "your access was revoked after you had signed in; sign in again, or ask an admin")

// stillIn refuses somebody who has been cut off in the organization of their
// directory since they signed in, and ends the session.
func (c *Console) stillIn(loaded context.Context, p Person) error {
	org, err := c.Store.OrgByTID(loaded, p.TID)
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	gone, err := c.Store.PersonCutOff(loaded, org, p.OID, p.SignedInAt)
	if err != nil || !gone {
		return err
	}
	if err := c.endSession(loaded, c.sessions.Token(loaded)); !errors.Is(err, errNoSession) {
		return err
	}
	return errCutOff
}
