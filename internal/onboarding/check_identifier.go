package onboarding

import (
	"fmt"
	"slices"
	"strings"
)

// identifierChecks look at the URIs by which clients name the app.
func identifierChecks() []check {
	return []check{
		{
			id: "identifier_uri.resource", title: "The app does not answer to the connection's resource", asks: "Whether the app answers to the connection's resource",
			look:      at(func(x *exam) []Finding { return x.unnamed(x.app.IdentifierURIs, x.connection().Resource) }, fromApp),
			otherwise: refusedWith(func(x *exam) Finding { return x.unnamed(nil, x.connection().Resource)[0] }, 500011),
		},
		{
			id: "identifier_uri.endpoint", title: "The app does not answer to the endpoint's address", asks: "Whether the app answers to the endpoint's address",
			concerns: func(x *exam) bool {
				return x.Endpoint != "" && x.Endpoint != x.connection().Resource && x.admitsEntraTokens()
			},
			look: at(func(x *exam) []Finding { return x.unnamed(x.app.IdentifierURIs, x.Endpoint) }, fromApp),
			otherwise: at(func(x *exam) []Finding {
				return x.unnamed(x.principal.Names, x.Endpoint)
			}, fromPrincipal),
		},
	}
}

// unnamed finds that a URI is not among the app's. The command adds every one
// that is missing, after version 2 tokens: before, Microsoft Entra ID refuses an
// https URI of a domain that the tenant has not verified.
func (x *exam) unnamed(have []string, uri string) []Finding {
	if slices.Contains(have, uri) {
		return nil
	}
	f := x.registered(Finding{
		Severity: Error,
		Detail:   fmt.Sprintf("Application ID URI is %q and lacks %s. Clients name what they want a token for by it (AADSTS500011, AADSTS9010010).", x.app.IdentifierURIs, uri),
	}, exposeBlade, "Application ID URI")
	if x.app.API.TokenVersion != 2 && strings.HasPrefix(uri, "https:") {
		f.Fix = append(f.Fix, x.az("PATCH", x.appPath(), map[string]any{"api": map[string]any{"requestedAccessTokenVersion": 2}}))
	}
	f.Fix = append(f.Fix, x.az("PATCH", x.appPath(), map[string]any{"identifierUris": x.wantedURIs()}))
	return one(f)
}

// wantedURIs are the app's URIs and what is missing among them.
func (x *exam) wantedURIs() []string {
	return with(x.app.IdentifierURIs, x.connection().Resource, x.Endpoint)
}

// with is a list and what it lacks, in that order.
func with(have []string, wanted ...string) []string {
	out := slices.Clone(have)
	for _, w := range wanted {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
