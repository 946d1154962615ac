package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func anAuthorization(person tenants.GUID) authorizations.Authorization {
	return authorizations.Authorization{
		ID: tenants.NewGUID(), Person: authorizations.Person{OID: person, Name: "Alice", Username: "alice@contoso.example"}, Source: notes, Credential: notesSecret,
		Issuer: "https://login.notes.example", Scopes: []string{"notes.read"}, Kept: []byte("sealed"),
	}
}

// authorized is an organization of which people have signed in at its source.
func authorized(t *testing.T, people ...tenants.GUID) (storetest.Database, *store.DB, tenants.Organization, []authorizations.Authorization) {
	t.Helper()
	d := storetest.New(t)
	db, o := d.Open(t), organization("contoso")
	create(t, db, o)
	must(t, configure(t.Context(), db, o, configuration()))
	var all []authorizations.Authorization
	for _, p := range people {
		a := anAuthorization(p)
		must(t, db.AuthorizeSource(t.Context(), caller(o), a))
		all = append(all, a)
	}
	return d, db, o, all
}

func authorizedThere(t *testing.T, db *store.DB, o tenants.Organization, f authorizations.Filter) (ids []tenants.GUID) {
	t.Helper()
	f.Most = 100
	list, err := db.SourceAuthorizations(t.Context(), o.ID, f)
	must(t, err)
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestAuthorizationIsOfOnePersonAndCredential(t *testing.T) {
	t.Parallel()
	alice, bob := tenants.NewGUID(), tenants.NewGUID()
	_, db, o, all := authorized(t, alice, bob)
	got, err := db.SourceAuthorization(t.Context(), o.ID, authorizations.Key{Person: alice, Credential: notesSecret})
	if err != nil || got.ID != all[0].ID || string(got.Kept) != "sealed" || got.Generation != 1 || got.Source != notes || got.MadeAt.IsZero() || len(got.Scopes) != 1 || got.Person != all[0].Person {
		t.Errorf("%+v %v", got, err)
	}
	again := anAuthorization(alice)
	must(t, db.AuthorizeSource(t.Context(), caller(o), again))
	if ids := authorizedThere(t, db, o, authorizations.Filter{Person: alice}); len(ids) != 1 || ids[0] != again.ID {
		t.Errorf("after signing in again there are %v", ids)
	}
	if ids := authorizedThere(t, db, o, authorizations.Filter{Source: tenants.NewGUID()}); len(ids) != 0 {
		t.Errorf("at another source there are %v", ids)
	}
	if ids := authorizedThere(t, db, o, authorizations.Filter{After: again.ID}); len(ids) != 1 || ids[0] != all[1].ID {
		t.Errorf("after the last made come %v", ids)
	}
	stale := anAuthorization(bob)
	stale.Credential = tenants.NewGUID()
	refused(t, db.AuthorizeSource(t.Context(), caller(o), stale), fault.NotFound, "has been removed or changed")
}

func TestAuthorizationIsRenewedByOneAtATime(t *testing.T) {
	t.Parallel()
	_, db, o, all := authorized(t, tenants.NewGUID())
	a, now := all[0], time.Now()
	claim := authorizations.Claim{ID: a.ID, Generation: 1, Now: now, Until: now.Add(time.Minute)}
	must(t, db.ClaimRenewal(t.Context(), caller(o), claim))
	refused(t, db.ClaimRenewal(t.Context(), caller(o), claim), fault.Conflict, "is being renewed")
	late := claim
	late.Now, late.Until = now.Add(time.Minute), now.Add(2*time.Minute)
	must(t, db.ClaimRenewal(t.Context(), caller(o), late)) // whoever had it is gone
	a.Generation, a.Kept, a.Scopes = 1, []byte("renewed"), []string{"a", "b"}
	must(t, db.RenewSourceAuthorization(t.Context(), caller(o), a))
	refused(t, db.RenewSourceAuthorization(t.Context(), caller(o), a), fault.Conflict, "has been")
	refused(t, db.ClaimRenewal(t.Context(), caller(o), late), fault.Conflict, "has been")
	got, err := db.SourceAuthorization(t.Context(), o.ID, authorizations.Key{Person: a.Person.OID, Credential: notesSecret})
	if err != nil || got.Generation != 2 || string(got.Kept) != "renewed" || len(got.Scopes) != 2 {
		t.Errorf("%+v %v", got, err)
	}
	claim.Generation = 2
	must(t, db.ClaimRenewal(t.Context(), caller(o), claim)) // the claim was given back
}

func TestWhatDropsACredentialDropsAuthorizations(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *access.Configuration){
		"removed source": func(c *access.Configuration) { must(t, c.RemoveSource(notes)) },
		"another credential": func(c *access.Configuration) {
			c.Sources[0].Credential.ID = tenants.NewGUID()
			c.Secrets = map[tenants.GUID][]byte{c.Sources[0].Credential.ID: []byte("another")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, db, o, _ := authorized(t, tenants.NewGUID())
			must(t, db.KeepSourceClient(t.Context(), caller(o), notesSecret, []byte("registered")))
			_, err := db.EditAccess(t.Context(), caller(o), "changed", func(c *access.Configuration) error { change(c); return nil })
			must(t, err)
			if count(t, d, "source_authorizations") != "0" || count(t, d, "source_clients") != "0" {
				t.Error("something is left")
			}
		})
	}
}

func TestRevokingEndsAuthorizations(t *testing.T) {
	t.Parallel()
	alice, bob := tenants.NewGUID(), tenants.NewGUID()
	_, db, o, all := authorized(t, alice, bob)
	_, err := db.RevokeSourceAuthorization(t.Context(), caller(o), authorizations.Revoking{ID: all[0].ID, Person: bob})
	refused(t, err, fault.NotFound, "no such authorization")
	before, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	was, err := db.RevokeSourceAuthorization(t.Context(), caller(o), authorizations.Revoking{ID: all[0].ID, Person: alice, Why: "by the person"})
	if err != nil || was.ID != all[0].ID || string(was.Kept) != "sealed" {
		t.Errorf("%+v %v", was, err)
	}
	after, err := db.LoadSnapshot(t.Context(), o.ID)
	must(t, err)
	if after.Version != before.Version+1 || after.Decisions != before.Decisions {
		t.Errorf("version %d after %d, decisions %d after %d", after.Version, before.Version, after.Decisions, before.Decisions)
	}
	if r := last(t, db, o); r.Kind != audit.Revocation || r.Target != "revoked source authorization" {
		t.Errorf("the record is %+v", r)
	}
	revoke := func(kind authz.RevocationKind, subject string) {
		must(t, db.Revoke(t.Context(), caller(o), authz.Revocation{ID: tenants.NewGUID(), Kind: kind, Subject: subject, NotBefore: time.Now().Add(time.Second), ExpiresAt: time.Now().Add(time.Hour)}))
	}
	revoke(authz.RevokePerson, alice.String())
	revoke(authz.RevokeClient, "client-1")
	if ids := authorizedThere(t, db, o, authorizations.Filter{}); len(ids) != 1 {
		t.Errorf("left are %v", ids)
	}
	revoke(authz.RevokePerson, bob.String())
	if ids := authorizedThere(t, db, o, authorizations.Filter{}); len(ids) != 0 {
		t.Errorf("left are %v", ids)
	}
	must(t, db.AuthorizeSource(t.Context(), caller(o), anAuthorization(bob)))
	revoke(authz.RevokeOrganization, "")
	if ids := authorizedThere(t, db, o, authorizations.Filter{}); len(ids) != 0 {
		t.Errorf("left are %v", ids)
	}
}
