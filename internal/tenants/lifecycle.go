package tenants

import (
	"time"

	"gatehouse/internal/fault"
)

// Grace is how long a deleted organization can be restored.
const Grace = 30 * 24 * time.Hour

// cannot refuses a state that does not follow the present one.
func (o *Organization) cannot(become State) error {
	if o.State == become {
		return fault.Newf(fault.Conflict, "state: the organization is %s already; there is nothing to do", o.State)
	}
	return fault.Newf(fault.Conflict, "state: an organization that is %s cannot become %s", o.State, become)
}

// Admit lets a pending organization begin. Another state is Conflict.
func (o *Organization) Admit() error {
	if o.State != Pending {
		return o.cannot(Onboarding)
	}
	o.State = Onboarding
	return nil
}

// Activate lets an organization serve whose connection is complete and still is
// the one that was proved; another one is Conflict, as is a state other than
// onboarding.
func (o *Organization) Activate(proved Connection) error {
	if o.State != Onboarding {
		return o.cannot(Active)
	}
	if err := o.Connection.Validate(); err != nil {
		return err
	}
	if !SameProof(o.Connection, proved) {
		return fault.New(fault.Conflict, "the connection has been changed since it was proved; activate the organization again")
	}
	o.State = Active
	return nil
}

// Delete takes an organization away. Until Grace is over it can be restored. One
// that is deleted already is Conflict.
func (o *Organization) Delete(now time.Time) error {
	if o.State == Deleted {
		return o.cannot(Deleted)
	}
	o.State, o.DeletedFrom, o.DeletedAt = Deleted, o.State, now
	return nil
}

// Restore brings a deleted organization back to the state that it was deleted
// from, so that deleting neither admits anybody nor ends a suspension. One that
// served comes back suspended by its owner, who looks before it serves again.
// What is not deleted, and what was deleted longer ago than Grace, is Conflict.
func (o *Organization) Restore(now time.Time) error {
	switch {
	case o.State != Deleted:
		return fault.Newf(fault.Conflict, "state: an organization that is %s is not deleted, and there is nothing to restore", o.State)
	case !o.Restorable(now):
		return fault.New(fault.Conflict, "state: it was deleted more than thirty days ago and cannot be restored")
	}
	o.State, o.DeletedFrom, o.DeletedAt = o.DeletedFrom, "", time.Time{}
	if o.State == Active {
		return o.Suspend(ByOwner)
	}
	return nil
}

// Restorable reports whether a deleted organization can still be restored.
func (o *Organization) Restorable(now time.Time) bool {
	return o.State == Deleted && now.Before(o.DeletedAt.Add(Grace))
}
