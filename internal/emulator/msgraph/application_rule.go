package msgraph

import (
	"errors"
	"strings"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// wellFormed holds an app against the rules of a seed, by themselves: what it
// refers to elsewhere has been looked at.
func wellFormed(t *directory.Tenant, a *directory.App) *problem {
	alone := a.App
	alone.AppRoleAssignments, alone.Consents, alone.RequiredAccess, alone.KnownClients, alone.PreAuthorized = nil, nil, nil, nil, nil
	alone.Agent, alone.IdentifierURIs, alone.Federated = "", nil, nil
	if err := seed.Check([]seed.Tenant{{ID: t.ID, Name: t.Name, Domain: t.Domain, Apps: []seed.App{alone}}}); err != nil {
		return refusedValue(err)
	}
	return nil
}

// propertyOf is where Graph has what a seed has at a place of an app.
var propertyOf = map[string]string{
	"redirects": "web", "redirects.web": "web", "redirects.spa": "spa", "redirects.public": "publicClient",
	"requestedTokenVersion": "api", "scopes": "api", "appRoles": "appRoles", "certificates": "keyCredentials",
	"groupMembershipClaims": "groupMembershipClaims", "optionalClaims": "optionalClaims", "name": "displayName",
}

// refusedValue is what Graph says where a seed's rules complain.
func refusedValue(err error) *problem {
	var wrong *seed.Error
	if !errors.As(err, &wrong) || len(wrong.Complaints) == 0 {
		return badRequest("One or more property values specified are invalid.")
	}
	at, _ := strings.CutPrefix(wrong.Complaints[0].Path, "tenants[0].apps[0].")
	at, _, _ = strings.Cut(at, "[")
	property := propertyOf[at]
	if head, _, nested := strings.Cut(at, "."); property == "" && nested {
		property = propertyOf[head]
	}
	return invalidApplication(property)
}

// invalidApplication names the property that has an invalid value, in the
// sentence quoted for redirect URIs in microsoftgraph/msgraph-sdk-powershell issue
// 3149; the one without a name is from memory.
func invalidApplication(property string) *problem {
	if property == "" {
		return badRequest("One or more property values specified are invalid.")
	}
	return badRequest("Invalid value specified for property '" + property + "' of resource 'Application'.")
}
