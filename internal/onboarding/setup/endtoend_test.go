package setup_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// ways are how the same end is reached.
var ways = map[string]func(*rig, setup.Values){
	"script": func(r *rig, v setup.Values) { r.script(v) },
	"create": func(r *rig, v setup.Values) { r.create(v) },
}

// kinds are the values of each kind of set-up.
func kinds(t *testing.T) map[string]setup.Values {
	t.Helper()
	certified, secret := values(), values()
	certified.Credential, certified.Federation, certified.Certificate = tenants.Certificate, setup.Federation{}, certificatePEM(t)
	secret.Credential, secret.Federation = tenants.ClientSecret, setup.Federation{}
	background, sharedBackground := values(), shared()
	background.Background, sharedBackground.Background = tenants.Application, tenants.Application
	return map[string]setup.Values{
		"platform-issuer": values(), "certificate": certified, "client-secret": secret, "shared": shared(),
		"background": background, "shared-background": sharedBackground,
	}
}

func TestSetUpTenantIssuesTheTokensAnEndpointNeeds(t *testing.T) {
	t.Parallel()
	for way, carryOut := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			carryOut(r, values())
			carryOut(r, values())
			apps := r.list("applications")
			if len(apps) != 1 {
				t.Fatalf("there are %d app registrations, want one", len(apps))
			}
			got := claims(t, r.token("uma@acme.example", "pw-uma", endpoint+"/access_as_user"))
			want := map[string]any{"aud": apps[0]["appId"], "ver": "2.0", "scp": "access_as_user", "idtyp": "user", "tid": acme, "groups": []any{staff}}
			for name, value := range want {
				if !reflect.DeepEqual(got[name], value) {
					t.Errorf("%s = %v, want %v", name, got[name], value)
				}
			}
			r.consented(apps[0]["appId"])
		})
	}
}

// consented checks that the only grant is the base consent of one app.
func (r *rig) consented(client any) {
	r.t.Helper()
	grants := r.list("oauth2PermissionGrants")
	if len(grants) != 1 {
		r.t.Fatalf("grants are %v, want one", grants)
	}
	scopes := strings.Fields(grants[0]["scope"].(string))
	slices.Sort(scopes)
	if want := []string{"GroupMember.Read.All", "User.Read", "offline_access", "openid"}; !slices.Equal(scopes, want) {
		r.t.Errorf("scopes are %v, want %v", scopes, want)
	}
	for _, p := range r.list("servicePrincipals") {
		if p["id"] == grants[0]["clientId"] && p["appId"] != client {
			r.t.Errorf("the grant is of app %v, want %v", p["appId"], client)
		}
		if p["id"] == grants[0]["resourceId"] && p["appId"] != seed.MicrosoftGraph {
			r.t.Errorf("the grant is at %v, want Microsoft Graph", p["appId"])
		}
	}
	if grants[0]["consentType"] != "AllPrincipals" {
		r.t.Errorf("consentType is %v", grants[0]["consentType"])
	}
}

func TestSharedAppNeedsItsServicePrincipalAndTheConsentOnly(t *testing.T) {
	t.Parallel()
	for way, carryOut := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			carryOut(r, shared())
			carryOut(r, shared())
			if apps := r.list("applications"); len(apps) != 0 {
				t.Errorf("there are app registrations: %v", apps)
			}
			r.consented(sharedApp)
		})
	}
}

func TestScriptAndCreateEndInTheSameRegistration(t *testing.T) {
	t.Parallel()
	for kind, v := range kinds(t) {
		if v.Model == tenants.SharedApp {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			scripted, created := newRig(t, privileged), newRig(t)
			scripted.script(v)
			created.create(v)
			a, b := scripted.registration(), created.registration()
			if !reflect.DeepEqual(a, b) {
				t.Errorf("the script made\n%v\nCreate made\n%v", a, b)
			}
			if len(a["identifierUris"].([]any)) != 1 || len(a["appRoles"].([]any)) != 2 {
				t.Errorf("the registration is not complete: %v", a)
			}
		})
	}
}

// privileged lets the administrator grant permissions of Microsoft Graph to apps.
func privileged(own *seed.Tenant) {
	own.Users[0].DirectoryRoles = append(own.Users[0].DirectoryRoles, "e8611ab8-c189-46e8-94e1-60213ab1f814")
}

// TestOnlyTheScriptGrantsPermissionsToTheAppItself, only where that was chosen, and
// once: whoever carries out the rest need not have the right.
func TestOnlyTheScriptGrantsPermissionsToTheAppItself(t *testing.T) {
	t.Parallel()
	granted := func(r *rig) (roles []string) {
		for _, p := range r.list("servicePrincipals") {
			if p["displayName"] != values().DisplayName() {
				continue
			}
			for _, a := range r.list("servicePrincipals/" + p["id"].(string) + "/appRoleAssignments") {
				roles = append(roles, a["appRoleId"].(string))
			}
		}
		slices.Sort(roles)
		return roles
	}
	v, scripted, created := kinds(t)["background"], newRig(t, privileged), newRig(t)
	scripted.script(values())
	if got := granted(scripted); len(got) != 0 {
		t.Errorf("by default %v are granted", got)
	}
	scripted.script(v)
	scripted.script(v)
	created.create(v)
	var want []string
	for _, p := range setup.BackgroundPermissions() {
		want = append(want, p.ID)
	}
	slices.Sort(want)
	if got := granted(scripted); !slices.Equal(got, want) {
		t.Errorf("the script grants %v, want %v", got, want)
	}
	if got := granted(created); len(got) != 0 {
		t.Errorf("without the script %v are granted", got)
	}
}

// registration is the only app registration with its federated credentials,
// without what differs from run to run.
func (r *rig) registration() map[string]any {
	r.t.Helper()
	apps := r.list("applications")
	if len(apps) != 1 {
		r.t.Fatalf("there are %d app registrations, want one", len(apps))
	}
	one := apps[0]
	var federated []any
	for _, f := range r.list("applications/" + one["id"].(string) + "/federatedIdentityCredentials") {
		delete(f, "id")
		federated = append(federated, f)
	}
	one["federated"] = federated
	for _, name := range []string{"id", "appId", "createdDateTime"} {
		delete(one, name)
	}
	for _, p := range one["passwordCredentials"].([]any) {
		for _, name := range []string{"keyId", "hint", "startDateTime", "endDateTime"} {
			delete(p.(map[string]any), name)
		}
	}
	return one
}

func TestSecretIsToldOnceAndMadeOnce(t *testing.T) {
	t.Parallel()
	v := kinds(t)["client-secret"]
	r := newRig(t)
	first, second := r.create(v), r.create(v)
	if first.Secret.Text() == "" || second.Secret.Text() != "" {
		t.Errorf("secrets are %q and %q, want one and none", first.Secret.Text(), second.Secret.Text())
	}
	other := newRig(t)
	if out := other.script(v).Stdout; !strings.Contains(out, "Copy this into Gatehouse") {
		t.Errorf("the script has told no secret: %s", out)
	}
	if out := other.script(v).Stdout; strings.Contains(out, "Copy this into Gatehouse") {
		t.Errorf("the script has told a second secret: %s", out)
	}
	if n := len(other.registration()["passwordCredentials"].([]any)); n != 1 {
		t.Errorf("there are %d secrets, want one", n)
	}
}
