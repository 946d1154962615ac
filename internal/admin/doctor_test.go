package admin_test

import (
	"strings"
	"testing"
	"time"

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
		"best":          {console.WantedRegistration{}, []string{org.Connection.FederatedSubject(org.ID), "/federation", "/t/acme/mcp"}},
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
