package tenants

import "gatehouse/internal/fault"

// Suspender is who has suspended an organization. Only the same side ends it, so
// that an owner cannot resume what an operator of the platform has stopped.
type Suspender string

// The suspenders. The zero value is nobody, or nobody remembered.
const (
	ByOwner    Suspender = "owner"
	ByOperator Suspender = "operator"
)

// Suspend makes an active organization refuse everybody; of another state an
// owner's is Conflict. An operator's keeps an organization of any state from
// serving until an operator says otherwise: what an owner has suspended is taken
// over, what is being onboarded waits for admission again, and what is deleted
// comes back like that. Conflict is only what an operator has stopped already.
func (o *Organization) Suspend(by Suspender) error {
	switch {
	case by == ByOperator && o.State == Deleted:
		return o.stop(&o.DeletedFrom)
	case by == ByOperator:
		return o.stop(&o.State)
	case by != ByOwner:
		return fault.Newf(fault.Internal, "suspender %q is neither owner nor operator", by)
	case o.State != Active:
		return o.cannot(Suspended)
	}
	o.State, o.SuspendedBy = Suspended, by
	return nil
}

// stop changes the state that an organization is in, or comes back to.
func (o *Organization) stop(at *State) error {
	switch {
	case *at == Pending:
		return fault.New(fault.Conflict, "state: the organization waits for admission and does nothing until an operator admits it")
	case *at == Onboarding:
		*at = Pending
		return nil
	case o.SuspendedBy == ByOperator:
		return fault.New(fault.Conflict, "state: an operator has suspended the organization already")
	}
	*at, o.SuspendedBy = Suspended, ByOperator
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
