package app

import (
	"context"
	"net/url"
	"strings"

	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// stepUps satisfies mcphost.StepUps.
type stepUps struct {
	*asking
	base *url.URL
}

// StepUpLink returns the page of our authorization server that leads on. It helps
// people only, and where what comes of it has a place: their connection, or beside what
// else is kept of Entra for them. An agent is not its person.
func (u stepUps) StepUpLink(snap *snapshot.Snapshot, by authz.Caller, s mcphost.StepUp) (string, error) {
	id, o := by.Identity(), &snap.Organization
	if id.Kind != authz.User && id.Kind != authz.Guest || !o.Connection.CanAsk() {
		return "", nil
	}
	asked := authserver.StepUp{
		ID: tenants.NewGUID(), Person: id.OID, Client: id.Client, Connection: id.Connection, Toolset: s.Toolset, Claims: s.Claims,
		Session: s.Session, Opened: s.Opened, Told: s.Elicitation,
	}
	if id.Connection.IsZero() {
		asked.Place = provenPlace(id)
		if asked.Place == "" || o.Connection.GroupSource != tenants.OnBehalfOf {
			return "", nil
		}
	}
	link, err := asked.Link(snap.Key, u.now())
	if err != nil {
		if fault.KindOf(err) == fault.Upstream { // more claims than a link carries: it is said in words
			return "", nil
		}
		return "", err
	}
	to := url.URL{Scheme: u.base.Scheme, Host: u.base.Host, Path: strings.Replace(authserver.StepUpPath, "{org}", o.Slug.String(), 1), RawQuery: "request=" + link}
	return to.String(), nil
}

// proofs satisfies authserver.StepUps.
type proofs struct {
	*asking
	host *mcphost.Host
}

// Keep implements authserver.StepUps.
func (p proofs) Keep(ctx context.Context, snap *snapshot.Snapshot, u authserver.StepUp, token entra.RefreshToken) error {
	return p.keepProof(ctx, snap, u, token)
}

// Over implements authserver.StepUps.
func (p proofs) Over(ctx context.Context, snap *snapshot.Snapshot, by authz.Caller, u authserver.StepUp) error {
	return p.host.ElicitationOver(ctx, snap, by, mcphost.StepUp{Session: u.Session, Opened: u.Opened, Elicitation: u.Told})
}
