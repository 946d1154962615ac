package snapshot

import (
	"time"

	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Servers gives the server of a source. Secret is what is secret of the source's
// credential, encrypted with key for SourceSecretLabel; nil where nothing is.
type Servers func(org *tenants.Organization, key *secrets.OrgKey, s tools.Source, secret []byte) tools.Server

// SourceSecretLabel is what the ciphertext of a source's secret is bound to
// besides its organization: the id of the source's credential.
func SourceSecretLabel(credential tenants.GUID) secrets.Label {
	return secrets.Label{Kind: "source credential", ID: credential.String()}
}

// federated is what a view has of servers behind us.
type federated struct {
	sources  []sourced
	toolsets []tools.Toolset
}

// sourced is a source of a view.
type sourced struct {
	source    tools.Source
	server    tools.Server
	refreshed time.Time
}

// Source returns a source that is switched on and its server.
func (s *Snapshot) Source(id tenants.GUID) (tools.Source, tools.Server, bool) {
	for i := range s.sources {
		if s.sources[i].source.ID == id {
			return s.sources[i].source, s.sources[i].server, true
		}
	}
	return tools.Source{}, nil, false
}

// Sources calls each with every source that is switched on and with when it last
// answered; zero is never. An older view may not know the latest.
func (s *Snapshot) Sources(each func(source tools.Source, refreshed time.Time)) {
	for i := range s.sources {
		each(s.sources[i].source, s.sources[i].refreshed)
	}
}

// Toolset returns the toolset of a name.
func (s *Snapshot) Toolset(name string) (tools.Toolset, bool) {
	for _, t := range s.toolsets {
		if t.Name == name {
			return t, true
		}
	}
	return tools.Toolset{}, false
}
