package authserver

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// client returns the client of an id: of a registration, an admin's or its own, or
// of a document at that URL. One that does not exist is NotFound; a document that breaks a rule is
// Invalid and names the rule; one that cannot be had now is Upstream, and Limited
// while too many are asked for.
func (s *Server) client(ctx context.Context, snap *snapshot.Snapshot, id string) (connections.Client, error) {
	switch {
	case connections.IsRegisteredID(id):
		return s.registered(ctx, snap, id)
	case connections.IsPreregisteredID(id):
		return s.preregistered(ctx, snap, id)
	case strings.HasPrefix(id, "https://"):
		return s.documented(ctx, snap, id)
	}
	return connections.Client{}, fault.Newf(fault.NotFound, "client_id %.60q is neither registered here nor the https URL of a client's metadata document; register the client", id)
}

func (s *Server) registered(ctx context.Context, snap *snapshot.Snapshot, id string) (connections.Client, error) {
	c, err := s.Store.Registered(ctx, snap.Organization.ID, id)
	if err != nil {
		return connections.Client{}, err
	}
	return connections.Client{
		ID:        c.ID,
		Software:  connections.SoftwareOf(c.Name, c.Redirects),
		Name:      connections.ShownName(c.Name),
		Redirects: slices.Clone(c.Redirects),
		Agreed:    connections.Digest(c.Name, c.Redirects, nil),
	}, nil
}

// preregistered is a client that an admin has registered: it is governed by its own id.
// An agent is none that people could be asked about.
func (s *Server) preregistered(ctx context.Context, snap *snapshot.Snapshot, id string) (connections.Client, error) {
	c, err := s.Store.Preregistered(ctx, snap.Organization.ID, id)
	if err != nil {
		return connections.Client{}, err
	}
	return connections.Client{
		ID: c.ID, Software: c.ID, Name: connections.ShownName(c.Name), Preregistered: true, Redirects: slices.Clone(c.Redirects),
		Agreed: connections.Digest(c.Name, c.Redirects, []byte(c.Kind)),
	}, nil
}

func (s *Server) documented(ctx context.Context, snap *snapshot.Snapshot, id string) (connections.Client, error) {
	if err := connections.CheckDocumentURL(id); err != nil {
		return connections.Client{}, err
	}
	software := softwareOf(snap, id)
	d, err := s.documents.get(ctx, lane{snap.Organization.ID, snap.Accept.Lists(software)}, id)
	if err != nil {
		return connections.Client{}, err
	}
	return connections.Client{
		ID:        id,
		Software:  software,
		Name:      connections.ShownName(d.name),
		Host:      strings.TrimPrefix(connections.HostEntry(id), "https://"),
		Proves:    d.proves,
		Redirects: slices.Clone(d.redirects),
		Agreed:    connections.Digest(d.name, d.redirects, d.keys),
	}, nil
}

// softwareOf is what an organization governs of the client of a document: the
// entry of its list that names the document, else the one that names its host, else
// the document itself.
func softwareOf(snap *snapshot.Snapshot, id string) string {
	if host := connections.HostEntry(id); !snap.Accept.Lists(id) && snap.Accept.Lists(host) {
		return host
	}
	return id
}

// softwareNow is what an organization governs of a connection's client by now: its
// list may have changed since somebody agreed to it.
func softwareNow(snap *snapshot.Snapshot, c connections.Connection) string {
	if strings.HasPrefix(c.Client, "https://") {
		return softwareOf(snap, c.Client)
	}
	return c.Software
}

// admits reports whether the organization lets this software connect.
func admits(snap *snapshot.Snapshot, software string) bool {
	return snap.Organization.UnknownClients == tenants.Admit || snap.Accept.Lists(software)
}
