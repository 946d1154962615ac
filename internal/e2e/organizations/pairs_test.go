package organizations_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// ownCredentials register an app of Adatum's own for each kind of credential, by
// the script that the platform writes for it, and say what to give Gatehouse.
var ownCredentials = map[tenants.CredentialKind]func(*adatum) (tenants.GUID, console.NewCredential){
	tenants.PlatformIssuer: func(a *adatum) (tenants.GUID, console.NewCredential) {
		return a.registerForIssuer(), console.NewCredential{Kind: tenants.PlatformIssuer}
	},
	tenants.Certificate: func(a *adatum) (tenants.GUID, console.NewCredential) {
		c := newCertificate(a.t, time.Now().AddDate(1, 0, 0))
		app, _ := a.register(console.WantedRegistration{Credential: tenants.Certificate, Certificate: c.Public})
		return app, console.NewCredential{Kind: tenants.Certificate, Certificate: c.Both}
	},
	tenants.ClientSecret: func(a *adatum) (tenants.GUID, console.NewCredential) {
		app, secret := a.register(console.WantedRegistration{Credential: tenants.ClientSecret})
		return app, console.NewCredential{Kind: tenants.ClientSecret, Secret: secret}
	},
}

// sharedCredentials make an operator's platform prove to be the shared app with
// each kind of credential, and nothing else.
var sharedCredentials = map[tenants.CredentialKind]func(t *testing.T, app *seed.App, p demo.Places) (platformConfig, *seed.ManagedIdentity){
	tenants.ManagedIdentity: func(_ *testing.T, app *seed.App, p demo.Places) (platformConfig, *seed.ManagedIdentity) {
		m := &seed.ManagedIdentity{ID: tenants.NewGUID().String(), Principal: tenants.NewGUID().String(), Name: "gatehouse", ResourceID: "/subscriptions/x/gatehouse"}
		machine.assign(m.ID, p.Entra)
		app.Federated = []seed.Federation{{Name: "host", Issuer: p.Entra + "/" + demo.Platform().TID.String() + "/v2.0", Subject: m.Principal, Audience: exchange}}
		return platformConfig{environ: map[string]string{"GATEHOUSE_SHARED_APP_IDENTITY": m.ID}}, m
	},
	tenants.WorkloadIdentity: func(t *testing.T, app *seed.App, p demo.Places) (platformConfig, *seed.ManagedIdentity) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "token")
		app.Federated = []seed.Federation{{Name: "pod", Issuer: p.Entra + "/_cluster", Subject: "system:serviceaccount:gatehouse:api", Audience: exchange}}
		project := func(k *stack) {
			token, err := k.emulator.ServiceAccountToken(emulator.ServiceAccount{Namespace: "gatehouse", Name: "api"})
			if err == nil {
				err = os.WriteFile(path, []byte(token), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return platformConfig{environ: map[string]string{"GATEHOUSE_SHARED_APP_TOKEN_PATH": path}, prepare: project}, nil
	},
	tenants.Certificate: func(t *testing.T, app *seed.App, _ demo.Places) (platformConfig, *seed.ManagedIdentity) {
		t.Helper()
		c := newCertificate(t, time.Now().AddDate(1, 0, 0))
		app.Certificates = []string{c.Public}
		return platformConfig{environ: map[string]string{"GATEHOUSE_SHARED_APP_CERTIFICATE": c.Both}}, nil
	},
	tenants.ClientSecret: func(_ *testing.T, app *seed.App, _ demo.Places) (platformConfig, *seed.ManagedIdentity) {
		app.Secret = "the secret of the shared app"
		return platformConfig{environ: map[string]string{"GATEHOUSE_SHARED_APP_CLIENT_SECRET": app.Secret}}, nil
	},
}

// exchange is the audience of assertions that stand for a secret.
const exchange = "api://AzureADTokenExchange"

// platformConfig is what an operator sets for one kind of credential.
type platformConfig struct {
	environ map[string]string
	prepare func(*stack)
}

// withShared is a world whose platform has a shared app with one kind of
// credential.
func withShared(t *testing.T, kind tenants.CredentialKind) setup {
	t.Helper()
	var c platformConfig
	return setup{
		directories: func(all []seed.Tenant, p demo.Places) []seed.Tenant {
			home := of(withStaff(all, p), demo.Platform().TID.String())
			i := slices.IndexFunc(home.Apps, func(a seed.App) bool { return a.ID == demo.Platform().SharedApp.String() })
			home.Apps[i].Secret = ""
			var m *seed.ManagedIdentity
			if c, m = sharedCredentials[kind](t, &home.Apps[i], p); m != nil {
				home.ManagedIdentities = append(home.ManagedIdentities, *m)
			}
			return all
		},
		environ: func(k *stack) map[string]string {
			if c.prepare != nil {
				c.prepare(k)
			}
			all := map[string]string{
				"GATEHOUSE_SHARED_APP_CLIENT_ID": demo.Platform().SharedApp.String(), "GATEHOUSE_SHARED_APP_CREDENTIAL": string(kind),
				"GATEHOUSE_SHARED_APP_IDENTIFIER_URI": demo.Platform().SharedURI(),
			}
			maps.Copy(all, c.environ)
			return all
		},
	}
}

// base is what an administrator agrees to, and all of it.
var base = []string{"GroupMember.Read.All", "User.Read", "offline_access", "openid"}

func TestUnregisteredTenantReachesAWorkingCallWithItsOwnApp(t *testing.T) {
	t.Parallel()
	for kind, register := range ownCredentials {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			ada := start(t, setup{directories: withStaff}).claim(t)
			ada.stands(onboarding.PermissionsStep)
			app, credential := register(ada)
			ada.put(at("adatum", "connection"), ada.own(app)).want(http.StatusOK)
			ada.stands(onboarding.CredentialStep)
			ada.prove(credential)
			ada.finish()
		})
	}
}

// TestRegistrationIsMadeForTheAdministrator is the same without a script: the
// platform makes the registration as the person who asks.
func TestRegistrationIsMadeForTheAdministrator(t *testing.T) {
	t.Parallel()
	ada := start(t, setup{directories: withStaff}).claim(t)
	key := with("Idempotency-Key", tenants.NewGUID().String())
	ada.ask(http.MethodPost, at("adatum", "registration"), nil, key).refused(http.StatusForbidden, "/auth/sign-in?scopes=")
	ada.signIn("?scopes=applications")
	var made console.Registration
	ada.post(at("adatum", "registration"), nil, &made)
	ada.put(at("adatum", "connection"), ada.own(made.ClientID)).want(http.StatusOK)
	ada.prove(console.NewCredential{Kind: tenants.PlatformIssuer})
	ada.finish()
}

// TestRegistrationMendsWhatWasMistyped connects a client id that nobody has, and
// then goes on as the platform says, with the doctor's work and the platform's in
// turn. The organization's log has every run.
func TestRegistrationMendsWhatWasMistyped(t *testing.T) {
	t.Parallel()
	k := start(t, setup{directories: withStaff})
	ada := k.claim(t)
	k.orgs["adatum"] = tenants.Organization{ID: ada.org.ID}
	ada.signIn("?scopes=applications")
	ada.put(at("adatum", "connection"), ada.own(tenants.NewGUID())).want(http.StatusOK)
	ada.prove(console.NewCredential{Kind: tenants.PlatformIssuer})
	ada.stands(onboarding.ConsentStep)
	var made, again console.Registration
	ada.post(at("adatum", "registration"), nil, &made)
	ada.change(http.MethodPut, at("adatum", "connection"), at("adatum", "connection"), ada.own(made.ClientID)).want(http.StatusOK)
	ada.prove(console.NewCredential{Kind: tenants.PlatformIssuer})
	ada.ask(http.MethodPost, at("adatum", "activate"), nil).refused(http.StatusConflict, "createRegistration")
	ada.post(at("adatum", "registration"), nil, &again)
	federated("")(ada, made.ClientID.String())
	ada.signIn("?scopes=applications.read")
	if len(ada.mend("federated.missing")) == 0 {
		t.Errorf("the doctor does not mend the federated credential:\n%s", ada.doctor().Text())
	}
	if ada.post(at("adatum", "registration"), nil, &again); again != made {
		t.Errorf("another registration was made: %+v after %+v", again, made)
	}
	ada.finish()
	var runs []string
	for _, r := range k.records(t, "adatum") {
		if r.Kind == audit.ConfigChange && strings.HasPrefix(r.Target, "app registration") && r.Actor.OID == demo.Adatum().Admin.OID {
			runs = append(runs, string(r.Outcome)+" "+r.Target)
			if strings.HasSuffix(r.Target, "made") && !strings.Contains(r.After, made.ClientID.String()) {
				t.Errorf("the record is %+v", r)
			}
		}
	}
	if want := slices.Repeat([]string{"ok app registration begun", "ok app registration made"}, 3); !slices.Equal(runs, want) {
		t.Errorf("the log has %q", runs)
	}
}

func TestUnregisteredTenantReachesAWorkingCallWithTheSharedApp(t *testing.T) {
	t.Parallel()
	for kind := range sharedCredentials {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			ada := start(t, withShared(t, kind)).claim(t)
			ada.stands(onboarding.PermissionsStep)
			ada.put(at("adatum", "connection"), ada.shared()).want(http.StatusOK)
			ada.stands(onboarding.ConsentStep)
			if got := ada.granted(); len(got) > 0 {
				t.Fatalf("before the consent %q is granted", got)
			}
			ada.consent().want(http.StatusSeeOther)
			ada.finish()
		})
	}
}

// prove gives the connection its credential.
func (a *adatum) prove(c console.NewCredential) {
	a.t.Helper()
	a.change(http.MethodPut, at("adatum", "connection", "credential"), at("adatum", "connection"), c).want(http.StatusOK)
}

// finish goes the rest of the way: doctor, first mapping, a call.
func (a *adatum) finish() {
	a.t.Helper()
	a.healthy()
	if got := a.granted(); !slices.Equal(got, base) {
		a.t.Errorf("the tenant has granted %q, want exactly %q", got, base)
	}
	a.stands(onboarding.FirstMappingStep)
	a.allow("whoami")
	a.stands(onboarding.CheckpointsStep)
	a.ask(http.MethodPost, at("adatum", "onboarding", "checkpoints"), nil).want(http.StatusOK)
	a.stands(onboarding.DoneStep)
	a.ask(http.MethodPost, at("adatum", "activate"), nil).want(http.StatusOK)
	if a.get(at("adatum"), &a.org); a.org.State != tenants.Active {
		a.t.Fatalf("at the end the organization is %s", a.org.State)
	}
	a.works("whoami")
}

func TestInvalidPairsAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	ada := start(t, withShared(t, tenants.ClientSecret)).claim(t)
	ada.put(at("adatum", "connection"), ada.own(tenants.NewGUID())).want(http.StatusOK)
	try := func(kind tenants.CredentialKind, says string) {
		t.Helper()
		ada.change(http.MethodPut, at("adatum", "connection", "credential"), at("adatum", "connection"), console.NewCredential{Kind: kind}).
			refused(http.StatusUnprocessableEntity, says)
	}
	try(tenants.ManagedIdentity, "one subject for everybody")
	try(tenants.WorkloadIdentity, "one subject for everybody")
	ada.put(at("adatum", "connection"), ada.shared()).want(http.StatusOK)
	try(tenants.PlatformIssuer, "would share one subject")
	for _, kind := range []tenants.CredentialKind{tenants.Certificate, tenants.ClientSecret, tenants.ManagedIdentity, tenants.WorkloadIdentity} {
		try(kind, "the platform's")
	}
}
