package onboarding_test

import (
	"context"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

func TestStatesFollowEachOther(t *testing.T) {
	t.Parallel()
	type mover func(*onboarding.Registrar, context.Context, authz.Caller) (tenants.Organization, error)
	suspend := func(r *onboarding.Registrar, ctx context.Context, by authz.Caller) (tenants.Organization, error) {
		return r.Suspend(ctx, by, onboarding.Suspension{By: tenants.ByOwner, Reason: "because"})
	}
	resume := func(r *onboarding.Registrar, ctx context.Context, by authz.Caller) (tenants.Organization, error) {
		return r.Resume(ctx, by, tenants.ByOwner)
	}
	activate := func(r *onboarding.Registrar, ctx context.Context, by authz.Caller) (tenants.Organization, error) {
		return r.Activate(ctx, by, r.Store.(*memory).all[by.Org()].Connection)
	}
	all := []tenants.State{tenants.Pending, tenants.Onboarding, tenants.Active, tenants.Suspended, tenants.Deleted}
	for name, c := range map[string]struct {
		move mover
		from map[tenants.State]tenants.State
	}{
		"admit":    {(*onboarding.Registrar).Admit, map[tenants.State]tenants.State{tenants.Pending: tenants.Onboarding}},
		"suspend":  {suspend, map[tenants.State]tenants.State{tenants.Active: tenants.Suspended}},
		"resume":   {resume, map[tenants.State]tenants.State{tenants.Suspended: tenants.Active}},
		"activate": {activate, map[tenants.State]tenants.State{tenants.Onboarding: tenants.Active}},
		"restore":  {(*onboarding.Registrar).Restore, map[tenants.State]tenants.State{tenants.Deleted: tenants.Suspended}},
		"delete": {(*onboarding.Registrar).Delete, map[tenants.State]tenants.State{
			tenants.Pending: tenants.Deleted, tenants.Onboarding: tenants.Deleted, tenants.Active: tenants.Deleted, tenants.Suspended: tenants.Deleted,
		}},
	} {
		for _, state := range all {
			m := newMemory()
			o := contoso()
			if o.State = state; state == tenants.Deleted {
				o.DeletedAt = noon.Add(-time.Hour)
			}
			m.all[o.ID] = o
			got, err := c.move(registrar(m, onboarding.ByApproval), t.Context(), as(o))
			want, may := c.from[state]
			if may && (err != nil || got.State != want) {
				t.Errorf("%s of %s: %s, %v", name, state, got.State, err)
			}
			if !may {
				wants(t, err, fault.Conflict, string(state))
			}
		}
	}
}

func TestDeletedOrganizationsComeBackForThirtyDaysAndUnadmitted(t *testing.T) {
	t.Parallel()
	m := newMemory()
	o := contoso()
	m.all[o.ID] = o
	reg := registrar(m, onboarding.ByApproval)
	now := noon
	reg.Now = func() time.Time { return now }
	if gone, err := reg.Delete(t.Context(), as(o)); err != nil || !gone.DeletedAt.Equal(noon) {
		t.Fatalf("%+v, %v", gone, err)
	}
	now = noon.Add(30 * 24 * time.Hour)
	_, err := reg.Restore(t.Context(), as(o))
	wants(t, err, fault.NotFound, "thirty days")
	now = now.Add(-time.Second)
	if back, err := reg.Restore(t.Context(), as(o)); err != nil || back.State != tenants.Suspended || !back.DeletedAt.IsZero() {
		t.Errorf("%+v, %v", back, err)
	}
	o.State, o.DeletedAt, o.Connection = tenants.Deleted, now, tenants.Connection{ID: connectionID}
	for admission, want := range map[onboarding.Admission]tenants.State{onboarding.ByApproval: tenants.Pending, onboarding.Open: tenants.Onboarding} {
		m.all[o.ID] = o
		reg.Admission = admission
		if back, err := reg.Restore(t.Context(), as(o)); err != nil || back.State != want {
			t.Errorf("restored to %s, %v; want %s", back.State, err, want)
		}
	}
}

func TestAConnectionToAnotherAppIsAnotherConnection(t *testing.T) {
	t.Parallel()
	m := newMemory()
	o := contoso()
	m.all[o.ID] = o
	reg := registrar(m, onboarding.Open)
	want := o.Connection
	want.Scope, want.ID, want.Credential = "use", tenants.NewGUID(), tenants.Credential{}
	got, err := reg.Connect(t.Context(), as(o), want, anything)
	if err != nil || got.Connection.ID != connectionID || got.Connection.Scope != "use" || got.Connection.Credential != o.Connection.Credential {
		t.Errorf("same app: %+v, %v", got.Connection, err)
	}
	want.ClientID, want.GroupSource = tenants.MustGUID(otherID), tenants.TokenOnly
	got, err = reg.Connect(t.Context(), as(o), want, anything)
	if err != nil || got.Connection.ID == connectionID || got.Connection.ID == want.ID || got.Connection.Credential != (tenants.Credential{}) {
		t.Errorf("other app: %+v, %v", got.Connection, err)
	}
}

func TestTheCredentialComesAfterTheConnection(t *testing.T) {
	t.Parallel()
	m := newMemory()
	o := contoso()
	want := o.Connection
	o.State, o.Connection = tenants.Onboarding, tenants.Connection{ID: connectionID, Cloud: tenants.PublicCloud}
	m.all[o.ID] = o
	reg := registrar(m, onboarding.Open)
	got, err := reg.Connect(t.Context(), as(o), want, anything)
	if err != nil || got.Connection.ID != connectionID || got.Connection.Credential != (tenants.Credential{}) {
		t.Errorf("%+v, %v", got.Connection, err)
	}
	_, err = reg.Activate(t.Context(), as(o), got.Connection)
	wants(t, err, fault.Invalid, "credential")
}

func TestConnectionsThatAreRefused(t *testing.T) {
	t.Parallel()
	m := newMemory()
	o, other := contoso(), contoso()
	other.ID, other.Connection.ClientID = tenants.NewID(), tenants.MustGUID(otherID)
	m.all[o.ID], m.all[other.ID] = o, other
	reg := registrar(m, onboarding.Open)
	want := o.Connection
	want.ClientID, want.GroupSource = other.Connection.ClientID, tenants.TokenOnly
	_, err := reg.Connect(t.Context(), as(o), want, anything)
	wants(t, err, fault.Conflict, "another organization")
	want.Cloud = tenants.ChinaCloud
	_, err = reg.Connect(t.Context(), as(o), want, anything)
	wants(t, err, fault.Invalid, "cloud")
	o.State = tenants.Pending
	m.all[o.ID] = o
	_, err = reg.Connect(t.Context(), as(o), o.Connection, anything)
	wants(t, err, fault.Conflict, "pending")
}

func anything(tenants.Connection) error { return nil }

func TestAConnectionThatIsNotTheOneThatWasReadStays(t *testing.T) {
	t.Parallel()
	m := newMemory()
	o := contoso()
	m.all[o.ID] = o
	changed := fault.New(fault.Conflict, "somebody was faster")
	want := o.Connection
	want.Scope = "use"
	_, err := registrar(m, onboarding.Open).Connect(t.Context(), as(o), want, func(tenants.Connection) error { return changed })
	wants(t, err, fault.Conflict, "faster")
	if m.all[o.ID].Connection.Scope == "use" {
		t.Error("it was connected")
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
		m := newMemory()
		o := contoso()
		o.State = tenants.Onboarding
		m.all[o.ID] = o
		proved := o.Connection
		change(&proved)
		_, err := registrar(m, onboarding.Open).Activate(t.Context(), as(o), proved)
		if err == nil || fault.KindOf(err) != fault.Conflict || m.all[o.ID].State != tenants.Onboarding {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestDeletingEndsNoSuspensionByAnOperator(t *testing.T) {
	t.Parallel()
	m := newMemory()
	o := contoso()
	m.all[o.ID] = o
	reg := registrar(m, onboarding.Open)
	if _, err := reg.Suspend(t.Context(), as(o), onboarding.Suspension{By: tenants.ByOperator, Reason: "abuse"}); err != nil {
		t.Fatal(err)
	}
	_, err := reg.Resume(t.Context(), as(o), tenants.ByOwner)
	wants(t, err, fault.Conflict, "ask them")
	if _, err := reg.Delete(t.Context(), as(o)); err != nil {
		t.Fatal(err)
	}
	if _, err := reg.Restore(t.Context(), as(o)); err != nil {
		t.Fatal(err)
	}
	_, err = reg.Resume(t.Context(), as(o), tenants.ByOwner)
	wants(t, err, fault.Conflict, "ask them")
	if back, err := reg.Resume(t.Context(), as(o), tenants.ByOperator); err != nil || back.State != tenants.Active {
		t.Errorf("%s, %v", back.State, err)
	}
}
