package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// SignIns has an organization's log hold who comes in to the console and who goes. Each
// method returns when it durably does.
type SignIns interface {
	RecordSignIn(ctx context.Context, org tenants.ID, p Person, source string) error
	RecordSignOut(ctx context.Context, org tenants.ID, p Person, source string) error
	// RecordLockOut says that Entra does not let somebody go on who had signed in.
	RecordLockOut(ctx context.Context, org tenants.ID, p Person) error
}

// ownLog returns the organization of a person's Entra tenant. ok is false where the
// tenant has none yet: there is no log either.
func (c *Console) ownLog(ctx context.Context, p Person) (org tenants.ID, ok bool, err error) {
	org, err = c.Store.OrgByTID(ctx, p.TID)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return org, false, nil
	}
	return org, err == nil, err
}

// recordSignIn lets nobody in of whom there is no record.
func (c *Console) recordSignIn(r *http.Request, p Person) error {
	org, ok, err := c.ownLog(r.Context(), p)
	if !ok {
		return err
	}
	return c.SignIns.RecordSignIn(r.Context(), org, p, addressOf(r))
}

// recordSignOut records the end of a session, given who it was for. Nobody is kept in
// for want of a record.
func (c *Console) recordSignOut(r *http.Request, text string) {
	var p Person
	if json.Unmarshal([]byte(text), &p) != nil {
		return // it was nobody's
	}
	org, ok, err := c.ownLog(r.Context(), p)
	if ok {
		err = c.SignIns.RecordSignOut(r.Context(), org, p, addressOf(r))
	}
	if err != nil {
		c.Log.WarnContext(r.Context(), "sign-out not recorded", slog.String(telemetry.LogRequest, r.Header.Get(requestID)), telemetry.Err(err))
	}
}

// recordLockOut records that Entra has ended somebody's session.
func (c *Console) recordLockOut(ctx context.Context, p Person) error {
	org, ok, err := c.ownLog(ctx, p)
	if !ok {
		return err
	}
	return c.SignIns.RecordLockOut(ctx, org, p)
}

// addressOf is where a request comes from, as the log has it.
func addressOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return peer.Addr().Unmap().WithZone("").String()
}
