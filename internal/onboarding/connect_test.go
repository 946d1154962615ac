package onboarding_test

import (
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

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
	m := newMemory()
	o := contoso()
	o.State = tenants.Onboarding
	m.all[o.ID] = o
	reg := registrar(m, onboarding.Open)
	proved := o.Connection
	proved.Credential.ID = tenants.NewGUID()
	_, err := reg.Activate(t.Context(), as(o), proved)
	wants(t, err, fault.Conflict, "since it was proved")
	if got, err := reg.Activate(t.Context(), as(o), o.Connection); err != nil || got.State != tenants.Active {
		t.Errorf("%s, %v", got.State, err)
	}
}
