package onboarding

import (
	"context"
	"fmt"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Connect gives an organization another connection and returns the organization.
// The tenant is the one proved at sign-in and the cloud that of the console: of
// an app registration only its client id is anybody's to say. A client id that
// another organization has proved to be its own is Conflict; an organization
// that is not admitted yet, or deleted, is too. A connection to another app has
// another id, so that no federated credential made for the old one speaks for
// the new, and no credential. Where nobody else can write, check is called with
// the present connection; its error refuses everything.
func (r *Registrar) Connect(ctx context.Context, by authz.Caller, want tenants.Connection, check func(tenants.Connection) error) (tenants.Organization, error) {
	if want.Cloud != r.Cloud {
		return tenants.Organization{}, fault.Newf(fault.Invalid,
			"cloud: this Gatehouse signs people in through the %s cloud and cannot prove who owns a tenant of %q; use one that runs for that cloud", r.Cloud, want.Cloud)
	}
	o, err := r.move(ctx, by, "connected", func(o *tenants.Organization) error {
		if err := check(o.Connection); err != nil {
			return err
		}
		if o.State == tenants.Pending || o.State == tenants.Deleted {
			return fault.Newf(fault.Conflict, "an organization that is %s cannot be connected", o.State)
		}
		o.Connection = Reconnect(o.Connection, want)
		return usable(*o)
	})
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return o, fmt.Errorf("connect client id %s: %w", want.ClientID, err)
	}
	return o, err
}

// usable holds a connection against its rules. Of an organization that does not
// serve yet, the credential may be missing: that is the step after this one.
func usable(o tenants.Organization) error {
	c := o.Connection
	if !o.State.Serves() && !c.CanAsk() {
		c.GroupSource = tenants.TokenOnly
	}
	return c.Validate()
}

// Reconnect is a connection with other settings. To the same app it keeps its id
// and credential; to another app it has a new id and no credential.
func Reconnect(old, want tenants.Connection) tenants.Connection {
	want.ID, want.Credential = old.ID, old.Credential
	if old.Model == want.Model && old.ClientID == want.ClientID && !old.ID.IsZero() {
		return want
	}
	want.Credential = tenants.Credential{}
	if !old.ClientID.IsZero() || old.ID.IsZero() {
		want.ID = tenants.NewGUID()
	}
	return want
}

// SameProof reports whether what proves one connection proves the other: it is
// the same app in the same cloud with the same credential.
func SameProof(a, b tenants.Connection) bool {
	return a.ID == b.ID && a.Model == b.Model && a.Cloud == b.Cloud && a.ClientID == b.ClientID && a.Credential.ID == b.Credential.ID
}
