package admin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// operatorRole is the app role of the console's registration that makes somebody
// of the platform's own Entra tenant an operator.
const operatorRole = "Platform.Operator"

// SignInParts is what signing in is made from. Every field but Platform is
// required.
type SignInParts struct {
	Entra     *entra.WebApp
	Authority entra.Authority // of the cloud that people sign in to the console in
	Platform  tenants.TID     // whose people may be operators; zero: nobody is one
}

type signIn struct{ SignInParts }

// NewSignIn signs people in with Microsoft Entra ID.
func NewSignIn(p SignInParts) console.SignIn { return signIn{p} }

// Begin returns where to send the browser, and the handshake.
func (s signIn) Begin(_ context.Context, r console.SignInRequest) (string, []byte, error) {
	h := entra.NewHandshake(r.Tenant)
	h.State = r.State
	request := entra.SignIn{Handshake: h}
	for _, name := range r.Scopes {
		permissions, ok := scopes[name]
		if !ok {
			return "", nil, fault.Newf(fault.Internal, "scopes: %q stands for no permission", name)
		}
		for _, p := range permissions {
			request.Scopes = append(request.Scopes, s.Authority.DelegatedGraphScope(p))
		}
	}
	to, err := s.Entra.AuthorizeURL(request)
	if err != nil {
		return "", nil, err
	}
	secret, err := json.Marshal(h)
	return to, secret, err
}

// Finish redeems the code and returns who signed in.
func (s signIn) Finish(ctx context.Context, code string, secret []byte) (console.Person, error) {
	var h entra.Handshake
	if err := json.Unmarshal(secret, &h); err != nil {
		return console.Person{}, err
	}
	who, tokens, err := s.Entra.Redeem(ctx, h, code)
	if refused, ok := errors.AsType[*entra.Refusal](err); ok {
		return console.Person{}, fault.Wrap(fault.Forbidden, refused.Description, err)
	}
	if err != nil {
		return console.Person{}, unredeemed(err)
	}
	return s.person(who, tokens.Refresh), nil
}

// unredeemed is the fault of whoever came back with a code that is not one, is
// over, was redeemed before, or that Entra does not honor (RFC 6749 §5.2). The
// code is all that a browser brings into the request: one that Entra cannot even
// read is invalid_request (AADSTS50059). An answer that it gives to this
// deployment's credential stays what it is.
func unredeemed(err error) error {
	refused, ok := errors.AsType[*entra.TokenError](err)
	if !ok || !personal(refused) && refused.Name != "invalid_request" {
		return err
	}
	return fault.Wrap(fault.Forbidden, "Microsoft Entra ID does not accept this sign-in. Begin again.", err)
}

// personal reports a refusal of the person, not of this deployment or of now.
func personal(refused *entra.TokenError) bool {
	switch refused.Class {
	case entra.Reauth, entra.Interaction, entra.Consent, entra.Blocked:
		return true
	case entra.Misconfigured, entra.Throttled, entra.Transient:
	}
	return false
}

// Confirm redeems the refresh token of the person's session.
func (s signIn) Confirm(ctx context.Context, p console.Person) (console.Person, error) {
	before := entra.Person{TID: p.TID, OID: p.OID, IssuedAt: p.IssuedAt}
	who, tokens, err := s.Entra.Confirm(ctx, before, entra.NewRefreshToken(string(p.Delegation)))
	if err != nil {
		return console.Person{}, unconfirmed(err)
	}
	return s.person(who, tokens.Refresh), nil
}

// unconfirmed tells a person whom Entra does not let in from an Entra that could
// not be asked, or not with this deployment's credential.
func unconfirmed(err error) error {
	if refused, ok := errors.AsType[*entra.Refusal](err); ok {
		return fault.Wrap(fault.Unauthenticated, refused.Description, err)
	}
	if refused, ok := errors.AsType[*entra.TokenError](err); ok && personal(refused) {
		return fault.Wrap(fault.Unauthenticated, "Microsoft Entra ID does not let you in any more without another sign-in", err)
	}
	return err
}

// person is who an ID token describes. The app registration is one of many
// tenants', and each of them gives its app roles to whomever it likes: only the
// platform's own says who is an operator.
func (s signIn) person(who entra.Person, refresh entra.RefreshToken) console.Person {
	return console.Person{
		TID: who.TID, OID: who.OID, Name: strings.TrimSpace(who.Name), Username: who.Username, Guest: who.Guest,
		Groups: who.Groups.IDs, GroupsElsewhere: who.Groups.State == entra.GroupsElsewhere,
		WIDs: who.WIDs, RolesTold: who.WIDs != nil,
		Operator:   !s.Platform.IsZero() && who.TID == s.Platform && slices.Contains(who.AppRoles, operatorRole),
		Delegation: []byte(refresh.Reveal()), IssuedAt: who.IssuedAt,
	}
}
