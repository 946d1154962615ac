package tenants

import (
	"slices"

	"gatehouse/internal/fault"
)

// Suspender is who has suspended an organization. Only the same side ends it, so
// that an owner cannot resume what an operator of the platform has stopped.
type Suspender string

// The suspenders. The zero value is nobody, or nobody remembered.
const (
	ByOwner    Suspender = "owner"
	ByOperator Suspender = "operator"
)

// Suspend makes an active organization refuse everybody. An operator also takes
// over what an owner has suspended. Another state is Conflict.
func (o *Organization) Suspend(by Suspender) error {
	if !slices.Contains([]Suspender{ByOwner, ByOperator}, by) {
		return fault.Newf(fault.Internal, "suspender %q is neither owner nor operator", by)
	}
	takesOver := o.State == Suspended && by == ByOperator && o.SuspendedBy != ByOperator
	if o.State != Active && !takesOver {
		return o.cannot(Suspended)
	}
	o.State, o.SuspendedBy = Suspended, by
	return nil
}

// Resume lets a suspended organization serve again. What the other side has
// suspended is Conflict, as is another state.
func (o *Organization) Resume(by Suspender) error {
	switch {
	case o.State != Suspended:
		return o.cannot(Active)
	case o.SuspendedBy == ByOperator && by != ByOperator:
		return fault.New(fault.Conflict, "state: whoever runs the platform has suspended the organization and has to resume it; ask them")
	case o.SuspendedBy == ByOwner && by != ByOwner:
		return fault.New(fault.Conflict, "state: an owner has suspended the organization and has to resume it")
	}
	o.State, o.SuspendedBy = Active, ""
	return nil
}
