package snapshot

import (
	"time"

	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Servers gives the server of a source. Secret is what is secret of the source's
// credential, encrypted with key for secrets.SourceLabel; nil where nothing is. Of
// equal sources it gives the same server, so that what was made for it is good
// for the next view.
type Servers func(org *tenants.Organization, key *secrets.OrgKey, s tools.Source, secret []byte) tools.Server

// federation is what a view has of servers behind us, and of toolsets.
type federation struct {
	sources  []sourced
	toolsets []Toolset
	leftOut  []LeftOut
	entries  map[pinnedKey]*tools.Entry // for the next view
}

// sourced is a source of a view.
type sourced struct {
	source    tools.Source
	server    tools.Server
	refreshed time.Time
	secret    []byte // of its credential, encrypted; nil: none

	capabilities []byte
	instructions string // that are approved and offered; empty: none
}

// LeftOut is a definition that is approved and cannot be served all the same.
type LeftOut struct {
	Source tenants.GUID
	Kind   tools.Kind
	Name   string // the source's own
	Reason string // a sentence for everybody
}

// Source returns a source that is switched on, and its server.
func (s *Snapshot) Source(id tenants.GUID) (tools.Source, tools.Server, bool) {
	at := s.sourceAt(id)
	if at < 0 || !s.federation.sources[at].source.Enabled {
		return tools.Source{}, nil, false
	}
	return s.federation.sources[at].source, s.federation.sources[at].server, true
}

// SourceSecret returns what is secret of a source's credential, encrypted for
// secrets.SourceLabel; nil without one. The caller must not change it.
func (s *Snapshot) SourceSecret(id tenants.GUID) []byte {
	at := s.sourceAt(id)
	if at < 0 {
		return nil
	}
	return s.federation.sources[at].secret
}

// Server returns the server of a source, whether it is switched on or not: for
// asking what it offers, and for nothing that serves a client.
func (s *Snapshot) Server(id tenants.GUID) (tools.Server, bool) {
	at := s.sourceAt(id)
	if at < 0 {
		return nil, false
	}
	return s.federation.sources[at].server, true
}

func (s *Snapshot) sourceAt(id tenants.GUID) int {
	if s.federation == nil {
		return -1
	}
	for i := range s.federation.sources {
		if s.federation.sources[i].source.ID == id {
			return i
		}
	}
	return -1
}

// Capabilities returns what a source said that it can do when it last answered: an
// object as sent, nil if that is not known. The caller must not change it.
func (s *Snapshot) Capabilities(id tenants.GUID) []byte {
	at := s.sourceAt(id)
	if at < 0 {
		return nil
	}
	return s.federation.sources[at].capabilities
}

// Instructions returns what a source that is switched on says to models about
// itself, as it was approved; empty where nothing is.
func (s *Snapshot) Instructions(id tenants.GUID) string {
	at := s.sourceAt(id)
	if at < 0 {
		return ""
	}
	return s.federation.sources[at].instructions
}

// Sources calls each with every source that is switched on, and with when it last
// answered as far as this view knows; zero is never.
func (s *Snapshot) Sources(each func(source tools.Source, refreshed time.Time)) {
	if s.federation == nil {
		return
	}
	for i := range s.federation.sources {
		if at := &s.federation.sources[i]; at.source.Enabled {
			each(at.source, at.refreshed)
		}
	}
}

// LeftOut returns what is approved and cannot be served, and why. The caller must
// not change it.
func (s *Snapshot) LeftOut() []LeftOut {
	if s.federation == nil {
		return nil
	}
	return s.federation.leftOut
}

// Toolset is a part of a view's catalog.
type Toolset struct {
	tools.Toolset
	Holds tools.Selected // positions in the catalog
}

// Toolsets calls each with every toolset of the organization.
func (s *Snapshot) Toolsets(each func(*Toolset)) {
	if s.federation == nil {
		return
	}
	for i := range s.federation.toolsets {
		each(&s.federation.toolsets[i])
	}
}

// Toolset returns the toolset of a name.
func (s *Snapshot) Toolset(name string) (*Toolset, bool) {
	if s.federation == nil {
		return nil, false
	}
	for i := range s.federation.toolsets {
		if s.federation.toolsets[i].Name == name {
			return &s.federation.toolsets[i], true
		}
	}
	return nil, false
}
