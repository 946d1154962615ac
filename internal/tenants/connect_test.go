package tenants_test

import (
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestAConnectionToAnotherAppIsAnotherConnection(t *testing.T) {
	t.Parallel()
	o := contoso(tenants.Active)
	was := o.Connection
	want := was
	want.Scope, want.ID, want.Credential = "use", tenants.NewGUID(), tenants.Credential{}
	if err := o.Connect(want); err != nil || o.Connection.ID != was.ID || o.Connection.Scope != "use" || o.Connection.Credential != was.Credential {
		t.Errorf("same app: %+v, %v", o.Connection, err)
	}
	want.ClientID, want.GroupSource = tenants.NewGUID(), tenants.TokenOnly
	if err := o.Connect(want); err != nil || o.Connection.ID == was.ID || o.Connection.ID == want.ID || o.Connection.Credential != (tenants.Credential{}) {
		t.Errorf("other app: %+v, %v", o.Connection, err)
	}
}

func TestTheFirstAppKeepsTheConnectionsID(t *testing.T) {
	t.Parallel()
	o := contoso(tenants.Onboarding)
	want := o.Connection
	o.Connection = tenants.Connection{ID: tenants.NewGUID(), Cloud: tenants.PublicCloud}
	id := o.Connection.ID
	if err := o.Connect(want); err != nil || o.Connection.ID != id || o.Connection.Credential != (tenants.Credential{}) {
		t.Errorf("%+v, %v", o.Connection, err)
	}
}

func TestOnlyAnAdmittedOrganizationIsConnected(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		o := contoso(state)
		want := o.Connection
		want.Scope = "use"
		err := o.Connect(want)
		if state == tenants.Pending || state == tenants.Deleted {
			refused(t, err, fault.Conflict, string(state))
		}
		if connected := o.Connection.Scope == "use"; connected != (err == nil) {
			t.Errorf("%s: connected %t, %v", state, connected, err)
		}
	}
}

func TestACredentialIsMissedWhereItIsUsed(t *testing.T) {
	t.Parallel()
	for state, may := range map[tenants.State]bool{tenants.Onboarding: true, tenants.Active: false, tenants.Suspended: false} {
		o := contoso(state)
		want := o.Connection
		want.Credential = tenants.Credential{}
		if err := o.Adopt(want); (err == nil) != may || o.Connection.CanAsk() == may {
			t.Errorf("%s: %v", state, err)
		}
	}
	o := contoso(tenants.Onboarding)
	o.Connection.Scope = ""
	refused(t, o.Connect(o.Connection), fault.Invalid, "scope")
}
