package authz_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
)

func TestRevocationCutsOffWhatWasIssuedBefore(t *testing.T) {
	t.Parallel()
	cut := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	id := identityOf("alice", authztest.Caller{Kind: "user", Client: "vscode"})
	id.Session, id.Connection = "sid-1", authztest.ID("connection", "editor")
	for _, r := range []authz.Revocation{
		{Kind: authz.RevokePerson, Subject: id.OID.String()},
		{Kind: authz.RevokeClient, Subject: id.Client},
		{Kind: authz.RevokeSession, Subject: "sid-1"},
		{Kind: authz.RevokeConnection, Subject: id.Connection.String()},
		{Kind: authz.RevokeConnections},
		{Kind: authz.RevokeOrganization},
	} {
		r.NotBefore, r.ExpiresAt = cut, cut.Add(time.Hour)
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		index := authz.IndexRevocations([]authz.Revocation{r})
		id.IssuedAt = cut.Add(-time.Second)
		if !index.Covers(id) {
			t.Errorf("%s: a token issued before is not covered", r.Kind)
		}
		id.IssuedAt = cut
		if index.Covers(id) {
			t.Errorf("%s: a token issued at the instant is covered", r.Kind)
		}
	}
}

// TestCutOffCoversWhateverIsOurs: an agent has no connection, and what it was issued
// is ours all the same.
func TestCutOffCoversWhateverIsOurs(t *testing.T) {
	t.Parallel()
	cut := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	index := authz.IndexRevocations([]authz.Revocation{{Kind: authz.RevokeConnections, NotBefore: cut, ExpiresAt: cut.Add(time.Hour)}})
	agent := authz.Identity{OID: authztest.ID("agent", "nightly"), Kind: authz.App, Client: "ghc_ABCDEFGHIJKLMNOPQRSTUVWXYZ", IssuedAt: cut.Add(-time.Second)}
	entras := agent
	entras.Client = authztest.ID("client", "nightly").String()
	person := identityOf("alice", authztest.Caller{Kind: "user", Client: "vscode"})
	person.IssuedAt = agent.IssuedAt
	if !index.Covers(agent) {
		t.Error("the token of an agent, issued before, is not covered")
	}
	if index.Covers(entras) || index.Covers(person) {
		t.Error("tokens of Entra are covered")
	}
	if agent.IssuedAt = cut; index.Covers(agent) {
		t.Error("a token issued at the instant is covered")
	}
}

func TestLatestOfSeveralRevocationsCounts(t *testing.T) {
	t.Parallel()
	early := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	list := []authz.Revocation{
		{Kind: authz.RevokeOrganization, NotBefore: early.Add(time.Hour)},
		{Kind: authz.RevokeOrganization, NotBefore: early},
	}
	id := identityOf("alice", authztest.Caller{Kind: "user", Client: "vscode"})
	id.IssuedAt = early.Add(time.Minute)
	if !authz.IndexRevocations(list).Covers(id) {
		t.Error("the earlier revocation hides the later one")
	}
}

func TestOtherPeopleAreNotRevoked(t *testing.T) {
	t.Parallel()
	id := identityOf("bob", authztest.Caller{Kind: "user", Client: "vscode"})
	other := authz.Revocation{Kind: authz.RevokePerson, Subject: authztest.ID("person", "alice").String(), NotBefore: time.Now().Add(time.Hour)}
	if authz.IndexRevocations([]authz.Revocation{other}).Covers(id) {
		t.Error("revoked with somebody else")
	}
}

// TestTokensOfEntraAreOfNoConnection: those stay when all connections are cut off.
func TestTokensOfEntraAreOfNoConnection(t *testing.T) {
	t.Parallel()
	id := identityOf("bob", authztest.Caller{Kind: "user", Client: "vscode"})
	all := authz.Revocation{Kind: authz.RevokeConnections, NotBefore: time.Now().Add(time.Hour)}
	if authz.IndexRevocations([]authz.Revocation{all}).Covers(id) {
		t.Error("a token of Entra is cut off with ours")
	}
}

func TestRevocationsAreChecked(t *testing.T) {
	t.Parallel()
	for _, r := range []authz.Revocation{
		{Kind: authz.RevokePerson, Subject: "alice"},
		{Kind: authz.RevokeClient},
		{Kind: authz.RevokeSession},
		{Kind: authz.RevokeOrganization, Subject: "contoso"},
		{Kind: authz.RevokeConnections, Subject: "contoso"},
		{Kind: "planet"},
		{Kind: authz.RevokeOrganization, NotBefore: time.Now(), ExpiresAt: time.Now().Add(-time.Hour)},
	} {
		if r.Validate() == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}
