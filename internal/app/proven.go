package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// onBehalfOf exchanges what somebody came with. Where Entra wants more of the sign-in
// behind it than a token of Entra's has, it goes on with what the same person has
// proven since, in the same session of the same AI app.
func (a *asking) onBehalfOf(ctx context.Context, x entra.Exchange) (entra.AccessToken, error) {
	if x.Kept == nil && x.Identity.Delegated && x.Assertion.Reveal() == "" {
		return entra.AccessToken{}, errNoAssertion
	}
	x.Disowned = a.hears(x)
	x.Heard = a.tells(x)
	token, err := a.tokens.OnBehalfOf(ctx, x)
	refused, ok := errors.AsType[*entra.TokenError](err)
	if !ok || x.Kept != nil || challengeIn(refused, x) == "" {
		return token, err
	}
	if x.Kept = a.provenBy(x.Organization, x.Identity); x.Kept == nil {
		return token, err
	}
	x.Disowned = nil // Entra has just gone on with the person; what it may not go on with is an old sign-in
	further, again := a.tokens.OnBehalfOf(ctx, x)
	if lost, ok := errors.AsType[*entra.TokenError](again); errors.Is(again, errNothingProven) || ok && lost.Class == entra.Reauth {
		return token, err // whoever comes has to prove it anew
	}
	return further, again
}

// errNoAssertion is the answer to who calls in person: nothing of the console's
// sign-in can be exchanged by the organization's app.
var errNoAssertion = fault.New(fault.Forbidden, "the tool acts as you at another service, for which it needs your sign-in through an AI app; call it from one that you have connected")

// errNothingProven says that somebody has not been led to a stronger sign-in yet.
var errNothingProven = fault.New(fault.Unauthenticated, "nothing more is known of the sign-in than its token says")

// provenPlace names where a stronger sign-in of whoever came with a token of Entra's
// is kept: for one AI app and Entra's session there, or for the token where that names
// none. Another app of the same person, which somebody else may have, is another place.
// It is empty where nothing could tell the place from others.
func provenPlace(id authz.Identity) string {
	within := "session\x00" + id.Session
	if id.Session == "" {
		within = "token\x00" + id.TokenID
	}
	if id.Client == "" || id.Session == "" && id.TokenID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id.Client + "\x00" + within))
	return "step-up " + hex.EncodeToString(sum[:16])
}

// provenBy is what to go on with for somebody who has proven more; nil where nothing of
// theirs is kept.
func (a *asking) provenBy(org *tenants.Organization, id authz.Identity) *entra.Kept {
	place := provenPlace(id)
	if place == "" {
		return nil
	}
	var held membership.KeptToken
	return &entra.Kept{
		For: placeID(place),
		Take: func(ctx context.Context) (entra.RefreshToken, error) {
			snap, err := a.views(ctx, org.ID)
			if err != nil {
				return entra.RefreshToken{}, err
			}
			if held, err = a.provenAt(ctx, org, id.OID, place); err != nil {
				return entra.RefreshToken{}, err
			}
			plain, err := snap.Key.Decrypt(keptLabel(held), held.Ciphertext)
			return entra.NewRefreshToken(string(plain)), err
		},
		Put: func(ctx context.Context, next entra.RefreshToken) {
			a.warnUnkept(ctx, org.ID, a.putProven(ctx, org, held, next))
		},
	}
}

// placeID stands for a place where tokens are told apart by what they are kept for.
func placeID(place string) tenants.GUID {
	sum := sha256.Sum256([]byte(place))
	id, err := tenants.GUIDFromBytes(sum[:16])
	if err != nil { // all of it zero
		return tenants.NewGUID()
	}
	return id
}

func (a *asking) provenAt(ctx context.Context, org *tenants.Organization, person tenants.GUID, place string) (membership.KeptToken, error) {
	all, err := a.kept.KeptTokens(ctx, org.ID, person)
	if err != nil {
		return membership.KeptToken{}, err
	}
	for _, t := range all {
		if t.Resource == place && t.Client == org.Connection.ClientID {
			return t, nil
		}
	}
	return membership.KeptToken{}, errNothingProven
}

// putProven puts the successor in the place of what was shown to Entra, or removes what
// Entra does not honor any more.
func (a *asking) putProven(ctx context.Context, org *tenants.Organization, held membership.KeptToken, next entra.RefreshToken) error {
	if next.IsZero() {
		return a.kept.DropToken(ctx, steppingUp(org.ID), held)
	}
	snap, err := a.views(ctx, org.ID)
	if err != nil {
		return err
	}
	held.UsedAt = a.now()
	if held.Ciphertext, err = snap.Key.Encrypt(keptLabel(held), []byte(next.Reveal())); err != nil {
		return err
	}
	return a.kept.RenewToken(ctx, steppingUp(org.ID), held)
}

func steppingUp(org tenants.ID) authz.Caller { return authz.SystemCaller(org, "step-up") }

// keepProof keeps Entra's refresh token of a stronger sign-in where calls of the same
// person with the same AI app find it.
func (a *asking) keepProof(ctx context.Context, snap *snapshot.Snapshot, s authserver.StepUp, token entra.RefreshToken) error {
	if !s.Connection.IsZero() {
		return a.keepProofOf(ctx, snap, s, token)
	}
	now := a.now()
	t := membership.KeptToken{Person: s.Person, Client: snap.Organization.Connection.ClientID, Resource: s.Place, MadeAt: now, UsedAt: now}
	var err error
	if t.Ciphertext, err = snap.Key.Encrypt(keptLabel(t), []byte(token.Reveal())); err != nil {
		return err
	}
	return a.kept.KeepToken(ctx, steppingUp(snap.Organization.ID), t)
}

// mostProofConflicts is how often a refresh of the same connection may be quicker.
const mostProofConflicts = 5

// keepProofOf puts it in the place of what the connection keeps. What a refresh has put
// there meanwhile is of the weaker sign-in and gives way.
func (a *asking) keepProofOf(ctx context.Context, snap *snapshot.Snapshot, s authserver.StepUp, token entra.RefreshToken) error {
	org := snap.Organization.ID
	next, err := snap.Key.Encrypt(connections.EntraLabel(s.Connection), []byte(token.Reveal()))
	if err != nil {
		return err
	}
	for range mostProofConflicts {
		c, err := a.kept.Connection(ctx, org, s.Connection)
		switch {
		case err != nil:
			return err
		case c.Person.OID != s.Person || c.Entra == nil: // cut off, or withdrawn: whoever has its tokens would go on
			return fault.New(fault.NotFound, "the connection was cut off meanwhile")
		}
		if err := a.kept.KeepEntra(ctx, steppingUp(org), c.ID, connections.Answer{Shown: c.EntraAt, Entra: next}); err != nil {
			return err
		}
		if c, err = a.kept.Connection(ctx, org, s.Connection); err != nil || bytes.Equal(c.Entra, next) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "what your AI app keeps is being renewed; try again").RetryAfter(time.Second)
}
