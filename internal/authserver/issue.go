package authserver

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/snapshot"
)

// issue is what tokens are to be issued for.
type issue struct {
	grant      connections.Grant
	connection connections.Connection
	scopes     []string
	by         string // grant type
}

// tokens are the answer of the token endpoint (RFC 6749 §5.1).
type tokens struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Refresh string `json:"refresh_token,omitempty"` // none for agents
	Scope   string `json:"scope"`
}

// claims are what an access token says (RFC 9068 §2.2). "software" is what the
// organization's rules know the client by, "connection" what can be revoked; the
// others are as in tokens of Entra.
type claims struct {
	Issuer     string   `json:"iss"`
	Audience   string   `json:"aud"`
	Subject    string   `json:"sub"`
	Tenant     string   `json:"tid"`
	Person     string   `json:"oid"`
	Client     string   `json:"client_id"`
	Software   string   `json:"software"`
	Scope      string   `json:"scope"`
	ID         string   `json:"jti"`
	IssuedAt   int64    `json:"iat"`
	Expires    int64    `json:"exp"`
	Name       string   `json:"name"`
	Account    int      `json:"acct"` // 1: a guest
	Contexts   []string `json:"acrs,omitempty"`
	Connection string   `json:"connection"`
}

// issue signs an access token and returns it with the refresh token that is good
// now. That it was issued is recorded before anybody sees it.
func (s *Server) issue(r *http.Request, snap *snapshot.Snapshot, what issue) (tokens, error) {
	o, c, now := &snap.Organization, what.connection, s.Now()
	guest := 0
	if c.Person.Guest {
		guest = 1
	}
	id := uuid.NewString()
	access, err := s.Signer.SignAccessToken(r.Context(), claims{
		Issuer: s.issuer(o.Slug), Audience: s.endpointURL(o.Slug, what.grant.Toolset), Subject: c.Person.OID.String(),
		Tenant: o.TID.String(), Person: c.Person.OID.String(), Client: c.Client, Software: softwareNow(snap, c), Scope: strings.Join(what.scopes, " "),
		ID: id, IssuedAt: now.Unix(), Expires: now.Add(accessLife).Unix(),
		Name: c.Person.Name, Account: guest, Contexts: what.grant.ContextsAt(now), Connection: c.ID.String(),
	})
	if err != nil {
		return tokens{}, err
	}
	by := what.identity(snap, now)
	by.TokenID = id
	err = s.Log.Event(r.Context(), authz.Actor(by), audit.Event{
		Kind: audit.TokenIssued, Endpoint: r.URL.Path, Source: addressOf(r), Target: s.endpointURL(o.Slug, what.grant.Toolset), Detail: what.by,
		Outcome: audit.OK, Policy: snap.Version,
	})
	if err != nil {
		return tokens{}, err
	}
	return tokens{
		Access: access, Type: "Bearer", Expires: seconds(accessLife), Scope: strings.Join(what.scopes, " "),
		Refresh: refreshToken(snap.Key, what.grant.ID, what.grant.Generation),
	}, nil
}

// identity is who a token speaks for.
func (i issue) identity(snap *snapshot.Snapshot, now time.Time) authz.Identity {
	c, kind := i.connection, authz.User
	if c.Person.Guest {
		kind = authz.Guest
	}
	return authz.Identity{
		Org: snap.Organization.ID, TID: snap.Organization.TID, OID: c.Person.OID, Kind: kind, Delegated: true, Name: c.Person.Name,
		Client: softwareNow(snap, c), Scopes: i.scopes, AuthContexts: i.grant.ContextsAt(now), Connection: c.ID,
	}
}

func (i issue) actor(snap *snapshot.Snapshot, now time.Time) authz.Caller {
	return authz.Actor(i.identity(snap, now))
}
