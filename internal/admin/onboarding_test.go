package admin_test

import (
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// TestEveryKindOfConnectionComesToServe goes from a directory that nobody has
// claimed to an active organization.
func TestEveryKindOfConnectionComesToServe(t *testing.T) {
	t.Parallel()
	certificate, bundle := pair(t, time.Now().Add(365*24*time.Hour))
	for name, connect := range map[string]func(*office, tenants.ID){
		"own app by the platform as issuer": func(o *office, org tenants.ID) {
			o.connect(org, o.register(org, console.WantedRegistration{}).ClientID)
			succeed(o.t, o.put(org, console.NewCredential{Kind: tenants.PlatformIssuer}))
		},
		"own app by certificate": func(o *office, org tenants.ID) {
			o.connect(org, o.register(org, console.WantedRegistration{Credential: tenants.Certificate, Certificate: certificate}).ClientID)
			succeed(o.t, o.put(org, console.NewCredential{Kind: tenants.Certificate, Certificate: bundle}))
		},
		"own app by client secret": func(o *office, org tenants.ID) {
			made := o.register(org, console.WantedRegistration{})
			o.connect(org, made.ClientID)
			succeed(o.t, o.put(org, console.NewCredential{Kind: tenants.ClientSecret, Secret: o.secret(made.ObjectID)}))
		},
		"shared app": func(o *office, org tenants.ID) {
			o.register(org, console.WantedRegistration{Model: tenants.SharedApp})
			_, err := o.Connect(o.t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.SharedApp}, unchanged)
			succeed(o.t, err)
			succeed(o.t, o.Consented(o.t.Context(), o.by(org), console.ConsentAnswer{TID: acmeID, Admin: true}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, onboarding.Open)
			org := o.claim().ID
			if step, s := o.step(org); step != "permissions" || s.State != onboarding.Current || s.Action != onboarding.ConnectAction {
				t.Errorf("after the claim the step is %+v", s)
			}
			connect(o, org)
			if step, s := o.step(org); step != "doctor" {
				t.Errorf("with a connection the step is %+v", s)
			}
			report, err := o.Check(t.Context(), o.by(org), "")
			if err != nil || !report.Healthy() || len(report.NotChecked) != 0 && name != "shared app" {
				t.Fatalf("%s%v", report.Text(), err)
			}
			if step, s := o.step(org); step != "first_mapping" {
				t.Errorf("after the doctor the step is %+v", s)
			}
			o.assign(org, map[bool]authz.Subject{true: everybody, false: staffGroup}[name == "shared app"])
			if step, s := o.step(org); step != "checkpoints" || s.State != onboarding.Current || s.Action != onboarding.SinkAction {
				t.Errorf("with a mapping the step is %+v", s)
			}
			_, err = o.db.EditOrganization(t.Context(), o.by(org).Caller, "checkpoints put off", func(x *tenants.Organization) error {
				x.CheckpointsPutOff = time.Now()
				return nil
			})
			succeed(t, err)
			if step, s := o.step(org); step != "done" || s.State != onboarding.Current || s.Action != onboarding.ActivateAction {
				t.Errorf("with an answer about checkpoints the step is %+v", s)
			}
			active, err := o.Activate(t.Context(), o.by(org).Caller)
			if err != nil || active.State != tenants.Active {
				t.Fatalf("%s, %v", active.State, err)
			}
			if step, s := o.step(org); step != "done" || s.State != onboarding.Done {
				t.Errorf("an active organization is at %+v", s)
			}
		})
	}
}

func succeed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestClaimSaysHowItEnded(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim()
	if org.State != tenants.Onboarding || org.Name != "Acme" || org.Membership != (tenants.MembershipPolicy{Soft: 5 * time.Minute, Hard: time.Hour}) {
		t.Errorf("%+v", org)
	}
	got, err := o.Claim(t.Context(), bob(), console.Claim{Slug: org.Slug.String()})
	if err != nil || got.Joined == nil || got.Joined.Role != tenants.Admin || got.Organization.ID != org.ID {
		t.Errorf("a colleague: %+v, %v", got, err)
	}
	grants, err := o.db.RoleGrants(t.Context(), org.ID)
	if err != nil || len(grants) != 2 {
		t.Errorf("grants are %+v, %v", grants, err)
	}
	for _, g := range grants {
		if want := map[tenants.GUID]tenants.Role{ada().OID: tenants.Owner, bob().OID: tenants.Admin}[g.Grantee.ID]; g.Role != want {
			t.Errorf("%s has the role %s", g.Name, g.Role)
		}
	}
	pending := newOffice(t, onboarding.ByApproval)
	if got := pending.claim(); got.State != tenants.Pending {
		t.Errorf("admission by approval begins in %s", got.State)
	}
}

func TestClaimsThatAreRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.ByInvitation)
	guest := ada()
	guest.Guest = true
	for name, row := range map[string]struct {
		person console.Person
		claim  console.Claim
		kind   fault.Kind
		text   string
	}{
		"nobody's administrator": {uma(), console.Claim{Slug: "acme"}, fault.Forbidden, "It takes one of"},
		"a guest":                {guest, console.Claim{Slug: "acme"}, fault.Forbidden, "guest"},
		"another's slug":         {ada(), console.Claim{Slug: "vendor"}, fault.Forbidden, "slug"},
		"no slug":                {ada(), console.Claim{Slug: "A b"}, fault.Invalid, "slug"},
		"no invitation":          {ada(), console.Claim{Slug: "acme"}, fault.Forbidden, "invitation"},
		"a false invitation":     {ada(), console.Claim{Slug: "acme", Invitation: "x"}, fault.Forbidden, "invitation"},
	} {
		_, err := o.Claim(t.Context(), row.person, row.claim)
		if err == nil || fault.KindOf(err) != row.kind {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wants(t, err, row.kind, row.text)
	}
	o.invited.codes["welcome"] = tenants.TID{}
	if got, err := o.Claim(t.Context(), ada(), console.Claim{Slug: "approved", Invitation: "welcome"}); err != nil || got.Organization.State != tenants.Onboarding {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRolesTheSignInDoesNotTellAreAskedOfGraph(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	silent := ada()
	silent.RolesTold, silent.WIDs = false, nil
	o.denied = "RoleManagement.Read.Directory"
	_, err := o.Claim(t.Context(), silent, console.Claim{Slug: "acme"})
	wants(t, err, fault.Forbidden, "RoleManagement.Read.Directory")
	o.denied = ""
	if got, err := o.Claim(t.Context(), silent, console.Claim{Slug: "acme"}); err != nil || got.Joined != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestJoiningLateAsksGraphForTheRole: a sign-in of an hour ago may be one of an
// administrator who has ceased to be one.
func TestJoiningLateAsksGraphForTheRole(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	o.claim()
	former := person(acmeID, umaID, "uma@acme.example", cloudAdmin)
	former.SignedInAt = time.Now().Add(-time.Hour)
	_, err := o.Claim(t.Context(), former, console.Claim{Slug: "acme"})
	wants(t, err, fault.Forbidden, "no directory role")
	late := bob()
	late.SignedInAt = time.Now().Add(-time.Hour)
	o.denied = "RoleManagement.Read.Directory"
	_, err = o.Claim(t.Context(), late, console.Claim{Slug: "acme"})
	wants(t, err, fault.Forbidden, "Sign in again")
	o.denied = ""
	if got, err := o.Claim(t.Context(), late, console.Claim{Slug: "acme"}); err != nil || got.Joined == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOnlyAGlobalAdministratorRecovers(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	_, err := o.Recover(t.Context(), bob())
	wants(t, err, fault.NotFound, "")
	org := o.claim()
	_, err = o.Recover(t.Context(), ada())
	wants(t, err, fault.Forbidden, "Global Administrator")
	got, err := o.Recover(t.Context(), bob())
	if err != nil || got.ID != org.ID {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNothingServesThatIsNotProved(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	_, err := o.Activate(t.Context(), o.by(org).Caller)
	wants(t, err, fault.Invalid, "connection")
	_, err = o.Connect(t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.SharedApp}, unchanged)
	succeed(t, err)
	_, err = o.Activate(t.Context(), o.by(org).Caller)
	wants(t, err, fault.Conflict, "AADSTS700016")
	if step, s := o.step(org); step != "consent" || s.State != onboarding.Blocked {
		t.Errorf("the step is %+v", s)
	}
}

func TestConsentPagesAreNotBelieved(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	_, err := o.ConsentPage(t.Context(), o.by(org).Caller, "state", "https://gatehouse.example/auth/consent")
	wants(t, err, fault.Conflict, "connect one first")
	_, err = o.Connect(t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.SharedApp}, unchanged)
	succeed(t, err)
	for name, row := range map[string]struct {
		answer console.ConsentAnswer
		text   string
	}{
		"declined":        {console.ConsentAnswer{TID: acmeID, Error: "access_denied"}, "declined"},
		"another's":       {console.ConsentAnswer{TID: vendorID, Admin: true}, "another directory"},
		"nobody's at all": {console.ConsentAnswer{Admin: true}, "another directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wants(t, o.Consented(t.Context(), o.by(org), row.answer), fault.Forbidden, row.text)
		})
	}
	succeed(t, o.Consented(t.Context(), o.by(org), console.ConsentAnswer{TID: acmeID, Admin: true}))
	if step, s := o.step(org); step != "consent" || s.State != onboarding.Blocked {
		t.Errorf("an answer that lies is believed: %+v", s)
	}
}

func TestCredentialsThatAreRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	wants(t, o.put(org, console.NewCredential{Kind: tenants.PlatformIssuer}), fault.Conflict, "connect")
	made := o.register(org, console.WantedRegistration{})
	o.connect(org, made.ClientID)
	_, expired := pair(t, time.Now().Add(-time.Hour))
	_, good := pair(t, time.Now().Add(time.Hour))
	past, never := time.Now().Add(-time.Minute), time.Date(9999, time.December, 31, 23, 59, 59, 0, time.FixedZone("", -86340))
	for name, row := range map[string]struct {
		credential console.NewCredential
		text       string
	}{
		"the platform's":              {console.NewCredential{Kind: tenants.ManagedIdentity}, "shared app only"},
		"no secret":                   {console.NewCredential{Kind: tenants.ClientSecret}, "secret"},
		"an issuer's secret":          {console.NewCredential{Kind: tenants.PlatformIssuer, Secret: "x"}, "secret"},
		"a secret with blanks":        {console.NewCredential{Kind: tenants.ClientSecret, Secret: " x"}, "blanks"},
		"a secret that is over":       {console.NewCredential{Kind: tenants.ClientSecret, Secret: "x", ExpiresAt: &past}, "expired"},
		"an end that no date can be":  {console.NewCredential{Kind: tenants.ClientSecret, Secret: "x", ExpiresAt: &never}, "expiresAt: is not within"},
		"a certificate for a secret":  {console.NewCredential{Kind: tenants.ClientSecret, Secret: "x", Certificate: good}, "certificate"},
		"no certificate":              {console.NewCredential{Kind: tenants.Certificate}, "certificate"},
		"a broken certificate":        {console.NewCredential{Kind: tenants.Certificate, Certificate: "x"}, "certificate"},
		"a certificate that is over":  {console.NewCredential{Kind: tenants.Certificate, Certificate: expired}, "expired"},
		"an end for a certificate":    {console.NewCredential{Kind: tenants.Certificate, Certificate: good, ExpiresAt: &past}, "expiresAt"},
		"a kind that does not exist":  {console.NewCredential{Kind: "password", Secret: "x"}, "secret"},
		"nothing that has any effect": {console.NewCredential{}, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if row.credential.Kind == "password" {
				row.text = "kind"
			}
			wants(t, o.put(org, row.credential), fault.Invalid, row.text)
		})
	}
}

func TestAnOrganizationInUseChangesItsCredentialAndKeepsAWorkingOne(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	made := o.register(org, console.WantedRegistration{})
	o.connect(org, made.ClientID)
	succeed(t, o.put(org, console.NewCredential{Kind: tenants.PlatformIssuer}))
	_, err := o.Activate(t.Context(), o.by(org).Caller)
	succeed(t, err)
	wants(t, o.put(org, console.NewCredential{Kind: tenants.ClientSecret, Secret: "guessed"}), fault.Conflict, "keeps the one it has")
	if k := o.by(org).Organization.Connection.Credential.Kind; k != tenants.PlatformIssuer {
		t.Errorf("the credential is %s", k)
	}
	right := console.NewCredential{Kind: tenants.ClientSecret, Secret: o.secret(made.ObjectID)}
	stale := fault.New(fault.Conflict, "somebody was faster")
	asked := 0
	_, err = o.PutCredential(t.Context(), o.by(org).Caller, right, func(tenants.Connection) error {
		if asked++; asked > 1 {
			return stale
		}
		return nil
	})
	wants(t, err, fault.Conflict, "faster")
	succeed(t, o.put(org, right))
	k := o.by(org).Organization.Connection.Credential
	if k.Kind != tenants.ClientSecret || k.CreatedAt.IsZero() {
		t.Errorf("the credential is %+v", k)
	}
	if _, ciphertext, _, err := o.db.CredentialOf(t.Context(), org); err != nil || len(ciphertext) == 0 || string(ciphertext) == right.Secret {
		t.Errorf("stored is %q, %v", ciphertext, err)
	}
}

func TestTheSharedAppIsThePlatformsToDescribe(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	for name, n := range map[string]console.ConnectionSettings{
		"client id":      {ClientID: tenants.NewGUID()},
		"resource":       {Resource: "api://mine"},
		"scope":          {Scope: "mine"},
		"token versions": {Versions: tenants.V1AndV2},
	} {
		n.Model = tenants.SharedApp
		_, err := o.Connect(t.Context(), o.by(org).Caller, n, unchanged)
		if err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	n, err := o.Connect(t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.SharedApp}, unchanged)
	if err != nil || n.ClientID.String() != sharedID || n.Resource != "api://"+sharedID {
		t.Errorf("%+v, %v", n, err)
	}
	_, err = o.PutCredential(t.Context(), o.by(org).Caller, console.NewCredential{Kind: tenants.ClientSecret, Secret: "mine"}, unchanged)
	wants(t, err, fault.Invalid, "platform's")
	changed := fault.New(fault.Conflict, "somebody was faster")
	_, err = o.Connect(t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.SharedApp, Guests: tenants.Admit}, func(tenants.Connection) error { return changed })
	wants(t, err, fault.Conflict, "faster")
}

// TestACredentialIsPutOnWhatItWasMadeFor changes the organization between the
// reading and the writing.
func TestACredentialIsPutOnWhatItWasMadeFor(t *testing.T) {
	t.Parallel()
	edit := func(o *office, org tenants.ID, how func(*tenants.Organization) error) {
		_, err := o.db.EditOrganization(o.t.Context(), o.by(org).Caller, "test", how)
		succeed(o.t, err)
	}
	for name, c := range map[string]struct {
		meanwhile func(o *office, org tenants.ID)
		says      string
	}{
		"another app": {func(o *office, org tenants.ID) { o.connect(org, tenants.NewGUID()) }, "changed meanwhile"},
		"serving": {func(o *office, org tenants.ID) {
			edit(o, org, func(o *tenants.Organization) error {
				o.Connection.GroupSource = tenants.TokenOnly
				return o.Activate(o.Connection)
			})
		}, "changed meanwhile"},
		"deleted": {func(o *office, org tenants.ID) {
			edit(o, org, func(o *tenants.Organization) error { return o.Delete(time.Now()) })
		}, "restore it first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, onboarding.Open)
			org := o.claim().ID
			o.connect(org, tenants.NewGUID())
			moved := false
			_, err := o.PutCredential(t.Context(), o.by(org).Caller, console.NewCredential{Kind: tenants.PlatformIssuer}, func(tenants.Connection) error {
				if !moved {
					moved = true
					c.meanwhile(o, org)
				}
				return nil
			})
			wants(t, err, fault.Conflict, c.says)
		})
	}
}
