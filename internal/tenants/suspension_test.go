package tenants_test

import (
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestOnlyWhoSuspendedResumes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		suspended, resumes tenants.Suspender
		wants              bool
	}{
		{tenants.ByOwner, tenants.ByOwner, true},
		{tenants.ByOperator, tenants.ByOperator, true},
		{tenants.ByOperator, tenants.ByOwner, false},
		{tenants.ByOwner, tenants.ByOperator, false},
	} {
		t.Run(string(row.suspended)+" by "+string(row.resumes), func(t *testing.T) {
			t.Parallel()
			o := tenants.Organization{State: tenants.Active}
			if err := o.Suspend(row.suspended); err != nil || o.State != tenants.Suspended {
				t.Fatalf("%s, %v", o.State, err)
			}
			err := o.Resume(row.resumes)
			if row.wants && (err != nil || o.State != tenants.Active || o.SuspendedBy != "") {
				t.Errorf("%s by %q, %v", o.State, o.SuspendedBy, err)
			}
			if !row.wants && (err == nil || fault.KindOf(err) != fault.Conflict || o.State != tenants.Suspended) {
				t.Errorf("%s, %v", o.State, err)
			}
		})
	}
}

func TestOperatorTakesASuspensionOver(t *testing.T) {
	t.Parallel()
	o := tenants.Organization{State: tenants.Suspended, SuspendedBy: tenants.ByOwner}
	if err := o.Suspend(tenants.ByOperator); err != nil || o.SuspendedBy != tenants.ByOperator {
		t.Errorf("by %q, %v", o.SuspendedBy, err)
	}
	if err := o.Suspend(tenants.ByOwner); err == nil || o.SuspendedBy != tenants.ByOperator {
		t.Errorf("an owner takes it back: by %q, %v", o.SuspendedBy, err)
	}
}

// TestOperatorStopsAnOrganizationInAnyState: deleting and restoring is no way
// round it.
func TestOperatorStopsAnOrganizationInAnyState(t *testing.T) {
	t.Parallel()
	for state, want := range map[tenants.State]tenants.State{
		tenants.Onboarding: tenants.Pending, tenants.Active: tenants.Suspended, tenants.Suspended: tenants.Suspended,
	} {
		o := contoso(state)
		if err := o.Suspend(tenants.ByOperator); err != nil || o.State != want || o.Validate() != nil {
			t.Errorf("%s became %s, %v, %v", state, o.State, err, o.Validate())
		}
		refused(t, o.Suspend(tenants.ByOperator), fault.Conflict, "operator")
		o = contoso(state)
		deleted := o.Delete(noon)
		stopped := o.Suspend(tenants.ByOperator)
		if o.State != tenants.Deleted || deleted != nil || stopped != nil {
			t.Errorf("%s, deleted: %s, %v, %v", state, o.State, deleted, stopped)
		}
		if err := o.Restore(noon); err != nil || o.State != want || o.Validate() != nil {
			t.Errorf("%s, deleted, came back %s, %v, %v", state, o.State, err, o.Validate())
		}
		if want == tenants.Suspended {
			refused(t, o.Resume(tenants.ByOwner), fault.Conflict, "whoever runs the platform")
		}
	}
	o := contoso(tenants.Pending)
	refused(t, o.Suspend(tenants.ByOperator), fault.Conflict, "waits for admission")
}

func TestOnlyWhatServesIsSuspendedOrResumed(t *testing.T) {
	t.Parallel()
	for _, state := range []tenants.State{tenants.Pending, tenants.Onboarding, tenants.Deleted} {
		o := tenants.Organization{State: state}
		if err := o.Suspend(tenants.ByOwner); err == nil {
			t.Errorf("%s is suspended", state)
		}
		if err := o.Resume(tenants.ByOwner); err == nil {
			t.Errorf("%s is resumed", state)
		}
	}
}

func TestSuspenderIsOneOfTwo(t *testing.T) {
	t.Parallel()
	o := tenants.Organization{State: tenants.Active}
	if err := o.Suspend(""); err == nil {
		t.Error("nobody suspends")
	}
}
