package onboarding_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// complete is everything that can be true.
func complete() onboarding.Facts {
	o := contoso()
	return onboarding.Facts{
		Session:      &onboarding.Session{TID: o.TID, OID: tenants.MustGUID(adaID), Name: "Ada"},
		Ownership:    &onboarding.Ownership{Proven: true, By: entra.GlobalAdministrator},
		Organization: &o, Granted: true, VerifiedAt: noon, Report: &onboarding.Report{At: noon}, Mappings: 1, Sinks: 1,
	}
}

func TestEverythingTrueIsDone(t *testing.T) {
	t.Parallel()
	for _, s := range onboarding.Steps(complete(), noon) {
		if s.State != onboarding.Done || s.Title == "" || s.Explanation == "" {
			t.Errorf("%+v", s)
		}
	}
}

func TestTheFirstThingThatIsNotTrueIsTheStep(t *testing.T) {
	t.Parallel()
	action, _ := reflect.TypeFor[onboarding.Step]().FieldByName("Action")
	named := strings.Split(action.Tag.Get("enum"), ",")
	org := func(change func(*tenants.Organization)) func(*onboarding.Facts) {
		return func(f *onboarding.Facts) { change(f.Organization) }
	}
	connection := func(change func(*tenants.Connection)) func(*onboarding.Facts) {
		return org(func(o *tenants.Organization) { change(&o.Connection) })
	}
	refused := func(code int) func(*onboarding.Facts) {
		return func(f *onboarding.Facts) {
			f.Verified = fault.Wrap(fault.Forbidden, "refused", &entra.TokenError{Class: entra.Misconfigured, Code: code})
		}
	}
	for name, c := range map[string]struct {
		but   func(*onboarding.Facts)
		step  onboarding.StepID
		state onboarding.StepState
		says  string
	}{
		"nobody signed in":   {func(f *onboarding.Facts) { f.Session = nil }, onboarding.SignInStep, onboarding.Current, "Sign in"},
		"a guest":            {func(f *onboarding.Facts) { f.Session.Guest = true }, onboarding.SignInStep, onboarding.Blocked, "guest"},
		"a personal account": {func(f *onboarding.Facts) { f.Session.TID = mustTID("9188040d-6c67-4c5b-b112-36a304b66dad") }, onboarding.SignInStep, onboarding.Blocked, "personal"},
		"nothing claimed":    {func(f *onboarding.Facts) { f.Organization = nil }, onboarding.OwnershipStep, onboarding.Current, "Claim"},
		"nothing asked":      {func(f *onboarding.Facts) { f.Organization, f.Ownership = nil, nil }, onboarding.OwnershipStep, onboarding.Current, "Claim"},
		"not an administrator": {func(f *onboarding.Facts) {
			f.Organization, f.Ownership = nil, &onboarding.Ownership{Explanation: "You are eligible", Remedy: "Activate it"}
		}, onboarding.OwnershipStep, onboarding.Blocked, "eligible"},
		"no role in it":          {func(f *onboarding.Facts) { f.Granted = false }, onboarding.OwnershipStep, onboarding.Current, "Claim"},
		"another directory":      {func(f *onboarding.Facts) { f.Session.TID = mustTID(platformID) }, onboarding.OwnershipStep, onboarding.Blocked, "another directory"},
		"pending":                {org(func(o *tenants.Organization) { o.State = tenants.Pending }), onboarding.OwnershipStep, onboarding.Blocked, "admitted"},
		"deleted":                {org(func(o *tenants.Organization) { o.State = tenants.Deleted }), onboarding.OwnershipStep, onboarding.Blocked, "deleted"},
		"no model":               {connection(func(c *tenants.Connection) { *c = tenants.Connection{} }), onboarding.PermissionsStep, onboarding.Current, "GroupMember.Read.All"},
		"no client id":           {connection(func(c *tenants.Connection) { c.ClientID = tenants.GUID{} }), onboarding.ConnectionStep, onboarding.Current, "client id"},
		"no credential":          {connection(func(c *tenants.Connection) { c.Credential = tenants.Credential{} }), onboarding.CredentialStep, onboarding.Current, "platform_issuer"},
		"an expired credential":  {connection(func(c *tenants.Connection) { c.Credential.ExpiresAt = noon }), onboarding.CredentialStep, onboarding.Blocked, "expired"},
		"never verified":         {func(f *onboarding.Facts) { f.VerifiedAt = time.Time{} }, onboarding.ConsentStep, onboarding.Current, "Consent"},
		"verified long ago":      {func(f *onboarding.Facts) { f.VerifiedAt = noon.Add(-25 * time.Hour) }, onboarding.ConsentStep, onboarding.Current, "Consent"},
		"not verifiable":         {func(f *onboarding.Facts) { f.Verified = fault.New(fault.Forbidden, "the app is disabled") }, onboarding.ConsentStep, onboarding.Blocked, "disabled"},
		"a client id nobody has": {refused(700016), onboarding.ConsentStep, onboarding.Blocked, "Correct the client id"},
		"another subject":        {refused(700213), onboarding.ConsentStep, onboarding.Blocked, "Make the app registration again"},
		"a wrong secret":         {refused(7000215), onboarding.ConsentStep, onboarding.Blocked, "Give the connection a credential"},
		"a disabled app":         {refused(7000112), onboarding.ConsentStep, onboarding.Blocked, "Enable the app"},
		"no consent":             {refused(65001), onboarding.ConsentStep, onboarding.Blocked, "Consent on Microsoft's page"},
		"the shared app": {func(f *onboarding.Facts) {
			refused(700016)(f)
			f.Organization.Connection.Model = tenants.SharedApp
		}, onboarding.ConsentStep, onboarding.Blocked, "Consent on Microsoft's page"},
		"not examined":           {func(f *onboarding.Facts) { f.Report = nil }, onboarding.DoctorStep, onboarding.Current, "doctor"},
		"examined long ago":      {func(f *onboarding.Facts) { f.Report.At = noon.Add(-25 * time.Hour) }, onboarding.DoctorStep, onboarding.Current, "doctor"},
		"an error":               {func(f *onboarding.Facts) { f.Report.Findings = []onboarding.Finding{{Severity: onboarding.Error}} }, onboarding.DoctorStep, onboarding.Blocked, "errors"},
		"nothing mapped":         {func(f *onboarding.Facts) { f.Mappings = 0 }, onboarding.FirstMappingStep, onboarding.Current, "group"},
		"checkpoints go nowhere": {func(f *onboarding.Facts) { f.Sinks = 0 }, onboarding.CheckpointsStep, onboarding.Current, "do not want one now"},
		"not active yet":         {org(func(o *tenants.Organization) { o.State = tenants.Onboarding }), onboarding.DoneStep, onboarding.Current, "serving"},
		"suspended":              {org(func(o *tenants.Organization) { o.State = tenants.Suspended }), onboarding.DoneStep, onboarding.Blocked, "suspended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := complete()
			c.but(&f)
			steps := onboarding.Steps(f, noon)
			i := slices.IndexFunc(steps, func(s onboarding.Step) bool { return s.State != onboarding.Done })
			if i < 0 || steps[i].ID != c.step || steps[i].State != c.state {
				t.Fatalf("steps are %+v", steps)
			}
			if !strings.Contains(steps[i].Explanation+steps[i].Remedy, c.says) || steps[i].Remedy == "" {
				t.Errorf("%+v does not say %q", steps[i], c.says)
			}
			if a := string(steps[i].Action); a != "" && !slices.Contains(named, a) {
				t.Errorf("the contract does not name the action %s", a)
			}
			for _, later := range steps[i+1:] {
				if serves := f.Organization != nil && f.Organization.State == tenants.Active; later.ID == onboarding.DoneStep && serves {
					if later.State != onboarding.Done {
						t.Errorf("an organization that serves has %+v", later)
					}
					continue
				}
				if later.State != onboarding.ToDo || later.Action != "" || later.Remedy != "" {
					t.Errorf("%+v comes later", later)
				}
			}
		})
	}
}

func TestStepsThatMeanNothingAreDone(t *testing.T) {
	t.Parallel()
	shared := complete()
	shared.Organization.Connection.Model, shared.Organization.Connection.Credential = tenants.SharedApp, tenants.Credential{}
	tokens := complete()
	tokens.Organization.Connection.GroupSource, tokens.Organization.Connection.Credential = tenants.TokenOnly, tenants.Credential{}
	tokens.VerifiedAt = time.Time{}
	for _, f := range []onboarding.Facts{shared, tokens} {
		for _, s := range onboarding.Steps(f, noon) {
			if s.State != onboarding.Done {
				t.Errorf("%+v", s)
			}
		}
	}
}

func TestPermissionsAreExplainedOneByOne(t *testing.T) {
	t.Parallel()
	var explained []string
	for _, p := range onboarding.ExplainPermissions() {
		explained = append(explained, p.Name)
		if p.Reason == "" || p.Who == "" {
			t.Errorf("%+v", p)
		}
	}
	slices.Sort(explained)
	want := []string{"GroupMember.Read.All", "User.Read", "offline_access", "openid"}
	if !slices.Equal(explained, want) || !slices.Equal(slices.Sorted(slices.Values(onboarding.BasePermissions())), want) {
		t.Errorf("explained are %q, asked for %q", explained, onboarding.BasePermissions())
	}
}
