package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Source returns the MCP server behind the company; none is behind a company
// where the world has no place for it.
func (c Company) Source(w World) (_ tools.Source, ok bool) {
	s := tools.Source{
		ID: id(c.Domain, "source"), Name: "notes", Title: "Notes", URL: w.Places.Notes + "/" + c.Slug.String() + "/mcp",
		Naming: tools.Prefixed, Review: tools.Hold, Enabled: true,
		Credential: tools.SourceCredential{Kind: tools.NoCredential}, Timeout: 30 * time.Second, Concurrent: 64,
	}
	if c.Domain == Conformance().Domain {
		s.Name, s.Title, s.URL, s.Naming, s.Review = "conformance", "Conformance", w.Conformance, tools.Bare, tools.AllowAll
		return s, w.Conformance != ""
	}
	return s, w.Places.Notes != ""
}

// seedSource puts a server behind a company, or, where it stands already, its
// URL up to date: the port may have changed.
func seedSource(ctx context.Context, db *store.DB, c Company, w World) error {
	wanted, ok := c.Source(w)
	if !ok {
		return nil
	}
	_, err := db.EditAccess(ctx, authz.SystemCaller(c.Org, "demo seed"), "demo server", func(now *access.Configuration) error {
		for _, s := range now.Sources {
			if s.ID == wanted.ID {
				s.URL = wanted.URL // the rest is as somebody may have changed it
				wanted = s
			}
		}
		_, err := now.PutSource(wanted, nil, access.Deployment{Loopback: access.AllowLoopback})
		return err
	})
	return err
}

// effects are what the tools of notes do, as the companies' admins see it.
var effects = map[string]tools.Effect{"search": tools.Read, "create": tools.Write}

// Connect asks the servers behind the organizations what they offer, and has
// what notes offers at first approved as its admins would. It returns when all
// of that is served, and works while Run does.
func (s *Stack) Connect(ctx context.Context) error {
	db, err := store.Open(ctx, s.database.api, time.Now)
	if err != nil {
		return err
	}
	for _, c := range s.World.companies() {
		err = errors.Join(err, s.connect(ctx, db, c))
	}
	return errors.Join(err, db.Close())
}

func (s *Stack) connect(ctx context.Context, db *store.DB, c Company) error {
	source, ok := c.Source(s.World)
	if !ok {
		return nil
	}
	by := authz.SystemCaller(c.Org, "demo seed")
	if _, err := s.api.RefreshSource(ctx, by, source.ID); err != nil {
		return fmt.Errorf("ask the server behind %s what it offers: %w", c.Name, err)
	}
	if source.Review == tools.Hold {
		if err := approveFirst(ctx, db, by, source.ID); err != nil {
			return err
		}
	}
	stored, err := db.LoadSnapshot(ctx, c.Org)
	if err != nil {
		return err
	}
	return s.api.Await(ctx, c.Org, stored.Version)
}

func approveFirst(ctx context.Context, db *store.DB, by authz.Caller, source tenants.GUID) error {
	offered, err := db.Offers(ctx, by.Org(), source)
	if err != nil {
		return err
	}
	_, err = db.EditAccess(ctx, by, "demo approvals", func(now *access.Configuration) error { return approve(now, offered, time.Now()) })
	return err
}

// approve approves what a source offers, unless somebody has decided about any
// of it before.
func approve(now *access.Configuration, offered []access.Offered, at time.Time) error {
	var all []tools.Approval
	for _, o := range offered {
		if o.Approved != nil {
			return nil
		}
		if o.Pending() {
			all = append(all, tools.Approval{
				Source: o.Source, Kind: o.Offer.Kind, Name: o.Offer.Name, Hash: o.Offer.Hash, Effect: effects[o.Offer.Name], At: at,
			})
		}
	}
	return now.Approve(all)
}
