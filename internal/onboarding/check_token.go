package onboarding

import (
	"fmt"
	"slices"

	"gatehouse/internal/tenants"
)

// tokenChecks look at the format of access tokens and whom they are for.
func tokenChecks() []check {
	return []check{
		{
			id: "token.version", title: "The app issues version 1 tokens", asks: "Whether the app issues version 2 tokens", concerns: func(x *exam) bool { return x.connection().Versions == tenants.V2Only },
			look: at(func(x *exam) []Finding {
				if x.app.API.TokenVersion == 2 {
					return nil
				}
				return one(x.oldTokens("api.requestedAccessTokenVersion of the application is " + versionWord(x.app.API.TokenVersion)))
			}, fromApp),
			otherwise: at(func(x *exam) []Finding {
				if x.claims.Version == "2.0" {
					return nil
				}
				return one(x.oldTokens(fmt.Sprintf("A token for %s has ver %q", x.connection().Resource, x.claims.Version)))
			}, fromToken),
		},
		{
			id: "token.stale_version", title: "Tokens are not of the version that is set", asks: "Whether tokens are of the version that is set", concerns: func(x *exam) bool { return x.connection().Versions == tenants.V2Only },
			look: at(func(x *exam) []Finding {
				if x.claims.Version == "2.0" || x.app.API.TokenVersion != 2 {
					return nil
				}
				f := x.oldTokens(fmt.Sprintf("api.requestedAccessTokenVersion of the application is 2, but a token for %s has ver %q: the change has not reached every server yet, "+
					"or that URI belongs to another app. Wait some minutes and run the doctor again; the command sets it once more", x.connection().Resource, x.claims.Version))
				return one(f)
			}, fromApp, fromToken),
		},
		{id: "token.audience", title: "Tokens are for somebody else", asks: "Whether tokens are for this app", look: at((*exam).audience, fromToken)},
	}
}

func versionWord(v int) string {
	if v == 0 {
		return "null, which means 1"
	}
	return fmt.Sprint(v)
}

func (x *exam) oldTokens(what string) Finding {
	f := x.registered(Finding{
		Severity: Error,
		Detail:   what + ". Gatehouse accepts version 2 tokens only, unless the connection admits both; the service principal has no such setting, only the application has.",
	}, manifestBlade, "api.requestedAccessTokenVersion (accessTokenAcceptedVersion in the old format)")
	f.Fix = []string{x.az("PATCH", x.appPath(), map[string]any{"api": map[string]any{"requestedAccessTokenVersion": 2}})}
	return f
}

// audience compares the audience of a token that names the resource as clients
// name it. What only the version explains is token.version's to tell.
func (x *exam) audience() []Finding {
	c, want := x.connection(), []string{x.connection().ClientID.String()}
	if x.claims.Version == "1.0" {
		if c.Versions == tenants.V2Only {
			return nil
		}
		want = c.V1Audiences
	}
	if slices.Contains(want, x.claims.Audience) {
		return nil
	}
	f := x.registered(Finding{
		Severity: Error,
		Detail:   fmt.Sprintf("A token for %s has the audience %q; Gatehouse accepts %q.", c.Resource, x.claims.Audience, want),
	}, exposeBlade, "Application ID URI")
	if x.claims.Version == "1.0" {
		f.Detail += " Version 2 tokens always have the client id as their audience."
		f.Fix = []string{x.az("PATCH", x.appPath(), map[string]any{"api": map[string]any{"requestedAccessTokenVersion": 2}})}
		return one(f)
	}
	f.Detail += " The URI belongs to another app: the connection's client id or its resource is not the right one. Correct it in Gatehouse."
	return one(f)
}
