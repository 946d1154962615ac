package app

import "gatehouse/internal/membership"

// newMembers builds what knows people's groups while they call, and what hears that
// Entra has disowned one of them.
func (a *API) newMembers(f *foundation) (err error) {
	if a.disowned, err = newDisownments(f.asking, a.db); err != nil {
		return err
	}
	f.asking.disowned = a.disowned.hear
	if a.members, err = membership.New(membership.Options{
		Graph: f.asking.memberships(), Tokens: forMembership{f.asking}, Store: a.db, Now: f.process.now, Logger: a.logger,
	}); err != nil {
		return err
	}
	a.leases.OnMembershipChange(a.members.Forget)
	return nil
}
