package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

// forSources satisfies upstream.Tokens.
type forSources struct{ *asking }

// OnBehalfOf gets a token for the caller of a tool and the audience of a source,
// whose scopes are asked for as they are. A token that would be good here, or at
// Microsoft Graph, is for no source.
func (a forSources) OnBehalfOf(ctx context.Context, by authz.Caller, w upstream.Wanted) (string, error) {
	snap, err := a.views(ctx, by.Org())
	if err != nil {
		return "", err
	}
	org := &snap.Organization
	x := entra.Exchange{
		Organization: org, Identity: by.Identity(), Assertion: w.Assertion, Credential: snap.Credential(),
		Authority: a.authority(org.Connection.Cloud), Scopes: w.Scopes, Challenge: w.Claims, Refused: w.Refused, Kept: a.keptFor(by.Identity()),
	}
	token, err := a.onBehalfOf(ctx, x)
	if err != nil {
		return "", explained(err, x)
	}
	if notForSources(token.Audience(), x) {
		return "", fault.Newf(fault.Upstream, "the scopes %s give a token for Gatehouse or for Microsoft Graph, which no source may have; "+
			"an admin can set scopes of the app registration that protects the source", strings.Join(w.Scopes, " "))
	}
	return token.Reveal(), nil
}

// notForSources reports an audience whose tokens a source could use elsewhere as
// the person.
func notForSources(audience string, x entra.Exchange) bool {
	own := x.Organization.Connection
	audience = strings.TrimSuffix(audience, "/")
	return x.Authority.IsGraph(audience) || strings.EqualFold(audience, own.Resource) ||
		strings.EqualFold(strings.TrimPrefix(audience, "api://"), own.ClientID.String())
}

// explained says what would let Entra give the token: who has to do what, and
// with which claims, where those are what it wants.
func explained(err error, x entra.Exchange) error {
	refused, ok := errors.AsType[*entra.TokenError](err)
	if !ok {
		return err
	}
	if claims := challengeIn(refused, x); claims != "" {
		return tools.NewChallengeError(claims, challenged(refused, x.Organization), err)
	}
	if text := remedy(refused, x); text != "" {
		return fault.Wrap(fault.KindOf(err), text+number(refused), err).RetryAfter(refused.RetryAfter)
	}
	return err
}

// challengeIn returns what a new sign-in has to ask for, in our own words.
func challengeIn(refused *entra.TokenError, x entra.Exchange) string {
	if refused.Class != entra.Interaction && refused.Class != entra.Blocked {
		return ""
	}
	claims, err := tools.ReadClaims(refused.Claims)
	if err != nil && refused.Class == entra.Interaction {
		claims, err = tools.ReadClaims(x.Challenge)
	}
	if err != nil {
		return ""
	}
	return claims
}

// challenged is what people read where their client knows of no challenges.
func challenged(refused *entra.TokenError, o *tenants.Organization) string {
	return fmt.Sprintf("Conditional Access wants more of your sign-in for it, such as a second factor or a managed device%s; %s; if that does not help, "+
		"an Entra administrator can have the same policy cover the app registration %s", number(refused), tools.SignInAgain, o.Connection.ClientID)
}

// remedy says who has to do what in Entra; empty: the refusal says so itself.
func remedy(refused *entra.TokenError, x entra.Exchange) string {
	app, tid, scopes := x.Organization.Connection.ClientID, x.Organization.TID, strings.Join(x.Scopes, " ")
	switch {
	case refused.Class == entra.Consent:
		return fmt.Sprintf("nobody has agreed yet that the app registration %s asks for %s on behalf of people; "+
			"an administrator of the Entra tenant %s can grant admin consent for it, or the owner of the API can pre-authorize the app", app, scopes, tid)
	case refused.Trouble() == entra.ResourceNotFound:
		return fmt.Sprintf("the Entra tenant %s has no API with the scopes %s; an admin can correct the scopes of the credential, "+
			"or an Entra administrator can add the API to the tenant", tid, scopes)
	case refused.Trouble() == entra.WrongScope:
		return fmt.Sprintf("its API has no scopes %s; an admin can correct the scopes of the credential, or the owner of the API can expose them", scopes)
	case refused.Trouble() == entra.NotAssigned:
		return "its API is for assigned people only, and you are not; an Entra administrator can assign you or a group of yours to it"
	}
	return ""
}

// number is what to look up in Microsoft's documentation.
func number(refused *entra.TokenError) string {
	if refused.Code == 0 {
		return ""
	}
	return fmt.Sprintf(" (AADSTS%d)", refused.Code)
}
