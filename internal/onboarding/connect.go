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
// another organization has proved to be its own is Conflict; the other refusals
// are those of the organization itself. Where nobody else can write, check is
// called with the present connection; its error refuses everything.
func (r *Registrar) Connect(ctx context.Context, by authz.Caller, want tenants.Connection, check func(tenants.Connection) error) (tenants.Organization, error) {
	if want.Cloud != r.Cloud {
		return tenants.Organization{}, fault.Newf(fault.Invalid,
			"cloud: this Gatehouse signs people in through the %s cloud and cannot prove who owns a directory of %q; use one that runs for that cloud", r.Cloud, want.Cloud)
	}
	o, err := r.Store.EditOrganization(ctx, by, "organization connected", func(o *tenants.Organization) error {
		if err := check(o.Connection); err != nil {
			return err
		}
		return o.Connect(want)
	})
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return o, fmt.Errorf("connect client id %s: %w", want.ClientID, err)
	}
	return o, err
}

// Activate lets an organization serve whose connection is complete and still is
// the one that was proved; another one is Conflict.
func (r *Registrar) Activate(ctx context.Context, by authz.Caller, proved tenants.Connection) (tenants.Organization, error) {
	return r.Store.EditOrganization(ctx, by, "organization activated", func(o *tenants.Organization) error { return o.Activate(proved) })
}
