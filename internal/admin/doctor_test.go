package admin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// connected is an organization with an own app that trusts the platform.
func connected(t *testing.T) (*office, tenants.ID) {
	t.Helper()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	o.connect(org, o.register(org, console.WantedRegistration{}).ClientID)
	succeed(t, o.put(org, console.NewCredential{Kind: tenants.PlatformIssuer}))
	return o, org
}

// unseen is what the doctor says of something it could not look at.
func unseen(r onboarding.Report, id string) onboarding.NotChecked {
	for _, n := range r.NotChecked {
		if n.ID == id {
			return n
		}
	}
	return onboarding.NotChecked{}
}

func TestDoctorSaysHowToAllowWhatItMayNotRead(t *testing.T) {
	t.Parallel()
	o, org := connected(t)
	o.denied = "Policy.Read.All"
	report, err := o.Check(t.Context(), o.by(org), "")
	succeed(t, err)
	if got := unseen(report, "scope.missing"); !strings.Contains(got.Reason, "/auth/sign-in?scopes=") || got.Remedy == "" {
		t.Errorf("not checked: %+v of %+v", got, report.NotChecked)
	}
}

func TestDoctorReadsWithTheTokenOfAnAutomation(t *testing.T) {
	t.Parallel()
	o, org := connected(t)
	robot := o.by(org)
	robot.Person = nil
	without, err := o.Check(t.Context(), robot, "")
	if err != nil || len(without.NotChecked) == 0 {
		t.Errorf("nobody asks Graph, and everything is checked: %+v, %v", without, err)
	}
	token, err := o.GraphToken(t.Context(), ada(), "Application.Read.All", "Policy.Read.All")
	succeed(t, err)
	with, err := o.Check(t.Context(), robot, token)
	if err != nil || len(with.NotChecked) != 0 || !with.Healthy() {
		t.Errorf("%s%v", with.Text(), err)
	}
	robot.Organization = o.by(org).Organization
	if s, err := o.Onboarding.Onboarding(t.Context(), robot); err != nil || s.Step != "first_mapping" || s.Colleague != nil {
		t.Errorf("the robot is at %q, %v", s.Step, err)
	}
	eve := person(vendorID, "e0e00000-0000-4000-8000-000000000005", "eve@vendor.example", cloudAdmin)
	stranger, err := o.GraphToken(t.Context(), eve, "Application.Read.All")
	succeed(t, err)
	_, err = o.Check(t.Context(), robot, stranger)
	wants(t, err, fault.Invalid, "another directory")
}

func TestReportOfAnotherConnectionIsForgotten(t *testing.T) {
	t.Parallel()
	o, org := connected(t)
	_, err := o.Check(t.Context(), o.by(org), "")
	succeed(t, err)
	if step, s := o.step(org); step != "first_mapping" {
		t.Errorf("the step is %+v", s)
	}
	n := o.by(org).Organization.Connection
	_, err = o.Connect(t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.OwnApp, ClientID: n.ClientID, Scope: "another"}, unchanged)
	succeed(t, err)
	if step, s := o.step(org); step != "doctor" {
		t.Errorf("with another scope the step is %+v", s)
	}
}

// TestDoctorKnowsWhatSetUpRegisters examines a registration made by hand.
func TestDoctorKnowsWhatSetUpRegisters(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	o.connect(org, o.application("By hand"))
	report, err := o.Check(t.Context(), o.by(org), "")
	succeed(t, err)
	i := slices.IndexFunc(report.Findings, func(f onboarding.Finding) bool { return f.ID == "redirect.web" })
	if i < 0 || report.Findings[i].Severity != onboarding.Error || !strings.Contains(report.Findings[i].Detail, "/t/acme/callback") {
		t.Errorf("findings are %+v", report.Findings)
	}
}

// TestDoctorNamesGroupsThatAreGone has a tool role and a role of the console
// assigned to groups that the directory does not have, and one that is over.
func TestDoctorNamesGroupsThatAreGone(t *testing.T) {
	t.Parallel()
	o, org := connected(t)
	o.assign(org, staffGroup)
	gone, past := tenants.NewGUID(), tenants.NewGUID()
	var assignment tenants.GUID
	_, err := o.db.EditAccess(t.Context(), o.by(org).Caller, "role assigned", func(c *access.Configuration) error {
		a := authz.Assignment{ID: tenants.NewGUID(), Role: c.Rules.Roles[0].ID, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: gone.String()}, Name: "Sales"}
		assignment = a.ID
		if _, err := c.AddAssignment(a, time.Now()); err != nil {
			return err
		}
		a.ID, a.Subject.Value, a.EndsAt = tenants.NewGUID(), past.String(), time.Now().Add(-time.Hour)
		_, err := c.AddAssignment(a, a.EndsAt.Add(-time.Hour))
		return err
	})
	succeed(t, err)
	grant := tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Viewer, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: gone}}
	over := tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Viewer, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: past}, EndsAt: time.Now().Add(-time.Hour)}
	succeed(t, o.db.EditRoleGrants(t.Context(), o.by(org).Caller, "granted", func(g []tenants.RoleGrant) ([]tenants.RoleGrant, error) {
		return append(g, grant, over), nil
	}))
	report, err := o.Check(t.Context(), o.by(org), "")
	succeed(t, err)
	i := slices.IndexFunc(report.Findings, func(f onboarding.Finding) bool { return f.ID == "assignment.gone" })
	if i < 0 {
		t.Fatalf("findings are %+v", report.Findings)
	}
	detail := report.Findings[i].Detail
	for _, word := range []string{"Sales " + gone.String(), "acme/assignments/" + assignment.String(), "acme/role-grants/" + grant.ID.String()} {
		if !strings.Contains(detail, word) {
			t.Errorf("%q lacks %s", detail, word)
		}
	}
	if strings.Contains(detail, past.String()) || strings.Contains(detail, staffID) {
		t.Errorf("%q names a group that matters to nobody, or is there", detail)
	}
	o.denied = "GroupMember.Read.All"
	report, err = o.Check(t.Context(), o.by(org), "")
	succeed(t, err)
	if got := unseen(report, "assignment.gone"); !strings.Contains(got.Reason, "/auth/sign-in?scopes=") || len(report.NotChecked) != 1 {
		t.Errorf("not checked: %+v", report.NotChecked)
	}
}

func TestDoctorNeedsAConnection(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	_, err := o.Check(t.Context(), o.by(org), "")
	wants(t, err, fault.Invalid, "connect it first")
}

func TestSetUpIsMadeOfTheOrganizationsOwnValues(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim()
	certificate, _ := pair(t, time.Now().Add(time.Hour))
	for name, row := range map[string]struct {
		wanted console.WantedRegistration
		words  []string
	}{
		"best":          {console.WantedRegistration{}, []string{org.Connection.FederatedSubject(org.ID), "/federation", "/t/acme/mcp", "/t/acme/callback"}},
		"client secret": {console.WantedRegistration{Credential: tenants.ClientSecret}, []string{"/t/acme/mcp"}},
		"certificate":   {console.WantedRegistration{Credential: tenants.Certificate, Certificate: certificate}, []string{"/t/acme/mcp"}},
		"shared app":    {console.WantedRegistration{Model: tenants.SharedApp}, []string{sharedID}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := o.Setup(t.Context(), org.ID, row.wanted)
			if err != nil || len(s.Steps) == 0 || len(s.Snippets) != 4 || len(s.Fallbacks) == 0 {
				t.Fatalf("%+v, %v", s, err)
			}
			for _, word := range row.words {
				if !strings.Contains(s.Snippets[0].Text, word) {
					t.Errorf("the commands lack %s", word)
				}
			}
		})
	}
	_, err := o.Setup(t.Context(), org.ID, console.WantedRegistration{Credential: tenants.Certificate})
	wants(t, err, fault.Invalid, "certificate")
	_, err = o.Setup(t.Context(), org.ID, console.WantedRegistration{Credential: tenants.ManagedIdentity})
	wants(t, err, fault.Invalid, "shared app only")
}

func TestSetUpShowsTheCertificateThatWasGiven(t *testing.T) {
	t.Parallel()
	o, org := connected(t)
	certificate, bundle := pair(t, time.Now().Add(time.Hour))
	succeed(t, o.put(org, console.NewCredential{Kind: tenants.Certificate, Certificate: bundle}))
	s, err := o.Setup(t.Context(), org, console.WantedRegistration{})
	succeed(t, err)
	shown := strings.Join(strings.Fields(s.Snippets[0].Text), "")
	body := strings.Join(strings.Split(strings.TrimSpace(certificate), "\n")[1:3], "")
	if !strings.Contains(shown, body) || strings.Contains(shown, "PRIVATEKEY") {
		t.Error("the commands lack the certificate, or hold more than that")
	}
}

func TestRegistrationsThatAreNotMade(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	_, err := o.CreateRegistration(t.Context(), o.by(org), console.WantedRegistration{Credential: tenants.ClientSecret})
	wants(t, err, fault.Invalid, "would have to be shown")
	o.denied = "Application.ReadWrite.All"
	_, err = o.CreateRegistration(t.Context(), o.by(org), console.WantedRegistration{})
	wants(t, err, fault.Forbidden, "/auth/sign-in?scopes=")
	waiting := newOffice(t, onboarding.ByApproval)
	org = waiting.claim().ID
	_, err = waiting.CreateRegistration(t.Context(), waiting.by(org), console.WantedRegistration{})
	wants(t, err, fault.Conflict, "pending")
}

// TestMakingARegistrationTwiceMakesOneAndConnectsNothing also sees the step that
// the same commands take find what they made.
func TestMakingARegistrationTwiceMakesOneAndConnectsNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	first, second := o.register(org, console.WantedRegistration{}), o.register(org, console.WantedRegistration{})
	if first != second || first.ObjectID.IsZero() || !strings.Contains(first.Link, first.ClientID.String()) {
		t.Errorf("%+v and %+v", first, second)
	}
	if n := o.by(org).Organization.Connection; !n.ClientID.IsZero() || n.Model != "" {
		t.Errorf("it is connected: %+v", n)
	}
}

func TestConsentLeadsToTheRightPage(t *testing.T) {
	t.Parallel()
	o, org := connected(t)
	page, err := o.ConsentPage(t.Context(), o.by(org).Caller, "state-of-the-console", "https://gatehouse.example/auth/consent")
	if link := page.URL; err != nil || page.Back || !strings.Contains(link, "CallAnAPI/appId/"+o.by(org).Organization.Connection.ClientID.String()) || strings.Contains(link, "state-of") {
		t.Errorf("own app: %+v, %v", page, err)
	}
	_, err = o.Connect(t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.SharedApp}, unchanged)
	succeed(t, err)
	page, err = o.ConsentPage(t.Context(), o.by(org).Caller, "state-of-the-console", "https://gatehouse.example/auth/consent")
	if link := page.URL; err != nil || !page.Back || !strings.HasPrefix(link, o.login+"/"+acmeID+"/v2.0/adminconsent?") || !strings.Contains(link, "state=state-of-the-console") {
		t.Errorf("shared app: %+v, %v", page, err)
	}
}

// TestAMistypedClientIDIsLeftBehind goes the whole way that somebody goes who has
// connected a client id that the directory does not have.
func TestAMistypedClientIDIsLeftBehind(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	mistyped := tenants.NewGUID()
	o.connect(org, mistyped)
	succeed(t, o.put(org, console.NewCredential{Kind: tenants.PlatformIssuer}))
	if step, s := o.step(org); step != "consent" || s.Action != "createRegistration" || !strings.Contains(s.Explanation, mistyped.String()) || !strings.Contains(s.Remedy, "client id") {
		t.Errorf("the step is %s: %+v", step, s)
	}
	made := o.register(org, console.WantedRegistration{})
	if made.ClientID == mistyped {
		t.Fatal("the registration has the client id that does not exist")
	}
	o.connect(org, made.ClientID)
	succeed(t, o.put(org, console.NewCredential{Kind: tenants.PlatformIssuer}))
	_, err := o.Activate(t.Context(), o.by(org).Caller)
	wants(t, err, fault.Conflict, "createRegistration")
	if again := o.register(org, console.WantedRegistration{}); again != made {
		t.Errorf("another registration was made: %+v after %+v", again, made)
	}
	_, err = o.Activate(t.Context(), o.by(org).Caller)
	succeed(t, err)
}

// TestAStrangersRegistrationIsLeftForANewOne is about a client id that the
// directory has, of a registration that no set-up has made.
func TestAStrangersRegistrationIsLeftForANewOne(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	payroll := o.application("Payroll")
	o.connect(org, payroll)
	_, err := o.CreateRegistration(t.Context(), o.by(org), console.WantedRegistration{})
	wants(t, err, fault.NotFound, "new: true")
	made := o.register(org, console.WantedRegistration{New: true})
	if made.ClientID == payroll {
		t.Error("the stranger's was taken")
	}
	if again := o.register(org, console.WantedRegistration{New: true}); again != made {
		t.Errorf("another registration was made: %+v after %+v", again, made)
	}
}

func TestRegistrationsAreInTheLog(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	made := o.register(org, console.WantedRegistration{})
	if len(o.events) != 2 || o.events[0].Target != "app registration begun" || !strings.Contains(o.events[0].Detail, "credential platform_issuer") {
		t.Fatalf("records are %+v", o.events)
	}
	e := o.events[1]
	if e.Kind != audit.ConfigChange || e.Target != "app registration made" || e.Outcome != audit.OK || !strings.Contains(e.Detail, "Register the app (made "+made.ObjectID.String()) {
		t.Errorf("record is %+v", e)
	}
	for _, word := range []string{`"clientId":"` + made.ClientID.String(), `"objectId":"` + made.ObjectID.String(), `"servicePrincipalId"`, `"consentId"`, `"federatedCredentialId"`} {
		if !strings.Contains(e.After, word) {
			t.Errorf("%s lacks %s", e.After, word)
		}
	}
	o.connect(org, o.application("Payroll"))
	_, err := o.CreateRegistration(t.Context(), o.by(org), console.WantedRegistration{})
	wants(t, err, fault.NotFound, "changed nothing")
	if e = o.events[3]; e.Target != "app registration stopped" || e.Outcome != audit.Failed || e.Reason != fault.NotFound.String() || e.Detail != "" {
		t.Errorf("record is %+v", e)
	}
}

// TestNothingIsRegisteredThatCannotBeRecorded closes the log.
func TestNothingIsRegisteredThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	o := newOffice(t, onboarding.Open)
	org := o.claim().ID
	o.closed = fault.New(fault.Unavailable, "the log is full")
	_, err := o.CreateRegistration(t.Context(), o.by(org), console.WantedRegistration{})
	wants(t, err, fault.Unavailable, "the log is full")
	o.closed = nil
	o.register(org, console.WantedRegistration{})
	if !strings.Contains(o.events[1].Detail, "Register the app (made ") {
		t.Error("the refused run had registered the app")
	}
}
