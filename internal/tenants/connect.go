package tenants

import (
	"cmp"

	"gatehouse/internal/fault"
)

// Connect gives an organization a connection with other settings; what becomes of
// its id and credential is Reconnect's to say, and what is refused Adopt's.
func (o *Organization) Connect(want Connection) error { return o.Adopt(Reconnect(o.Connection, want)) }

// Adopt makes a connection the organization's. One that is incomplete is Invalid,
// with every complaint. Of an organization that does not serve yet the credential
// may be missing: that is the step after this one. An organization that is not
// admitted yet, or deleted, is Conflict.
func (o *Organization) Adopt(c Connection) error {
	if err := o.Connectable(); err != nil {
		return err
	}
	complete := c
	if !o.State.Serves() && !c.CanAsk() {
		complete.GroupSource, complete.Background, complete.Notifications = TokenOnly, Delegated, false
	}
	if err := complete.Validate(); err != nil {
		return err
	}
	o.Connection = c
	return nil
}

// Connectable refuses, as Conflict, to connect an organization that is not
// admitted yet, or deleted.
func (o *Organization) Connectable() error {
	switch o.State {
	case Pending:
		return fault.New(fault.Conflict, "connection: an organization that is pending cannot be connected; wait until whoever runs the platform has admitted it")
	case Deleted:
		return fault.New(fault.Conflict, "connection: an organization that is deleted cannot be connected; restore it first")
	case Onboarding, Active, Suspended:
	}
	return nil
}

// Reconnect is a connection with other settings. To the same app it keeps its id
// and credential. To another app it has no credential, and another id, so that no
// federated credential made for the old app speaks for the new; the first app
// keeps the id, which stands in the federated credential it was set up with.
func Reconnect(old, want Connection) Connection {
	want.ID, want.Credential = old.ID, old.Credential
	if old.Model == want.Model && old.ClientID == want.ClientID && !old.ID.IsZero() {
		return want
	}
	want.Credential = Credential{}
	if !old.ClientID.IsZero() || old.ID.IsZero() {
		want.ID = NewGUID()
	}
	return want
}

// Careful is the connection with what it does not say yet as is safest: nobody but
// people of the directory, tokens of version 2, and groups asked of Graph as the person.
func (c Connection) Careful() Connection {
	c.Versions = cmp.Or(c.Versions, V2Only)
	c.Guests, c.Agents, c.Apps = cmp.Or(c.Guests, Refuse), cmp.Or(c.Agents, Refuse), cmp.Or(c.Apps, Refuse)
	c.GroupSource, c.GroupsClaim = cmp.Or(c.GroupSource, OnBehalfOf), cmp.Or(c.GroupsClaim, ClaimUnknown)
	c.Background = cmp.Or(c.Background, Delegated)
	return c
}

// Unproved reports whether an organization that serves would live on a proof that
// it has not lived on before: another app, or another credential of it. Where
// there is nothing to ask Entra for tokens with, there is nothing to prove.
func Unproved(before, after Organization) bool {
	return after.State.Serves() && after.Connection.CanAsk() && !SameProof(before.Connection, after.Connection)
}

// SameProof reports whether what proves one connection proves the other: it is
// the same app in the same cloud with the same credential.
func SameProof(a, b Connection) bool {
	return a.ID == b.ID && a.Model == b.Model && a.Cloud == b.Cloud && a.ClientID == b.ClientID && a.Credential.ID == b.Credential.ID
}
