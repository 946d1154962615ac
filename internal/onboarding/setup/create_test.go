package setup_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// stubborn refuses some requests of those it passes on.
type stubborn struct {
	*rig
	refuse func(method, path string) error
	log    []string
}

func (s *stubborn) Write(ctx context.Context, method, path string, body, out any) error {
	s.log = append(s.log, method+" "+path)
	if err := s.refuse(method, path); err != nil {
		return err
	}
	return s.rig.Write(ctx, method, path, body, out)
}

// once refuses the first times of a request and lets it pass then.
func once(times int, want string, err error) func(string, string) error {
	return func(method, path string) error {
		if times > 0 && strings.HasPrefix(method+" "+path, want) {
			times--
			return err
		}
		return nil
	}
}

var unknown = &refusal{http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist"}

func TestCreateWaitsForWhatGraphDoesNotKnowYet(t *testing.T) {
	t.Parallel()
	for _, request := range []string{"PATCH applications/", "POST servicePrincipals", "POST oauth2PermissionGrants", "POST applications/"} {
		t.Run(request, func(t *testing.T) {
			t.Parallel()
			g := &stubborn{rig: newRig(t), refuse: once(2, request, unknown)}
			var waited []time.Duration
			_, err := setup.Creator{Graph: g, Wait: func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }}.Create(t.Context(), values())
			if err != nil || len(waited) != 2 || waited[1] <= waited[0] {
				t.Errorf("err = %v, waited %v; want success after two growing waits", err, waited)
			}
			g.consented(g.list("applications")[0]["appId"])
		})
	}
}

func TestCreateGivesUpAndSaysWhatThereIs(t *testing.T) {
	t.Parallel()
	g := &stubborn{rig: newRig(t), refuse: once(1000, "POST oauth2PermissionGrants", unknown)}
	var total time.Duration
	made, err := setup.Creator{Graph: g, Wait: func(_ context.Context, d time.Duration) error { total += d; return nil }}.Create(t.Context(), values())
	if total != 2*time.Minute {
		t.Errorf("waited %s, want two minutes", total)
	}
	app := g.list("applications")[0]
	if made.ObjectID != app["id"] || made.ServicePrincipalID == "" || made.GrantID != "" {
		t.Errorf("made = %+v", made)
	}
	text := fault.Public(err)
	for _, want := range []string{`stopped at "Agree for everybody"`, "Request_ResourceNotFound", "Run it again", "Register the app (made " + made.ObjectID, "Add the service principal (made " + made.ServicePrincipalID, "Ask for version 2 tokens; ", "delete the app registration with object id " + made.ObjectID} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	if fault.KindOf(err) != fault.Upstream {
		t.Errorf("kind is %v", fault.KindOf(err))
	}
	// Run again, it completes what is there.
	again := g.create(values())
	if again.ObjectID != made.ObjectID || again.ServicePrincipalID != made.ServicePrincipalID || again.GrantID == "" {
		t.Errorf("again = %+v after %+v", again, made)
	}
	g.consented(app["appId"])
}

func TestCreateStopsAtARefusalThatIsNotAboutTime(t *testing.T) {
	t.Parallel()
	denied := &refusal{http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."}
	g := &stubborn{rig: newRig(t), refuse: once(1, "POST applications", denied)}
	_, err := setup.Creator{Graph: g, Wait: impatient(t)}.Create(t.Context(), values())
	if text := fault.Public(err); !strings.Contains(text, "Authorization_RequestDenied") || !strings.Contains(text, "changed nothing") || strings.Contains(text, "again") {
		t.Errorf("text = %q", text)
	}
	if !errors.Is(err, denied) {
		t.Error("the refusal is lost")
	}
}

// TestCreateSaysWhatItHasChanged lets a run stop that had nothing to make.
func TestCreateSaysWhatItHasChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.create(values())
	double := &refusal{http.StatusBadRequest, "InvalidFederatedIdentityCredentialValue", "double"}
	g := &stubborn{rig: r, refuse: once(1, "PATCH applications/"+first.ObjectID+"/federatedIdentityCredentials", double)}
	made, err := setup.Creator{Graph: g, Wait: impatient(t)}.Create(t.Context(), values())
	text := fault.Public(err)
	if !strings.Contains(text, "Done by this run: Ask for version 2 tokens; ") || strings.Contains(text, "take it back") || strings.Contains(text, "again") {
		t.Errorf("text = %q", text)
	}
	if strings.Count(text, double.code) != 1 || fault.KindOf(err) != fault.Conflict {
		t.Errorf("text = %q, kind %v", text, fault.KindOf(err))
	}
	if n := len(made.Changes); n == 0 || made.Changes[n-1].Step != "Agree for everybody" || made.Changes[0].Made != "" {
		t.Errorf("changes = %v", made.Changes)
	}
}

// TestCreateRepeatsNoCode is for a refusal whose text has the code in it.
func TestCreateRepeatsNoCode(t *testing.T) {
	t.Parallel()
	denied := fault.Wrap(fault.Forbidden, "Microsoft Graph answered 403 Authorization_RequestDenied", &refusal{http.StatusForbidden, "Authorization_RequestDenied", ""})
	g := &stubborn{rig: newRig(t), refuse: once(1, "POST applications", denied)}
	_, err := setup.Creator{Graph: g, Wait: impatient(t)}.Create(t.Context(), values())
	if text := fault.Public(err); strings.Count(text, "Authorization_RequestDenied") != 1 || fault.KindOf(err) != fault.Forbidden {
		t.Errorf("text = %q, kind %v", text, fault.KindOf(err))
	}
}

// TestFederatedCredentialsAreKnownByWhatTheySay has one that somebody else has
// named, beside one of a connection before.
func TestFederatedCredentialsAreKnownByWhatTheySay(t *testing.T) {
	t.Parallel()
	for way, carryOut := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			former := values()
			former.Federation.Subject += "0"
			made := r.create(former)
			of := values().Federation
			body := map[string]any{"name": "by-hand", "issuer": of.Issuer, "subject": of.Subject, "audiences": []string{"api://other"}}
			if err := r.Write(t.Context(), http.MethodPost, "applications/"+made.ObjectID+"/federatedIdentityCredentials", body, nil); err != nil {
				t.Fatal(err)
			}
			carryOut(r, values())
			federated := r.registration()["federated"].([]any)
			if len(federated) != 2 {
				t.Fatalf("federated credentials are %v", federated)
			}
			for _, one := range federated {
				f := one.(map[string]any)
				if f["name"] == "by-hand" && fmt.Sprint(f["audiences"]) == "["+of.Audience+"]" {
					return
				}
			}
			t.Errorf("federated credentials are %v", federated)
		})
	}
}

// impatient must not be asked.
func impatient(t *testing.T) func(context.Context, time.Duration) error {
	t.Helper()
	return func(context.Context, time.Duration) error {
		t.Error("waited for nothing")
		return nil
	}
}

func TestCreateEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	g := &stubborn{rig: newRig(t), refuse: once(1000, "PATCH applications/", unknown)}
	_, err := setup.Creator{Graph: g, Wait: func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }}.Create(ctx, values())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want the context's", err)
	}
	if n := len(g.log); g.log[n-1][:5] != "PATCH" {
		t.Errorf("went on after the end: %v", g.log)
	}
}

func TestUnverifiedHostNamesTheFallbacks(t *testing.T) {
	t.Parallel()
	strict := func(t *seed.Tenant) { t.Settings.IdentifierURIs = "verified" }
	r := newRig(t, strict)
	_, err := setup.Creator{Graph: r, Wait: patient}.Create(t.Context(), values())
	for _, fallback := range setup.Fallbacks() {
		if !strings.Contains(fault.Public(err), fallback) {
			t.Errorf("%q does not say %q", fault.Public(err), fallback)
		}
	}
	result := runScript(newRig(t, strict), values())
	if result.Code == 0 || !strings.Contains(result.Stderr, "HostNameNotOnVerifiedDomain") {
		t.Errorf("the script ended with %d: %s", result.Code, result.Stderr)
	}
	for _, fallback := range setup.Fallbacks() {
		if !strings.Contains(result.Stderr, fallback) {
			t.Errorf("the script does not say %q: %s", fallback, result.Stderr)
		}
	}
}

func TestStrangersRegistrationIsNotTouched(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var other map[string]any
	if err := r.Write(t.Context(), http.MethodPost, "applications", map[string]any{"displayName": "Payroll"}, &other); err != nil {
		t.Fatal(err)
	}
	v := values()
	v.ClientID = tenants.MustGUID(other["appId"].(string))
	if _, err := (setup.Creator{Graph: r, Wait: patient}).Create(t.Context(), v); fault.KindOf(err) != fault.NotFound {
		t.Errorf("err = %v, want NotFound", err)
	}
	if result := runScript(r, v); result.Code == 0 || !strings.Contains(result.Stderr, "changes only what it has made") {
		t.Errorf("the script ended with %d: %s", result.Code, result.Stderr)
	}
	if name := r.registration()["displayName"]; name != "Payroll" {
		t.Errorf("it is called %v now", name)
	}
}

func TestKnownRegistrationIsCompletedByItsClientID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.create(values())
	v := values()
	v.ClientID = tenants.MustGUID(first.ClientID)
	v.Federation.Subject += "0"
	second := r.create(v)
	if first.ObjectID != second.ObjectID || first.FederatedID != second.FederatedID {
		t.Errorf("first %+v, second %+v", first, second)
	}
	r.script(v)
	federated := r.registration()["federated"].([]any)
	if len(federated) != 1 || federated[0].(map[string]any)["subject"] != v.Federation.Subject {
		t.Errorf("federated credentials are %v", federated)
	}
}

func TestConsentsOfConnectorsStay(t *testing.T) {
	t.Parallel()
	for way, carryOut := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			made := r.create(values())
			if err := r.Write(t.Context(), http.MethodPatch, "oauth2PermissionGrants/"+made.GrantID, map[string]any{"scope": "Mail.Read openid"}, nil); err != nil {
				t.Fatal(err)
			}
			carryOut(r, values())
			scope := r.list("oauth2PermissionGrants")[0]["scope"].(string)
			for _, word := range []string{"Mail.Read", "openid", "offline_access", "User.Read", "GroupMember.Read.All"} {
				if strings.Count(" "+scope+" ", " "+word+" ") != 1 {
					t.Errorf("scope is %q, want %s once", scope, word)
				}
			}
		})
	}
}

func TestTwoRegistrationsOfOneEndpointAreNotGuessedBetween(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 2 {
		body := map[string]any{"displayName": "Acme", "tags": []string{values().Tag()}}
		if err := r.Write(t.Context(), http.MethodPost, "applications", body, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := (setup.Creator{Graph: r, Wait: patient}).Create(t.Context(), values()); fault.KindOf(err) != fault.Conflict {
		t.Errorf("err = %v, want Conflict", err)
	}
	if result := runScript(r, values()); result.Code == 0 || !strings.Contains(result.Stderr, "There are several") {
		t.Errorf("the script ended with %d: %s", result.Code, result.Stderr)
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	made := setup.Created{Secret: "hunter2"}
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(text), fmt.Sprint(made), fmt.Sprintf("%+v %#v %q", made, made, made)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("%s shows the secret", shown)
		}
	}
}
