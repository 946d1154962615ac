package store_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/fault"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// last is the newest record of an organization.
func last(t *testing.T, db *store.DB, o tenants.Organization) audit.Record {
	t.Helper()
	all := stored(t, db, o)
	record, err := audit.Decode(all[len(all)-1].Payload)
	must(t, err)
	return record
}

func edit(ctx context.Context, db *store.DB, o tenants.Organization, fn func(*tenants.Organization)) error {
	_, err := db.EditOrganization(ctx, caller(o), "edited", func(o *tenants.Organization) error {
		fn(o)
		return nil
	})
	return err
}

// refused fails unless err is of a kind and says a sentence.
func refused(t *testing.T, err error, kind fault.Kind, sentence string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(err.Error(), sentence) {
		t.Errorf("%v, want %s saying %q", err, kind, sentence)
	}
}

func claimed() tenants.Organization {
	o := organization("northwind")
	o.State, o.Connection = tenants.Pending, tenants.Connection{}
	return o
}

func TestClaimedOrganizationIsConnectedLater(t *testing.T) {
	t.Parallel()
	db, o, whole := storetest.New(t).Open(t), claimed(), organization("northwind").Connection
	must(t, db.ClaimOrganization(t.Context(), caller(o), tenants.NewOrganization{Organization: o, WrappedKey: []byte("wrapped"), Owner: owner()}))
	got, err := db.Organization(t.Context(), o.ID)
	must(t, err)
	if got.Connection.ClientID != o.Connection.ClientID || !got.Connection.ID.IsZero() || got.State != tenants.Pending {
		t.Errorf("%+v", got)
	}
	refused(t, edit(t.Context(), db, o, func(o *tenants.Organization) { o.State = tenants.Active }), fault.Invalid, "client id of the API's app registration is missing")
	_, err = db.PutConnection(t.Context(), caller(o), whole, []byte("secret"))
	must(t, err)
	must(t, setState(t.Context(), db, o, tenants.Active))
	got, err = db.Organization(t.Context(), o.ID)
	must(t, err)
	if got.State != tenants.Active || got.Connection.ClientID != whole.ClientID || got.Connection.Credential != whole.Credential {
		t.Errorf("%+v", got)
	}
}

func TestEndpointsExistOnlyWhileTheStateServes(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	for state, serves := range map[tenants.State]bool{
		tenants.Pending: false, tenants.Onboarding: false, tenants.Active: true, tenants.Suspended: true, tenants.Deleted: false,
	} {
		must(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) {
			o.State, o.DeletedAt, o.DeletedFrom = state, time.Time{}, ""
			if state == tenants.Deleted {
				o.State = tenants.Active
				must(t, o.Delete(time.Now()))
			}
		}))
		if _, err := p.db.LoadSnapshot(t.Context(), p.a.ID); serves && err != nil || !serves && fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", state, err)
		}
		if id, err := p.db.OrgBySlug(t.Context(), p.a.Slug); err != nil || id != p.a.ID {
			t.Errorf("%s: by its slug %v %v", state, id, err)
		}
		if id, err := p.db.OrgByTID(t.Context(), p.a.TID); err != nil || id != p.a.ID {
			t.Errorf("%s: by its tenant %v %v", state, id, err)
		}
	}
}

func TestDeletedOrganizationKeepsItsSlugAndTenant(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	must(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) { must(t, o.Delete(time.Now())) }))
	same := organization(p.a.Slug.String())
	claim := func(o tenants.Organization) error {
		return p.db.ClaimOrganization(t.Context(), caller(o), tenants.NewOrganization{Organization: o, WrappedKey: []byte("w"), Credential: []byte("c")})
	}
	refused(t, claim(same), fault.Conflict, "slug is taken")
	same = organization("heir")
	same.TID = p.a.TID
	refused(t, claim(same), fault.Conflict, "this directory is connected to an organization already")
}

func TestOwnAppIsConnectedOnceAndTheSharedAppByEverybody(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	taken := func(o *tenants.Organization) {
		o.Connection.ID, o.Connection.ClientID = tenants.NewGUID(), p.a.Connection.ClientID
	}
	refused(t, edit(t.Context(), p.db, p.b, taken), fault.Conflict, "client id is connected to another organization already")
	shared := tenants.NewGUID()
	for _, o := range []tenants.Organization{p.a, p.b} {
		must(t, edit(t.Context(), p.db, o, func(o *tenants.Organization) {
			o.Mode = tenants.Brokered
			c := &o.Connection
			c.ID, c.ClientID, c.Model, c.Credential = tenants.NewGUID(), shared, tenants.SharedApp, tenants.Credential{}
		}))
	}
}

// TestClientIDIsTakenByProofOnly: whoever types the id of somebody's app, and
// proves nothing, keeps nobody out; and does not prove it any more once another
// has.
func TestClientIDIsTakenByProofOnly(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	theirs := tenants.NewGUID()
	connect := func(o tenants.Organization) error {
		return edit(t.Context(), p.db, o, func(o *tenants.Organization) {
			c := &o.Connection
			c.ID, c.ClientID, c.GroupSource, c.Credential = tenants.NewGUID(), theirs, tenants.TokenOnly, tenants.Credential{}
		})
	}
	prove := func(o tenants.Organization) error {
		return p.db.PutCredential(t.Context(), caller(o), tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.PlatformIssuer}, nil)
	}
	must(t, connect(p.b))
	must(t, connect(p.a))
	must(t, prove(p.a))
	refused(t, prove(p.b), fault.Conflict, "client id is connected to another organization already")
	must(t, setState(t.Context(), p.db, p.a, tenants.Onboarding))
	must(t, setState(t.Context(), p.db, p.b, tenants.Onboarding))
	must(t, prove(p.b))
	must(t, setState(t.Context(), p.db, p.a, tenants.Active))
	refused(t, setState(t.Context(), p.db, p.b, tenants.Active), fault.Conflict, "client id is connected to another organization already")
}

func TestAnotherClientIDNeedsAnotherConnectionID(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	refused(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) { o.Connection.ClientID = tenants.NewGUID() }), fault.Invalid, "connection id must be a new one")
	must(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) {
		o.Connection.ID, o.Connection.ClientID = tenants.NewGUID(), tenants.NewGUID()
	}))
}

func TestEditOfNothingLeavesNoTrace(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	p.furnish(t)
	before := dump(t, d, p.a.ID)
	must(t, edit(t.Context(), p.db, p.a, func(*tenants.Organization) {}))
	_, err := p.db.EditAccess(t.Context(), caller(p.a), "nothing", nothing)
	must(t, err)
	must(t, p.db.EditRoleGrants(t.Context(), caller(p.a), "nothing", func(g []tenants.RoleGrant) ([]tenants.RoleGrant, error) { return g, nil }))
	if after := dump(t, d, p.a.ID); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("\n%s\nbecame\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

func TestRefusedEditChangesNothing(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	before := dump(t, d, p.a.ID)
	stop := fault.New(fault.Conflict, "somebody was faster")
	_, err := p.db.EditOrganization(t.Context(), caller(p.a), "x", func(o *tenants.Organization) error { o.Name = "other"; return stop })
	refused(t, err, fault.Conflict, "somebody was faster")
	refused(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) { o.Name, o.Connection.Scope = "", "" }), fault.Invalid, "name is empty")
	if after := dump(t, d, p.a.ID); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("%s", strings.Join(after, "\n"))
	}
}

func TestEditorsTakeTurns(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	const editors = 8
	var wg sync.WaitGroup
	for range editors {
		wg.Go(func() {
			if err := rename(t.Context(), p.db, p.a); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	o, err := p.db.Organization(t.Context(), p.a.ID)
	if err != nil || o.Name != p.a.Name+strings.Repeat("!", editors) {
		t.Errorf("%q %v", o.Name, err)
	}
}

func TestRecordShowsWhatChangedAndNothingElse(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	must(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) {
		o.Name, o.Origins = "Contoso <AG>\u007f", []string{"https://inspector.example"}
	}))
	r := last(t, p.db, p.a)
	if r.Target != "edited" || r.Before != `{"name":"contoso","origins":[]}` || r.After != `{"name":"Contoso <AG>\u007f","origins":["https://inspector.example"]}` ||
		r.Detail != "0 added, 2 changed, 0 removed" || len(r.Altered) > 0 {
		t.Errorf("%+v", r)
	}
}

func TestTheLogHasWherePeopleAskForAccess(t *testing.T) {
	t.Parallel()
	const link = "https://myaccess.microsoft.com/@contoso.example#/access-packages/1"
	p := newPair(t, storetest.New(t))
	must(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) { o.AccessPackageURL = link }))
	if r := last(t, p.db, p.a); r.Before != `{"accessPackageUrl":""}` || r.After != `{"accessPackageUrl":"`+link+`"}` {
		t.Errorf("%+v", r)
	}
	for _, o := range []tenants.Organization{p.a, p.b} {
		is, err := p.db.Organization(t.Context(), o.ID)
		if must(t, err); (is.AccessPackageURL == link) != (o.ID == p.a.ID) {
			t.Errorf("%s has %q", o.Slug, is.AccessPackageURL)
		}
	}
	err := edit(t.Context(), p.db, p.a, func(o *tenants.Organization) { o.AccessPackageURL = "javascript:alert(1)" })
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), "accessPackageUrl: ") {
		t.Errorf("%v", err)
	}
}

func TestClaimIsRecordedWithItsOwner(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	record, err := audit.Decode(stored(t, p.db, p.a)[0].Payload)
	must(t, err)
	for _, want := range []string{`"slug":"contoso"`, `"entraTenant":"` + p.a.TID.String(), `"role":"owner"`, `"name":"Olivia"`} {
		if record.Target != "organization claimed" || record.Before != "" || !strings.Contains(record.After, want) {
			t.Errorf("no %s in %+v", want, record)
		}
	}
}

func TestNoRecordHoldsASecret(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	must(t, p.db.PutCredential(t.Context(), caller(p.a), tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.Certificate, Thumbprint: "ab12"}, []byte("CIPHERTEXT")))
	must(t, p.db.Rewrapped(t.Context(), caller(p.a), []byte("WRAPPED")))
	for _, r := range stored(t, p.db, p.a) {
		for _, secret := range []string{"CIPHERTEXT", "WRAPPED", "wrapped", "encrypted"} {
			for _, form := range []string{`"` + secret + `\"`, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret))} {
				if bytes.Contains(r.Payload, []byte(form)) {
					t.Errorf("%s is in %s", secret, r.Payload)
				}
			}
		}
	}
}

func TestRecordOfAClaimTellsWhatLetItIn(t *testing.T) {
	t.Parallel()
	db, o, by := storetest.New(t).Open(t), claimed(), olga()
	invited := tenants.NewGUID()
	grounds := tenants.Grounds{
		Admission: "invitation", Invitation: tenants.Invitation{ID: invited, By: by}, Slug: tenants.SlugApproval{Slug: o.Slug, TID: o.TID, By: tenants.Operator{Name: "Otto"}},
	}
	must(t, db.ClaimOrganization(t.Context(), caller(o), tenants.NewOrganization{Organization: o, WrappedKey: []byte("wrapped"), Owner: owner(), Grounds: grounds}))
	r, err := audit.Decode(stored(t, db, o)[0].Payload)
	must(t, err)
	var after map[string]any
	must(t, json.Unmarshal([]byte(r.After), &after))
	invitation, _ := after["invitation"].(map[string]any)
	slug, _ := after["slug approval"].(map[string]any)
	if invitation["id"] != invited.String() || invitation["operator"] != "Olga" || invitation["operatorId"] != by.OID.String() || invitation["operatorTenant"] != by.TID.String() {
		t.Errorf("the invitation is recorded as %v in %s", invitation, r.After)
	}
	if slug["slug"] != "northwind" || slug["operator"] != "Otto" {
		t.Errorf("the slug's approval is recorded as %v in %s", slug, r.After)
	}
	if how, _ := after["admission"].(map[string]any); how["by"] != "invitation" {
		t.Errorf("the admission is recorded as %v", how)
	}
}
