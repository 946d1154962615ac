package store_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// bodied is an organization that keeps the bodies of calls.
type bodied struct {
	*keptLog
	log    *audit.Log
	keys   *seal.BodyKeys
	reader *search.Reader
	noted  []audit.Event
	broken error // of noting
	alice  authz.Caller
	dan    authz.Caller
	carol  authz.Caller // the owner
}

func newBodied(t *testing.T) *bodied {
	t.Helper()
	k := newKept(t)
	b := &bodied{
		keptLog: k, keys: seal.NewBodyKeys(k.api, time.Now), alice: k.who(tenants.NewGUID(), "Alice"), dan: k.who(tenants.NewGUID(), "Dan"),
	}
	owners, err := k.api.RoleGrants(t.Context(), k.org.ID)
	must(t, err)
	b.carol = k.who(owners[0].Grantee.ID, "Carol")
	b.log, err = audit.NewLog(k.d.OpenOutbox(t), audit.Defaults(func(audit.Observation) {}), k.scribe, slog.New(slog.DiscardHandler))
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.log.Run(ctx) }()
	t.Cleanup(func() { cancel(); must(t, <-done) })
	b.reader = search.NewReader(search.Parts{
		Store: k.api, Bodies: k.api, Now: time.Now, Version: "test", Waits: store.IsWaiting, Signer: func(context.Context, proof.Key) (proof.Signer, error) { return proof.Signer{}, nil },
		Key: func(ctx context.Context, _ tenants.ID) (*secrets.OrgKey, error) { return b.key(ctx) },
		Record: func(_ context.Context, _ authz.Caller, e audit.Event) error {
			if b.broken == nil {
				b.noted = append(b.noted, e)
			}
			return b.broken
		},
	})
	k.seal() // of the claim
	return b
}

func (b *bodied) key(ctx context.Context) (*secrets.OrgKey, error) {
	wrapped, err := b.api.WrappedKey(ctx, b.org.ID)
	if err != nil {
		return nil, err
	}
	return b.box.Open(ctx, b.org.ID, wrapped)
}

// called is a call at an instant whose bodies are kept, sealed.
func (b *bodied) called(at time.Time, by authz.Caller, arguments string) audit.ID {
	b.Helper()
	b.now = at
	entry, err := b.log.Begin(b.Context(), by, audit.Attempt{Kind: audit.ToolCall, Tool: "pay", Arguments: []byte(arguments)})
	must(b.T, err)
	key, err := b.key(b.Context())
	must(b.T, err)
	cipher, err := b.keys.Cipher(b.Context(), key, by.Identity())
	must(b.T, err)
	must(b.T, entry.Bodies(cipher, &audit.Text{Form: audit.Full, Bytes: int64(len(arguments)), Content: []byte(arguments)}))
	must(b.T, entry.Intend(b.Context(), audit.Write))
	must(b.T, entry.End(b.Context(), audit.Ending{Outcome: audit.OK, Result: []byte("{}"), Body: &audit.Text{Form: audit.Redacted, Bytes: 2, Content: []byte(`{"a":"number"}`)}}))
	b.seal()
	id, err := audit.ParseID(entry.ID())
	must(b.T, err)
	return id
}

func (b *bodied) read(by authz.Caller, id audit.ID) (search.Bodies, error) {
	return b.reader.ReadBodies(b.Context(), by, search.Reading{
		Who: tenants.Grantee{Kind: tenants.PersonGrantee, ID: by.Identity().OID}, Record: id, Reason: "to look into INC-4711",
	})
}

// stands is how the bodies of a call stand, for whoever may read them.
func (b *bodied) stands(id audit.ID) (all []search.Standing) {
	b.Helper()
	found, err := b.read(b.dan, id)
	must(b.T, err)
	for _, one := range found.Bodies {
		all = append(all, one.Standing)
	}
	return all
}

// opened lets somebody read.
func (b *bodied) opened(by authz.Caller, to tenants.GUID) (tenants.BodyGrant, error) {
	g := bodyGrant()
	g.Grantee.ID = to
	return b.api.GrantBodies(b.Context(), by, g)
}

func TestBodiesAreReadWithPermissionAndOnRecord(t *testing.T) {
	t.Parallel()
	b := newBodied(t)
	const secret = `{"iban":"DE02120300000000202051"}`
	id := b.called(time.Now(), b.alice, secret)
	for _, by := range []authz.Caller{b.carol, b.dan} { // an owner, and somebody
		if _, err := b.read(by, id); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("without permission: %v", err)
		}
	}
	if len(b.noted) != 2 || b.noted[1].Kind != audit.BodyRead || b.noted[1].Outcome != audit.Refused {
		t.Errorf("refusals are noted as %+v", b.noted)
	}
	_, err := b.opened(b.carol, b.dan.Identity().OID)
	must(t, err)
	if _, err := b.reader.ReadBodies(t.Context(), b.dan, search.Reading{Who: tenants.Grantee{Kind: tenants.PersonGrantee, ID: b.dan.Identity().OID}, Record: id, Reason: "why not"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a short reason: %v", err)
	}
	found, err := b.read(b.dan, id)
	must(t, err)
	if len(found.Bodies) != 2 || string(found.Bodies[0].Text.Content) != secret || found.Bodies[0].Standing != search.ProvenBody || found.Bodies[1].Standing != search.ProvenBody || string(found.Bodies[1].Text.Content) != `{"a":"number"}` {
		t.Errorf("found is %+v", found)
	}
	if last := b.noted[len(b.noted)-1]; last.Kind != audit.BodyRead || last.Outcome != audit.OK || last.Detail != "to look into INC-4711" || last.Target != "record "+id.String() {
		t.Errorf("noted is %+v", last)
	}
	if _, err := b.read(b.dan, audit.ID(tenants.NewGUID().Bytes())); fault.KindOf(err) != fault.NotFound {
		t.Errorf("of no record: %v", err)
	}
	b.broken = fault.New(fault.Unavailable, "the log does not answer")
	if found, err := b.read(b.dan, id); err == nil {
		t.Errorf("what is not on record is told: %+v", found)
	}
	for _, table := range []string{"audit_bodies", "audit_outbox", "audit_records"} {
		if b.number("SELECT count(*) FROM "+table+" x WHERE x::text LIKE '%DE0212%' OR position('DE0212'::bytea in "+map[string]string{"audit_bodies": "body", "audit_outbox": "payload", "audit_records": "own"}[table]+") > 0") != 0 {
			t.Errorf("%s has it in clear", table)
		}
	}
	other := organization("fabrikam")
	if all, err := b.api.CallBodies(t.Context(), other.ID, id); err != nil || len(all) != 0 {
		t.Errorf("another organization reads %v, %v", all, err)
	}
}

func TestABodyThatIsNotTheRecordsIsToldFromOneThatIs(t *testing.T) {
	t.Parallel()
	b := newBodied(t)
	_, err := b.opened(b.carol, b.dan.Identity().OID)
	must(t, err)
	altered := []search.Standing{search.AlteredBody, search.ProvenBody}
	flipped, moved, forged, edited := b.called(time.Now(), b.alice, `{"a":1}`), b.called(time.Now(), b.alice, `{"a":2}`), b.called(time.Now(), b.alice, `{"a":3}`), b.called(time.Now(), b.alice, `{"a":4}`)
	b.exec("UPDATE audit_bodies SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE call = $1 AND part = 'arguments'", flipped.String())
	b.exec("UPDATE audit_bodies SET body = (SELECT body FROM audit_bodies WHERE call = $2 AND part = 'arguments') WHERE call = $1 AND part = 'arguments'", moved.String(), forged.String())
	key, err := b.key(t.Context())
	must(t, err)
	cipher, err := b.keys.Cipher(t.Context(), key, b.alice.Identity())
	must(t, err)
	instead, err := cipher.Encrypt(forged, audit.ArgumentsPart, []byte("full 7\n{\"a\":9}")) // with the person's own key
	must(t, err)
	b.exec("UPDATE audit_bodies SET body = $2 WHERE call = $1 AND part = 'arguments'", forged.String(), instead)
	for name, id := range map[string]audit.ID{"flipped": flipped, "another's": moved, "forged": forged} {
		if got := b.stands(id); !slices.Equal(got, altered) {
			t.Errorf("%s: %v", name, got)
		}
	}
	b.exec("UPDATE audit_bodies SET part = 'x' WHERE false")
	b.exec("UPDATE audit_records SET personal = (SELECT personal FROM audit_records WHERE id = $2) WHERE id = $1", edited.String(), flipped.String())
	if found, err := b.read(b.dan, edited); err == nil && slices.ContainsFunc(found.Bodies, func(s search.BodyShown) bool { return s.Standing == search.ProvenBody }) {
		t.Errorf("an edited record proves %+v", found)
	}
	b.exec("DELETE FROM audit_bodies WHERE call = $1", flipped.String())
	if got := b.stands(flipped); !slices.Equal(got, []search.Standing{search.GoneBody, search.GoneBody}) {
		t.Errorf("what is gone stands %v", got)
	}
}

func TestBodiesGoWithTheirPersonAndTheirTime(t *testing.T) {
	t.Parallel()
	b := newBodied(t)
	_, err := b.opened(b.carol, b.dan.Identity().OID)
	must(t, err)
	old := b.called(time.Now().AddDate(0, 0, -31), b.alice, `{"a":1}`)
	young := b.called(time.Now().AddDate(0, 0, -29), b.dan, `{"a":1}`)
	hold := tenants.Hold{ID: tenants.NewGUID(), Reason: "a lawsuit"}
	must(t, b.api.SetHold(t.Context(), b.carol, hold))
	_, err = b.keeper.RemoveBodies(t.Context(), b.org.ID)
	must(t, err)
	if got := b.stands(old); !slices.Equal(got, []search.Standing{search.ProvenBody, search.ProvenBody}) {
		t.Errorf("under a hold it stands %v", got)
	}
	must(t, b.api.LiftHold(t.Context(), b.carol, hold.ID, "settled"))
	_, err = b.keeper.RemoveBodies(t.Context(), b.org.ID)
	must(t, err)
	if got, kept := b.stands(old), b.stands(young); !slices.Equal(got, []search.Standing{search.GoneBody, search.GoneBody}) || kept[0] != search.ProvenBody {
		t.Errorf("after their time they stand %v and %v", got, kept)
	}
	recent := b.called(time.Now(), b.alice, `{"a":2}`)
	must(t, b.worker.DestroyKeys(t.Context(), authz.SystemCaller(b.org.ID, "audit log"), []int32{int32(b.number("SELECT person FROM audit_bodies WHERE call = $1 LIMIT 1", recent.String()))}))
	if n := b.number("SELECT count(*) FROM audit_bodies WHERE call = $1", recent.String()); n != 0 {
		t.Errorf("of somebody erased there are %d bodies", n)
	}
	if _, err := b.api.RemoveBodies(t.Context(), b.carol, 10, 0); err == nil && b.number("SELECT count(*) FROM audit_bodies WHERE at < now() - interval '30 days'") > 0 {
		t.Error("the role of the api may remove bodies")
	}
}

// TestPeopleAreMetOnce: whether first by who seals or by who encrypts a body, and not
// forgotten while their key is in use.
func TestPeopleAreMetOnce(t *testing.T) {
	t.Parallel()
	b := newBodied(t)
	first := b.called(time.Now(), b.alice, `{}`)
	again := seal.NewBodyKeys(b.api, time.Now)
	key, err := b.key(t.Context())
	must(t, err)
	cipher, err := again.Cipher(t.Context(), key, b.alice.Identity())
	must(t, err)
	oid := b.alice.Identity().OID.String()
	if n := b.number("SELECT count(*) FROM audit_people WHERE oid = $1", oid); n != 1 || int(cipher.Person()) != b.number("SELECT person FROM audit_records WHERE id = $1", first.String()) {
		t.Errorf("there are %d of Alice, and %d encrypts", n, cipher.Person())
	}
	met, err := again.Cipher(t.Context(), key, b.who(tenants.NewGUID(), "Erin").Identity()) // of whom there is no record yet
	must(t, err)
	b.happened(time.Now().AddDate(-3, 0, 0), b.dan, audit.Event{Kind: audit.ConfigChange, Target: "x"})
	b.exec("UPDATE audit_records SET sealed_at = now() - interval '3 years'")
	_, err = b.keeper.RemovePast(t.Context(), b.org.ID)
	must(t, err)
	if n := b.number("SELECT count(*) FROM audit_people WHERE person = $1", met.Person()); n != 1 {
		t.Error("somebody was forgotten whose key is in use")
	}
}

func TestWhoMayReadBodiesIsDecidedByOthers(t *testing.T) {
	t.Parallel()
	b := newBodied(t)
	may := func(who tenants.Grantee) bool {
		t.Helper()
		got, err := b.api.MayReadBodies(t.Context(), b.org.ID, who)
		must(t, err)
		return got
	}
	carol, now := b.carol.Identity().OID, time.Now()
	for name, spoil := range map[string]func(*tenants.BodyGrant){
		"a group":                    func(g *tenants.BodyGrant) { g.Grantee.Kind = tenants.GroupGrantee },
		"nobody":                     func(g *tenants.BodyGrant) { g.Grantee.ID = tenants.GUID{} },
		"31 days":                    func(g *tenants.BodyGrant) { g.EndsAt = now.AddDate(0, 0, 31) },
		"over":                       func(g *tenants.BodyGrant) { g.EndsAt = now.Add(-time.Hour) },
		"no reason":                  func(g *tenants.BodyGrant) { g.Reason = "" },
		"a second line":              func(g *tenants.BodyGrant) { g.Reason = "to look into\nINC-4711" },
		"an automation, for an hour": func(g *tenants.BodyGrant) { g.Grantee.Kind = tenants.AppGrantee },
	} {
		g := bodyGrant()
		spoil(&g)
		if _, err := b.api.GrantBodies(t.Context(), b.carol, g); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	own := bodyGrant()
	own.Grantee.ID, own.EndsAt = carol, now.AddDate(0, 0, 2)
	made, err := b.api.GrantBodies(t.Context(), b.carol, own) // there is no other owner
	must(t, err)
	if may(own.Grantee) || made.BeginsAt.Sub(made.GrantedAt) != tenants.BodyGrantWait {
		t.Errorf("the only owner's own begins at %s", made.BeginsAt)
	}
	notices, err := b.api.Notices(t.Context(), b.org.ID)
	must(t, err)
	observed, err := b.api.Observe(t.Context(), b.org.ID, now)
	must(t, err)
	if len(notices) != 1 || notices[0].Kind != tenants.BodiesOpened || len(observed.BodyGrants) != 1 {
		t.Errorf("told are %+v and %+v", notices, observed.BodyGrants)
	}
	must(t, b.api.EditRoleGrants(t.Context(), b.carol, "another owner", func(all []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
		return append(all, tenants.RoleGrant{Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}, Name: "Olga"}), nil
	}))
	own.ID = tenants.NewGUID()
	if _, err := b.api.GrantBodies(t.Context(), b.carol, own); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("to themselves beside another owner: %v", err)
	}
	g := bodyGrant()
	_, err = b.api.GrantBodies(t.Context(), b.carol, g)
	must(t, err)
	if !may(g.Grantee) || may(tenants.Grantee{Kind: tenants.AppGrantee, ID: g.Grantee.ID}) {
		t.Error("it is not whom it was granted to who may")
	}
	must(t, b.api.WithdrawBodies(t.Context(), b.carol, g.ID))
	if may(g.Grantee) {
		t.Error("who may not any more, may")
	}
	b.exec("UPDATE body_grants SET granted_at = now() - interval '3 days', begins_at = now() - interval '2 days', ends_at = now() - interval '1 day', withdrawn_at = NULL")
	if may(g.Grantee) || may(own.Grantee) {
		t.Error("what has ended is in force")
	}
	if n := b.number("SELECT count(*) FROM audit_outbox WHERE position('permission to read bodies'::bytea in payload) > 0 AND position('to look into INC-4711'::bytea in payload) > 0"); n != 3 {
		t.Errorf("the log has %d changes", n)
	}
}
