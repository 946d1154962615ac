package onboarding

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Grace is how long a deleted organization can be restored.
const Grace = 30 * 24 * time.Hour

// Admit lets a pending organization begin. Whether the caller may is the
// caller's to know, here and below; a change that its state does not allow is
// Conflict.
func (r *Registrar) Admit(ctx context.Context, by authz.Caller) (tenants.Organization, error) {
	return r.move(ctx, by, "admitted", func(o *tenants.Organization) error {
		return from(o, tenants.Onboarding, tenants.Pending)
	})
}

// Suspension is who suspends, and why.
type Suspension struct {
	By     tenants.Suspender
	Reason string
}

// Suspend makes an organization's endpoints refuse everybody.
func (r *Registrar) Suspend(ctx context.Context, by authz.Caller, s Suspension) (tenants.Organization, error) {
	return r.move(ctx, by, "suspended: "+s.Reason, func(o *tenants.Organization) error { return o.Suspend(s.By) })
}

// Resume lets a suspended organization serve again. Only the side that suspended
// it can.
func (r *Registrar) Resume(ctx context.Context, by authz.Caller, side tenants.Suspender) (tenants.Organization, error) {
	return r.move(ctx, by, "resumed", func(o *tenants.Organization) error { return o.Resume(side) })
}

// Activate lets an organization serve whose connection is complete and still is
// the one that was proved; another one is Conflict.
func (r *Registrar) Activate(ctx context.Context, by authz.Caller, proved tenants.Connection) (tenants.Organization, error) {
	return r.move(ctx, by, "activated", func(o *tenants.Organization) error {
		if err := o.Connection.Validate(); err != nil {
			return err
		}
		if !SameProof(o.Connection, proved) {
			return fault.New(fault.Conflict, "the connection has been changed since it was proved; activate the organization again")
		}
		return from(o, tenants.Active, tenants.Onboarding)
	})
}

// Delete takes an organization away. For thirty days it can be restored.
func (r *Registrar) Delete(ctx context.Context, by authz.Caller) (tenants.Organization, error) {
	return r.move(ctx, by, "deleted", func(o *tenants.Organization) error {
		o.DeletedAt = r.Now()
		return from(o, tenants.Deleted, tenants.Pending, tenants.Onboarding, tenants.Active, tenants.Suspended)
	})
}

// Restore brings a deleted organization back: suspended if it is connected, so
// that whoever restores it looks before it serves; otherwise where organizations
// begin, so that nobody is admitted by deletion. After thirty days it is gone.
func (r *Registrar) Restore(ctx context.Context, by authz.Caller) (tenants.Organization, error) {
	return r.move(ctx, by, "restored", func(o *tenants.Organization) error {
		if o.State == tenants.Deleted && !r.restorable(*o) {
			return fault.New(fault.NotFound, "the organization was deleted more than thirty days ago")
		}
		back := tenants.Suspended
		if o.Connection.Validate() != nil && o.SuspendedBy == "" {
			back = tenants.Pending
		}
		if back == tenants.Pending && r.Admission == Open {
			back = tenants.Onboarding
		}
		if err := from(o, back, tenants.Deleted); err != nil {
			return err
		}
		o.DeletedAt = time.Time{}
		if back == tenants.Suspended && o.SuspendedBy == "" {
			o.SuspendedBy = tenants.ByOwner
		}
		return nil
	})
}

func (r *Registrar) restorable(o tenants.Organization) bool {
	return r.Now().Before(o.DeletedAt.Add(Grace))
}

func (r *Registrar) move(ctx context.Context, by authz.Caller, what string, edit func(*tenants.Organization) error) (tenants.Organization, error) {
	return r.Store.EditOrganization(ctx, by, "organization "+what, edit)
}

// from changes the state of an organization that is in one of some states.
func from(o *tenants.Organization, to tenants.State, allowed ...tenants.State) error {
	for _, s := range allowed {
		if o.State == s {
			o.State = to
			return nil
		}
	}
	return fault.Newf(fault.Conflict, "an organization that is %s cannot become %s", o.State, to)
}
