package main

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/sources"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// behind is the server behind the organization.
func (w world) behind() tools.Source {
	return tools.Source{
		ID: w.source, Name: backName, Title: "Benchmark", URL: w.upstream + w.offers, Naming: tools.Prefixed, Review: tools.Hold, Enabled: true,
		Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: 30 * time.Second, Concurrent: connections,
	}
}

// patterns are what the role may use.
func (w world) patterns() []string {
	p := []string{calledTool, openPrefix + "*"}
	if w.offers != "" {
		p = append(p, backName+"_"+backOpen+"*", "prompt:"+backName+"_*", "resource:bench://*")
	}
	return p
}

// federate stores what the server behind an organization offers, as a refresh
// would, and approves all of it by hand.
func (s planter) federate(ctx context.Context, w world) error {
	all, err := offering(w.offers)
	if err != nil {
		return err
	}
	now := time.Now()
	var settled sources.Settlement
	var approvals []tools.Approval
	for _, o := range all {
		offer, err := tools.NewOffer(o.kind, []byte(o.definition))
		if err != nil {
			return fmt.Errorf("offer at %s: %w", w.offers, err)
		}
		settled.Put = append(settled.Put, sources.Kept{Offer: offer, SeenAt: now})
		a := tools.Approval{Source: w.source, Kind: o.kind, Name: offer.Name, Hash: offer.Hash, At: now}
		if o.kind == tools.KindTool {
			a.Effect = tools.Read
		}
		approvals = append(approvals, a)
	}
	by := authz.SystemCaller(w.org, "benchmark")
	ticket := tenants.NewGUID()
	if _, err := s.db.ClaimRefresh(ctx, by, sources.Claim{Source: w.source, Ticket: ticket, Now: now, Until: now.Add(time.Minute)}); err != nil {
		return fmt.Errorf("offer at %s: %w", w.offers, err)
	}
	end := sources.End{
		Source: w.source, Ticket: ticket, At: now, Revision: protocolVersion, Asked: "benchmark",
		Server: []byte(`{"name":"bench","version":"1"}`), Capabilities: []byte(`{"tools":{},"prompts":{},"resources":{}}`),
	}
	if err := s.db.EndRefresh(ctx, by, end, func(sources.Known) (sources.Settlement, error) { return settled, nil }); err != nil {
		return fmt.Errorf("offer at %s: %w", w.offers, err)
	}
	_, err = s.db.EditAccess(ctx, by, "benchmark approvals", func(c *access.Configuration) error { return c.Approve(approvals) })
	if err != nil {
		return fmt.Errorf("approve what %s offers: %w", w.offers, err)
	}
	return nil
}
