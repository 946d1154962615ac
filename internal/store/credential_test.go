package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

func TestCredentialReplacesTheOneBeforeAndItsSecret(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	now := time.Now().UTC().Truncate(time.Microsecond)
	certificate := tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.Certificate, Thumbprint: "ab12", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	must(t, p.db.PutCredential(t.Context(), caller(p.a), certificate, []byte("key pair")))
	c, ciphertext, wrapped, err := p.db.CredentialOf(t.Context(), p.a.ID)
	if err != nil || c != certificate || string(ciphertext) != "key pair" || string(wrapped) != "wrapped" {
		t.Errorf("%+v %q %q %v", c, ciphertext, wrapped, err)
	}
	view, err := p.db.LoadSnapshot(t.Context(), p.a.ID)
	if err != nil || string(view.Credential) != "key pair" {
		t.Errorf("the view has %q %v", view.Credential, err)
	}
	secrets := func() []string {
		return column(t, connect(t, d.Superuser), "SELECT kind || ' ' || id FROM secrets WHERE org_id = $1", p.a.ID.String())
	}
	if got := secrets(); len(got) != 1 || got[0] != "certificate "+certificate.ID.String() {
		t.Errorf("secrets are %v", got)
	}
	r := last(t, p.db, p.a)
	if r.Target != "credential changed" || r.Before == "" || r.After == "" {
		t.Errorf("%+v", r)
	}
	issuer := tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.PlatformIssuer}
	must(t, p.db.PutCredential(t.Context(), caller(p.a), issuer, nil))
	c, ciphertext, _, err = p.db.CredentialOf(t.Context(), p.a.ID)
	if err != nil || c != issuer || ciphertext != nil || len(secrets()) != 0 {
		t.Errorf("%+v %q %v, secrets %v", c, ciphertext, err, secrets())
	}
}

func TestDroppedCredentialTakesItsSecretAlong(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	must(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) {
		o.Connection.GroupSource, o.Connection.Credential = tenants.TokenOnly, tenants.Credential{}
	}))
	c, ciphertext, _, err := p.db.CredentialOf(t.Context(), p.a.ID)
	left := column(t, connect(t, d.Superuser), "SELECT id::text FROM secrets WHERE org_id = $1", p.a.ID.String())
	if err != nil || c != (tenants.Credential{}) || ciphertext != nil || len(left) != 0 {
		t.Errorf("%+v %q %v, left %v", c, ciphertext, err, left)
	}
}

func TestCredentialThatCannotServeIsRefused(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	fresh, old := tenants.NewGUID(), p.a.Connection.Credential.ID
	for name, row := range map[string]struct {
		credential tenants.Credential
		ciphertext string
		want       string
	}{
		"no id":                  {tenants.Credential{Kind: tenants.ClientSecret}, "x", "credential id is missing"},
		"no kind":                {tenants.Credential{ID: fresh}, "", "is not known"},
		"of the platform":        {tenants.Credential{ID: fresh, Kind: tenants.ManagedIdentity}, "", "serves the shared app only"},
		"secret without one":     {tenants.Credential{ID: fresh, Kind: tenants.ClientSecret}, "", "comes with its ciphertext"},
		"issuer with a secret":   {tenants.Credential{ID: fresh, Kind: tenants.PlatformIssuer}, "x", "nothing secret about platform_issuer"},
		"same id":                {tenants.Credential{ID: old, Kind: tenants.ClientSecret}, "x", "credential id must be a new one"},
		"nothing but ciphertext": {tenants.Credential{}, "x", "credential is missing for its ciphertext"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, p.db.PutCredential(t.Context(), caller(p.a), row.credential, []byte(row.ciphertext)), fault.Invalid, row.want)
		})
	}
}

func TestCredentialOfAnUnfinishedConnectionNeedsAnIDToo(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	must(t, setState(t.Context(), p.db, p.a, tenants.Onboarding))
	refused(t, p.db.PutCredential(t.Context(), caller(p.a), tenants.Credential{Kind: tenants.PlatformIssuer}, nil), fault.Invalid, "credential id is missing")
}

func TestEditBringsNoNewCredential(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	for want, spoil := range map[string]func(*tenants.Credential){
		"comes with its ciphertext":                           func(c *tenants.Credential) { c.ID = tenants.NewGUID() },
		"credential id must be a new one for another":         func(c *tenants.Credential) { c.Kind = tenants.Certificate },
		"credential id must be a new one for another credent": func(c *tenants.Credential) { c.ExpiresAt = time.Now() },
	} {
		refused(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) { spoil(&o.Connection.Credential) }), fault.Invalid, want)
	}
	same := p.a.Connection
	_, err := p.db.PutConnection(t.Context(), caller(p.a), same, []byte("x"))
	refused(t, err, fault.Invalid, "ciphertext is bound to it")
}

func TestSharedAppHasNoCredentialOfItsOwn(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	must(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) {
		o.Mode = tenants.Brokered
		c := &o.Connection
		c.ID, c.ClientID, c.Model, c.Credential = tenants.NewGUID(), tenants.NewGUID(), tenants.SharedApp, tenants.Credential{}
	}))
	secret := tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret}
	refused(t, p.db.PutCredential(t.Context(), caller(p.a), secret, []byte("x")), fault.Invalid, "connect an app registration of your own first")
	refused(t, edit(t.Context(), p.db, p.a, func(o *tenants.Organization) { o.Connection.Credential = secret }), fault.Invalid, "drop credential")
}

func TestCredentialIsPutOnlyIfTheOrganizationStillIsWhatWasRead(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	before := p.a.Connection.Credential
	n := tenants.NewCredential{Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.PlatformIssuer}}
	_, err := p.db.PutCredentialIf(t.Context(), caller(p.a), n, func(seen tenants.Organization) error {
		if seen.Connection.Credential.ID != before.ID {
			t.Errorf("check is shown %+v", seen.Connection.Credential)
		}
		return fault.New(fault.Conflict, "somebody was faster")
	})
	refused(t, err, fault.Conflict, "somebody was faster")
	if c, _, _, err := p.db.CredentialOf(t.Context(), p.a.ID); err != nil || c.ID != before.ID {
		t.Errorf("%+v, %v", c, err)
	}
	after, err := p.db.PutCredentialIf(t.Context(), caller(p.a), n, func(tenants.Organization) error { return nil })
	if err != nil || after.Connection.Credential.Kind != tenants.PlatformIssuer {
		t.Errorf("%+v, %v", after.Connection.Credential, err)
	}
}

func TestWhoSuspendedIsKept(t *testing.T) {
	t.Parallel()
	p := newPair(t, storetest.New(t))
	_, err := p.db.EditOrganization(t.Context(), caller(p.a), "suspended", func(o *tenants.Organization) error { return o.Suspend(tenants.ByOperator) })
	must(t, err)
	got, err := p.db.Organization(t.Context(), p.a.ID)
	if err != nil || got.SuspendedBy != tenants.ByOperator {
		t.Errorf("by %q, %v", got.SuspendedBy, err)
	}
	if r := last(t, p.db, p.a); !strings.Contains(r.After, "operator") {
		t.Errorf("the record does not tell: %+v", r)
	}
	_, err = p.db.EditOrganization(t.Context(), caller(p.a), "resumed", func(o *tenants.Organization) error { return o.Resume(tenants.ByOwner) })
	refused(t, err, fault.Conflict, "ask them")
}
