package admin

import (
	"context"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// SourceParts is what sources are asked and given their secrets with. Every field
// is required.
type SourceParts struct {
	Store   KeyStore
	Keys    *secrets.Box
	Views   func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	Refresh func(ctx context.Context, by authz.Caller, source tenants.GUID) (access.Refreshed, error)
	Health  func(tools.Server) console.SourceHealth // of a server as this process sees it
}

type sources struct{ SourceParts }

// NewSources does with MCP servers behind the platform what administrators ask
// for.
func NewSources(p SourceParts) console.Sources { return &sources{p} }

// Refresh reads what a source offers now.
func (s *sources) Refresh(ctx context.Context, by authz.Caller, source tenants.GUID) (access.Refreshed, error) {
	r, err := s.SourceParts.Refresh(ctx, by, source)
	if err != nil && fault.KindOf(err) == fault.Unauthenticated { // of ours at the source, which has nothing to do with who asks
		return r, fault.Wrap(fault.Upstream, fault.Public(err), err)
	}
	return r, err
}

// EncryptSourceSecret encrypts what is secret of a source's credential under the
// organization's key, bound to the credential's id.
func (s *sources) EncryptSourceSecret(ctx context.Context, org tenants.ID, credential tenants.GUID, secret string) ([]byte, error) {
	_, _, wrapped, err := s.Store.CredentialOf(ctx, org)
	if err != nil {
		return nil, err
	}
	key, err := s.Keys.Open(ctx, org, wrapped)
	if err != nil {
		return nil, err
	}
	return key.Encrypt(secrets.SourceLabel(credential), []byte(secret))
}

// LeftOut returns what of a source is approved and cannot be served all the same.
func (s *sources) LeftOut(ctx context.Context, org tenants.ID, source tenants.GUID) (map[access.Definition]string, error) {
	view, err := s.Views(ctx, org)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[access.Definition]string{}
	for _, l := range view.LeftOut() {
		if l.Source == source {
			out[access.Definition{Source: l.Source, Kind: l.Kind, Name: l.Name}] = l.Reason
		}
	}
	return out, nil
}

// Clashes returns of each of a source's definitions what it would share with what
// other sources serve, and with the platform's own.
func (s *sources) Clashes(ctx context.Context, org tenants.ID, source tools.Source, of []tools.Offer) ([][]tools.Flag, error) {
	out := make([][]tools.Flag, len(of))
	view, err := s.Views(ctx, org)
	if fault.KindOf(err) == fault.NotFound {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	named := func(id tenants.GUID) string {
		other, _, _ := view.Source(id)
		return other.Name
	}
	for i, o := range of {
		out[i] = view.Catalog.Clashes(source, o, named)
	}
	return out, nil
}

// SourceHealth returns how a source does for this process. An organization that
// serves nothing yet asks no source.
func (s *sources) SourceHealth(ctx context.Context, org tenants.ID, source tenants.GUID) (console.SourceHealth, error) {
	view, err := s.Views(ctx, org)
	if fault.KindOf(err) == fault.NotFound {
		return console.SourceHealth{}, nil
	}
	if err != nil {
		return console.SourceHealth{}, err
	}
	_, server, known := view.Source(source)
	if !known {
		return console.SourceHealth{}, nil
	}
	return s.Health(server), nil
}
