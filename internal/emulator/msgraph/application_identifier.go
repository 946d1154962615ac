package msgraph

import (
	"errors"
	"net/http"
	"slices"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// identifiers takes over application ID URIs. Those an app has already are not
// looked at again.
func (b applicationBody) identifiers(t *directory.Tenant, next, before *directory.App) *problem {
	if !b.IdentifierURIs.sent {
		return nil
	}
	next.IdentifierURIs = b.IdentifierURIs.value
	for i, uri := range next.IdentifierURIs {
		if slices.Contains(next.IdentifierURIs[:i], uri) {
			return badRequest("Property identifierUris has a value twice: '" + reply.Clip(uri) + "'.")
		}
		if slices.Contains(before.IdentifierURIs, uri) {
			continue
		}
		if bad := checkIdentifier(t, next, uri); bad != nil {
			return bad
		}
	}
	return nil
}

// checkIdentifier refuses an application ID URI the app may not have: one another
// app of the tenant has, or one against the rules for all.
func checkIdentifier(t *directory.Tenant, a *directory.App, uri string) *problem {
	if owner, taken := t.Named(uri); taken && owner.ID != a.ID {
		return badRequest("Another object with the same value for property identifierUris already exists.")
	}
	tenant := seed.Tenant{ID: t.ID, Domain: t.Domain, Domains: t.Domains, Settings: t.Settings}
	var no *seed.IdentifierURIError
	if errors.As(seed.CheckIdentifierURI(tenant, a.App, uri), &no) {
		if no.Code == seed.CodeBadRequest {
			return invalidApplication("identifierUris")
		}
		return &problem{http.StatusBadRequest, no.Code, reply.Clip(no.Text)}
	}
	return nil
}
