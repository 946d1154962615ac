package app

import (
	"context"
	"net/http"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// ProofsForTest makes credentials as a process of that platform does.
func ProofsForTest(p Platform, now func() time.Time) snapshot.Credentials {
	return proofs{p, entra.AuthorityOf, now}.of
}

// Refresh is how a delegation asks Entra.
type Refresh func(ctx context.Context, tid tenants.TID, token entra.RefreshToken, scopes []string) (entra.Tokens, error)

// GraphTokenForTest gets Graph tokens as people, as a process does.
func GraphTokenForTest(refresh Refresh, now func() time.Time) func(ctx context.Context, p console.Person, scopes ...string) (string, error) {
	return newGrants(refresh, entra.AuthorityOf(tenants.PublicCloud), now).graphToken
}

// TokensForTest verifies tokens of automation, as a process does.
func TokensForTest(
	find func(context.Context, tenants.TID) (tenants.ID, error), views func(context.Context, tenants.ID) (*snapshot.Snapshot, error), v *entra.Verifier,
) console.Tokens {
	return tokens{find, views, v.Verify}
}

// PersonForTest is who an ID token describes, on the platform of that tenant.
func PersonForTest(platform tenants.TID, who entra.Person) console.Person {
	return signIn{platform: platform}.person(who, entra.RefreshToken{})
}

// DocumentsForTest makes what the console reads and writes documents with.
func DocumentsForTest(s wholeStore, catalog []tools.Selection, now func() time.Time) console.Documents {
	return newDocuments(s, catalog, now)
}

// DirectoryForTest makes what the console asks about groups.
func DirectoryForTest(g directoryGraph, d delegation, now func() time.Time) console.Directory {
	return newDirectory(g, d, now)
}

// DecisionPartsForTest is what DecisionsForTest takes.
type DecisionPartsForTest = decisionParts

// DecisionsForTest makes what the console explains decisions with.
func DecisionsForTest(p DecisionPartsForTest) console.Decisions { return newDecisions(p) }

// SchemaForTest serves the schema of org.yaml.
func SchemaForTest() (http.Handler, error) { return newSchema() }

// DelegationForTest makes a delegation of a function.
type DelegationForTest func(ctx context.Context, p console.Person, scopes ...string) (string, error)

func (d DelegationForTest) graphToken(ctx context.Context, p console.Person, scopes ...string) (string, error) {
	return d(ctx, p, scopes...)
}
