package authserver

import (
	"context"
	"net/url"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// assent is how somebody has agreed.
type assent uint8

const (
	given      assent = iota // on the second page, just now
	remembered               // before, to the same: they were not asked
)

// agree keeps what a person has agreed to and gives the client its code. The code
// is there first: one that names no grant is worth nothing.
func (s *Server) agree(v visit, st step, how assent) error {
	text, err := s.connect(v, st, how)
	if err != nil {
		return s.giveBack(v, st.Asked, err)
	}
	v.redirect(s.replyURL(v.snap, st.Asked, url.Values{"code": {text}}))
	return nil
}

func (s *Server) connect(v visit, st step, how assent) (string, error) {
	asked, who := st.Asked, st.Who
	ctx, now := v.r.Context(), s.Now()
	id, err := s.connectionID(ctx, v.snap, who, asked.Client.ID)
	if err != nil {
		return "", err
	}
	c := connections.Connection{
		ID: id, Person: who.Person, Client: asked.Client.ID, Software: asked.Client.Software, Name: asked.Client.Name, Host: asked.Client.Host, Proves: asked.Client.Proves,
		Redirect: connections.RedirectHost(asked.Redirect), EntraAt: now, MadeAt: now, UsedAt: now,
	}
	if mayRemember(asked) {
		c.Agreed = asked.agreed()
	}
	if c.Entra, err = conceal(v.snap, id, who.Refresh); err != nil {
		return "", err
	}
	g := connections.Grant{
		ID: tenants.NewGUID(), Connection: id, Toolset: asked.Toolset, Scopes: asked.Scopes, Contexts: who.Contexts,
		Generation: 1, RotatedAt: now, MadeAt: now, EndsAt: now.Add(connections.AbsoluteLife), Unasked: how == remembered,
	}
	text, err := s.putCode(ctx, v.snap, code{Client: c.Client, Redirect: asked.Redirect, Challenge: asked.Challenge, Grant: g.ID})
	if err != nil {
		return "", err
	}
	by := authz.Actor(s.identity(v, asked, who))
	kept, err := s.Store.Connect(ctx, by, c, g)
	if err == nil && kept.ID != id && who.Refresh != "" {
		err = s.follow(ctx, v.snap, by, kept, who.Refresh)
	}
	return text, err
}

// connectionID is the id of the connection there is already, or a new one.
func (s *Server) connectionID(ctx context.Context, snap *snapshot.Snapshot, who arrival, client string) (tenants.GUID, error) {
	before, err := s.Store.Agreement(ctx, snap.Organization.ID, who.Person.OID, client)
	if err == nil {
		return before.ID, nil
	}
	if fault.KindOf(err) == fault.NotFound {
		return tenants.NewGUID(), nil
	}
	return tenants.GUID{}, err
}

// conceal encrypts Entra's refresh token for its connection; nil without one.
func conceal(snap *snapshot.Snapshot, connection tenants.GUID, token string) ([]byte, error) {
	if token == "" {
		return nil, nil
	}
	return snap.Key.Encrypt(connections.EntraLabel(connection), []byte(token))
}

// follow keeps Entra's refresh token for the connection that was made meanwhile:
// what was encrypted for another cannot be opened for it.
func (s *Server) follow(ctx context.Context, snap *snapshot.Snapshot, by authz.Caller, kept connections.Connection, token string) error {
	ciphertext, err := conceal(snap, kept.ID, token)
	if err != nil {
		return err
	}
	return s.Store.KeepEntra(ctx, by, kept.ID, connections.Answer{Shown: s.Now(), Entra: ciphertext})
}
