package authserver

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// errRefresh is the one answer to whoever shows a refresh token that is no good.
var errRefresh = refuse(invalidGrant, "the refresh token is not one of this client's, is over, or was revoked; sign in again")

// ended turns what does not exist any more into a refusal.
func ended(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return errRefresh
	}
	return err
}

var errUnregistered = refuse(invalidClient, "this organization knows no client with this id, or not any more; register again")

// unregistered turns a client that does not exist into a refusal.
func unregistered(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return errUnregistered
	}
	return err
}

// refresh exchanges a refresh token for the next one (RFC 6749 §6). The token
// before the good one returns the good one for a moment: an answer that got lost
// is asked for again. Shown later, or one that is older, it is in two hands, and
// the grant ends (RFC 9700 §4.14.2).
func (s *Server) refresh(r *http.Request, snap *snapshot.Snapshot, by authenticated, f url.Values) (issue, error) {
	id, generation, ok := readRefreshToken(snap.Key, f.Get("refresh_token"))
	if !ok {
		return issue{}, errRefresh
	}
	now := s.Now()
	grant, connection, err := s.Store.Grant(r.Context(), snap.Organization.ID, id)
	if err != nil {
		return issue{}, ended(err)
	}
	what := issue{grant: grant, connection: connection, by: "refresh_token"}
	if connection.Client != by.id || grant.Over(now) {
		return what, errRefresh
	}
	if err := by.suffices(connection); err != nil {
		return what, err
	}
	if what.scopes, err = narrowed(grant.Scopes, f.Get("scope")); err != nil {
		return what, err
	}
	if err := s.permitted(snap, what, f); err != nil {
		return what, err
	}
	next, err := s.rotated(r.Context(), snap, what, generation)
	if err != nil {
		return what, err
	}
	what.grant = next
	s.confirmations.begin(r.Context(), snap, connection)
	return what, nil
}

// rotated returns the grant as it is once the refresh token of a generation was
// redeemed.
func (s *Server) rotated(ctx context.Context, snap *snapshot.Snapshot, what issue, generation int) (connections.Grant, error) {
	grant, now := what.grant, s.Now()
	if grant.Generation == generation {
		next, err := s.Store.Rotate(ctx, what.actor(snap, now), grant.ID, generation, now)
		if err == nil {
			return next, nil
		}
		if fault.KindOf(err) != fault.Conflict {
			return connections.Grant{}, ended(err)
		}
		grant = next // somebody else was faster
	}
	if generation == grant.Generation-1 && now.Sub(grant.RotatedAt) < connections.Grace {
		return grant, nil
	}
	return connections.Grant{}, s.reused(ctx, snap, what)
}

// reused ends a grant whose refresh token was shown by two.
func (s *Server) reused(ctx context.Context, snap *snapshot.Snapshot, what issue) error {
	s.Logger.WarnContext(ctx, "refresh token was used twice", slog.String(telemetry.LogOrg, snap.Organization.ID.String()), slog.String("grant", what.grant.ID.String()))
	if err := s.Store.EndGrant(ctx, what.actor(snap, s.Now()), what.grant.ID, "refresh token used twice"); err != nil {
		return err
	}
	return errRefresh
}

// narrowed returns the scopes of a token: those asked for, which have to be among
// those granted (RFC 6749 §6), or all of them. offline_access goes without saying.
func narrowed(granted []string, asked string) ([]string, error) {
	var wanted []string
	for _, scope := range strings.Fields(asked) {
		switch {
		case scope == offlineAccess:
		case !slices.Contains(granted, scope):
			return nil, refuse(invalidScope, "the scopes granted are "+strings.Join(granted, " ")+"; sign in again for more")
		default:
			wanted = append(wanted, scope)
		}
	}
	if wanted == nil {
		return granted, nil
	}
	return wanted, nil
}

// permitted refuses what has changed since somebody agreed: the endpoint asked
// for, the client that is not listed any more, who was cut off, here or at Entra.
func (s *Server) permitted(snap *snapshot.Snapshot, what issue, f url.Values) error {
	if toolset, err := s.endpoint(snap, f.Get("resource")); err != nil {
		return err
	} else if f.Get("resource") != "" && !s.isOrigin(f.Get("resource")) && toolset != what.grant.Toolset {
		return refuse(invalidTarget, "the authorization is for "+s.endpointURL(snap.Organization.Slug, what.grant.Toolset)+"; sign in again for another endpoint")
	}
	if _, known := snap.Toolset(what.grant.Toolset); what.grant.Toolset != "" && !known {
		return refuse(invalidGrant, "the toolset of this authorization exists no more; connect to another endpoint")
	}
	if software := softwareNow(snap, what.connection); !admits(snap, software) {
		return refuse(invalidGrant, "this organization does not let "+software+" connect any more; an administrator can list it")
	}
	id := what.identity(snap, s.Now())
	if id.IssuedAt = what.grant.MadeAt; snap.Revocations.Covers(id) {
		return refuse(invalidGrant, "this authorization was revoked; sign in again")
	}
	if what.connection.Withdrawn() {
		return refuse(invalidGrant, "Microsoft Entra ID does not let this person in any more with what they signed in with; sign in again")
	}
	if id.Kind == authz.Guest && snap.Organization.Connection.Guests != tenants.Admit {
		return refuse(invalidGrant, "this organization does not admit guests any more")
	}
	return nil
}

// isOrigin reports whether a resource names no endpoint, as some clients do it.
func (s *Server) isOrigin(resource string) bool { return strings.TrimSuffix(resource, "/") == s.base }

// accessLife is how long an access token is good for.
const accessLife = 10 * time.Minute
