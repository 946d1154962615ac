package onboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
)

// Verify proves a connection by getting a token in the organization's tenant with
// its credential, which nobody can forge, and by reading what has been granted if
// there is a Graph to ask. Each way in which it fails has its own text. It
// believes nothing that a browser brought.
func Verify(ctx context.Context, s Subject) error {
	if s.Prover == nil {
		return fault.New(fault.Invalid, "credential is missing: there is nothing to get a token with; give the connection a credential")
	}
	token, err := s.Prover.Token(ctx, s.Authority.DelegatedGraphScope(".default"))
	if err != nil {
		return s.unproven(err)
	}
	claims, err := readAppClaims(token)
	if err != nil {
		return err
	}
	if claims.Tenant != s.Organization.TID.String() {
		return fault.New(fault.Forbidden, "the token that proves the connection is of another directory than the one you signed in to; nothing was connected")
	}
	if client := s.connection().ClientID.String(); claims.AppID != client && claims.Azp != client {
		return fault.New(fault.Forbidden, "the token that proves the connection was issued to another app; check the client id")
	}
	if s.Graph == nil {
		return nil
	}
	return s.consented(ctx)
}

// unknownApp is AADSTS700016: the tenant has no app registration or no service
// principal of the client id.
const unknownApp = 700016

type appClaims struct {
	tokenClaims
	AppID string `json:"appid"` // v1, which Microsoft Graph's tokens are
	Azp   string `json:"azp"`
}

func readAppClaims(token string) (appClaims, error) {
	var c appClaims
	err := readInto(token, &c)
	return c, err
}

// unproven explains why Entra gave no token.
func (s Subject) unproven(err error) error {
	refusal, ok := errors.AsType[*entra.TokenError](err)
	if !ok {
		return fmt.Errorf("get token to prove the connection: %w", err)
	}
	var text string
	switch refusal.Code {
	case unknownApp:
		text = fmt.Sprintf("Microsoft Entra ID knows no app %s in your directory (AADSTS700016); %s", s.connection().ClientID, s.howToAdd())
	case 7000112:
		text = "the app is disabled in your directory (AADSTS7000112); enable it under Enterprise applications > Properties"
	case 7000215:
		text = "client secret: Microsoft Entra ID does not know it (AADSTS7000215); enter its Value, not its Secret ID"
	case secretExpired:
		text = "client secret: it has expired (AADSTS7000222); make a new one under Certificates & secrets"
	case 700027:
		text = "certificate: Microsoft Entra ID does not know it (AADSTS700027); upload it under Certificates & secrets"
	case 70021, 70025, 700211, 700212, 700213:
		text = fmt.Sprintf("federated credential: none of the app's fits (AADSTS%d); enter exactly issuer %s, subject %s, audience %s under Certificates & secrets > Federated credentials",
			refusal.Code, s.FederationIssuer, s.connection().FederatedSubject(s.Organization.ID), s.connection().Cloud.TokenExchangeAudience()) +
			", or make the registration again (createRegistration), which enters them. Another client id or app model gives a connection another subject"
	case 90002, 900023:
		text = fmt.Sprintf("Microsoft Entra ID of the %s cloud does not know your directory (AADSTS%d); correct the cloud", s.connection().Cloud, refusal.Code)
	default:
		return fmt.Errorf("get token to prove the connection: %w", err)
	}
	return fault.Wrap(fault.Forbidden, text, err)
}

// howToAdd says what brings an app into the tenant that is not there.
func (s Subject) howToAdd() string {
	if s.own() {
		return "it was deleted, or the client id is wrong: correct the client id of the connection, or make the registration (createRegistration) and connect that"
	}
	return "give consent first. It can take a minute after consent"
}

// consented reads what the tenant granted.
func (s Subject) consented(ctx context.Context) error {
	principal, err := s.Graph.ServicePrincipal(ctx, s.Admin, s.connection().ClientID)
	if err != nil {
		return fmt.Errorf("find the app in the tenant: %w", err)
	}
	grants, err := s.Graph.PermissionGrants(ctx, s.Admin, principal.Object)
	if err != nil {
		return fmt.Errorf("read what was granted: %w", err)
	}
	resource, err := s.Graph.ServicePrincipal(ctx, s.Admin, graph.MicrosoftGraph)
	if err != nil {
		return fmt.Errorf("find Microsoft Graph in the tenant: %w", err)
	}
	var have []string
	for _, g := range grants {
		if g.Resource == resource.Object && g.ConsentType == graph.ForEverybody {
			have = append(have, strings.Fields(g.Scope)...)
		}
	}
	lacking := slices.DeleteFunc(BasePermissions(), func(p string) bool { return slices.Contains(have, p) })
	if len(lacking) > 0 {
		return fault.Newf(fault.Forbidden, "consent is not complete: %s of Microsoft Graph was not granted for everybody; consent again", strings.Join(lacking, ", "))
	}
	return nil
}
