package tenants_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// contoso is an organization in a state, with nothing wrong about it.
func contoso(s tenants.State) tenants.Organization {
	o := tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only,
			Resource: "api://contoso", Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimUnknown,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.PlatformIssuer},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	switch s {
	case tenants.Suspended:
		o.SuspendedBy = tenants.ByOwner
	case tenants.Deleted:
		o.DeletedFrom, o.DeletedAt = tenants.Active, noon.Add(-time.Hour)
	case tenants.Pending, tenants.Onboarding, tenants.Active:
	}
	o.State = s
	return o
}

func refused(t *testing.T, err error, kind fault.Kind, says string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(fault.Public(err), says) {
		t.Errorf("error is %v, want kind %v that says %q", err, kind, says)
	}
}

// TestWhatIsSoAlreadyIsCalledSo, and not something that cannot be.
func TestWhatIsSoAlreadyIsCalledSo(t *testing.T) {
	t.Parallel()
	active, suspended := contoso(tenants.Active), contoso(tenants.Suspended)
	refused(t, active.Activate(active.Connection), fault.Conflict, "the organization is active already; there is nothing to do")
	refused(t, suspended.Activate(suspended.Connection), fault.Conflict, "an organization that is suspended cannot become active")
}

var states = []tenants.State{tenants.Pending, tenants.Onboarding, tenants.Active, tenants.Suspended, tenants.Deleted}

func TestStatesFollowEachOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		move func(*tenants.Organization) error
		from map[tenants.State]tenants.State
	}{
		"admit":    {(*tenants.Organization).Admit, map[tenants.State]tenants.State{tenants.Pending: tenants.Onboarding}},
		"suspend":  {func(o *tenants.Organization) error { return o.Suspend(tenants.ByOwner) }, map[tenants.State]tenants.State{tenants.Active: tenants.Suspended}},
		"resume":   {func(o *tenants.Organization) error { return o.Resume(tenants.ByOwner) }, map[tenants.State]tenants.State{tenants.Suspended: tenants.Active}},
		"activate": {func(o *tenants.Organization) error { return o.Activate(o.Connection) }, map[tenants.State]tenants.State{tenants.Onboarding: tenants.Active}},
		"restore":  {func(o *tenants.Organization) error { return o.Restore(noon) }, map[tenants.State]tenants.State{tenants.Deleted: tenants.Suspended}},
		"delete": {func(o *tenants.Organization) error { return o.Delete(noon) }, map[tenants.State]tenants.State{
			tenants.Pending: tenants.Deleted, tenants.Onboarding: tenants.Deleted, tenants.Active: tenants.Deleted, tenants.Suspended: tenants.Deleted,
		}},
	} {
		for _, state := range states {
			o := contoso(state)
			err := c.move(&o)
			if want, may := c.from[state]; may && (err != nil || o.State != want || o.Validate() != nil) {
				t.Errorf("%s of %s: %s, %v, %v", name, state, o.State, err, o.Validate())
			} else if !may {
				refused(t, err, fault.Conflict, string(state))
			}
		}
	}
}

func TestDeletingChangesNothingButWhatServes(t *testing.T) {
	t.Parallel()
	for _, state := range []tenants.State{tenants.Pending, tenants.Onboarding, tenants.Active, tenants.Suspended} {
		for _, by := range []tenants.Suspender{"", tenants.ByOwner, tenants.ByOperator} {
			o := contoso(state)
			if by != "" && state != tenants.Suspended {
				continue
			}
			o.SuspendedBy = by
			want, suspendedBy := state, by
			if state == tenants.Active {
				want, suspendedBy = tenants.Suspended, tenants.ByOwner
			}
			if err := o.Delete(noon); err != nil || !o.DeletedAt.Equal(noon) || o.Validate() != nil {
				t.Fatalf("%s: %+v, %v, %v", state, o, err, o.Validate())
			}
			if err := o.Restore(noon); err != nil || o.State != want || o.SuspendedBy != suspendedBy || !o.DeletedAt.IsZero() || o.DeletedFrom != "" {
				t.Errorf("%s by %q comes back as %s by %q, %v", state, by, o.State, o.SuspendedBy, err)
			}
			if err := o.Validate(); err != nil {
				t.Errorf("%s comes back broken: %v", state, err)
			}
		}
	}
}

func TestDeletedOrganizationsComeBackForThirtyDays(t *testing.T) {
	t.Parallel()
	o := contoso(tenants.Active)
	if err := o.Delete(noon); err != nil {
		t.Fatal(err)
	}
	last := noon.Add(30 * 24 * time.Hour)
	refused(t, o.Restore(last), fault.Conflict, "thirty days")
	if o.State != tenants.Deleted || o.Restorable(last) || !o.Restorable(last.Add(-time.Second)) {
		t.Errorf("%s", o.State)
	}
	if err := o.Restore(last.Add(-time.Second)); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotDeletedIsNotRestored(t *testing.T) {
	t.Parallel()
	for _, state := range states[:4] {
		o := contoso(state)
		refused(t, o.Restore(noon), fault.Conflict, "not deleted")
		if o.State != state {
			t.Errorf("%s became %s", state, o.State)
		}
	}
}

func TestDeletionsRememberWhatTheyDeleted(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*tenants.Organization){
		"nothing":           func(o *tenants.Organization) { o.DeletedFrom = "" },
		"itself":            func(o *tenants.Organization) { o.DeletedFrom = tenants.Deleted },
		"what is there":     func(o *tenants.Organization) { o.State = tenants.Active },
		"another suspender": func(o *tenants.Organization) { o.SuspendedBy = tenants.ByOperator },
	} {
		o := contoso(tenants.Deleted)
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		if edit(&o); o.Validate() == nil {
			t.Errorf("an organization deleted from %s is valid", name)
		}
	}
}

func TestOnlyWhatWasProvedIsActivated(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*tenants.Connection){
		"app":        func(c *tenants.Connection) { c.ClientID = tenants.NewGUID() },
		"credential": func(c *tenants.Connection) { c.Credential.ID = tenants.NewGUID() },
		"connection": func(c *tenants.Connection) { c.ID = tenants.NewGUID() },
		"cloud":      func(c *tenants.Connection) { c.Cloud = tenants.ChinaCloud },
		"model":      func(c *tenants.Connection) { c.Model = tenants.SharedApp },
	} {
		o := contoso(tenants.Onboarding)
		proved := o.Connection
		change(&proved)
		if err := o.Activate(proved); err == nil || fault.KindOf(err) != fault.Conflict || o.State != tenants.Onboarding {
			t.Errorf("another %s: %s, %v", name, o.State, err)
		}
	}
}

func TestWhatIsIncompleteIsNotActivated(t *testing.T) {
	t.Parallel()
	o := contoso(tenants.Onboarding)
	o.Connection.Credential = tenants.Credential{}
	refused(t, o.Activate(o.Connection), fault.Invalid, "credential")
}
