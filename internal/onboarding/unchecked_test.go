package onboarding_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

var update = flag.Bool("update", false, "write the golden files")

// TestNothingIsPassedThatWasNotLookedAt takes every source away: each check is
// then among those not made.
func TestNothingIsPassedThatWasNotLookedAt(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	s := r.subject()
	s.Graph, s.Prover = nil, nil
	mapped(staffID)(r, &s)
	inBackground(r, &s)
	report := r.check(s)
	if len(report.Findings) > 0 {
		t.Errorf("findings are %q", ids(report))
	}
	not := unchecked(report)
	for _, kind := range onboarding.Kinds() {
		id := kind.ID
		mine := strings.HasPrefix(id, "federated.") || id == "credential.wrong_certificate" || id == "credential.missing" || id == "redirect.shared" || id == "groups.source" || strings.HasPrefix(id, "checkpoints.") // not of this subject, or known without asking
		if slices.Contains(not, id) == mine {
			t.Errorf("%s is in what was not checked: %v", id, !mine)
		}
	}
	for _, n := range report.NotChecked {
		if n.Reason == "" || n.Remedy == "" || !strings.HasPrefix(n.Title, "Whether ") {
			t.Errorf("%+v lacks something, or is no question", n)
		}
	}
}

// TestWhatHasOneReasonIsTogether has two reasons, the one before and after the
// other.
func TestWhatHasOneReasonIsTogether(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	s := r.subject()
	s.Graph, s.Prover = nil, nil
	text := r.check(s).Text()
	for _, reason := range []string{"Nobody is signed in", "There is no credential"} {
		if strings.Count(text, reason) != 1 {
			t.Errorf("%q does not stand once in\n%s", reason, text)
		}
	}
	if !strings.Contains(text, "GATEHOUSE_GRAPH_TOKEN") || !strings.Contains(text, "\n  Whether the app is open to the right directories (sign_in_audience)\n") {
		t.Errorf("the report is\n%s", text)
	}
}

func TestAnAdministratorWithoutThePermissionIsToldWhich(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	s := r.subject()
	s.Admin = asking(r.password(contosoID, "ada@contoso.example", "User.Read"))
	report := r.check(s)
	i := slices.IndexFunc(report.NotChecked, func(n onboarding.NotChecked) bool { return n.ID == "redirect.web" })
	if i < 0 || !strings.Contains(report.NotChecked[i].Remedy, "Application.Read.All") || len(report.Findings) > 0 {
		t.Errorf("report is %s", report.Text())
	}
	if slices.Contains(unchecked(report), "token.version") {
		t.Error("the version can be read from a token")
	}
}

// TestTheTokenEndpointTellsWhatGraphCannot finds defects without Graph.
func TestTheTokenEndpointTellsWhatGraphCannot(t *testing.T) {
	t.Parallel()
	issuer := func(r *rig, s *onboarding.Subject) { viaIssuer(r, s, nil) }
	trusting := func(f seed.Federation) func(*rig) {
		return func(r *rig) {
			if f.Issuer == "" {
				f.Issuer = r.issuer
			}
			r.send(r.adminOfContoso, "POST", "applications(appId='"+toolsID+"')/federatedIdentityCredentials",
				`{"name":"other","issuer":"`+f.Issuer+`","subject":"`+f.Subject+`","audiences":["`+f.Audience+`"]}`)
		}
	}
	subject, audience := contoso().Connection.FederatedSubject(orgID), "api://AzureADTokenExchange"
	for _, d := range []defect{
		{id: "app.missing", tenant: func(t *seed.Tenant) { t.Apps = t.Apps[1:] }},
		{id: "principal.missing", on: sharedApp},
		{id: "principal.disabled", app: func(a *seed.App) { a.Disabled = true }},
		{id: "credential.wrong_secret", on: func(r *rig, s *onboarding.Subject) { s.Prover = r.bySecret(contosoID, toolsID, "wrong") }},
		{id: "credential.expired", app: func(a *seed.App) { a.Expired = true }},
		{id: "federated.missing", on: issuer},
		{id: "federated.issuer", on: issuer, before: trusting(seed.Federation{Issuer: "https://other.example", Subject: subject, Audience: audience})},
		{id: "federated.subject", on: issuer, before: trusting(seed.Federation{Subject: "org:else", Audience: audience})},
		{id: "federated.audience", on: issuer, before: trusting(seed.Federation{Subject: subject, Audience: "api://else"})},
		{id: "identifier_uri.resource", app: func(a *seed.App) { a.IdentifierURIs = nil }},
		{id: "token.version", app: func(a *seed.App) { a.RequestedTokenVersion, a.IdentifierURIs = 1, a.IdentifierURIs[:1] }},
		{id: "token.audience", on: func(_ *rig, s *onboarding.Subject) { s.Organization.Connection.ClientID = tenants.MustGUID(otherID) }},
		{id: "claims.idtyp", app: withoutClaim("idtyp")},
	} {
		t.Run(d.id, func(t *testing.T) {
			t.Parallel()
			r, s := d.seeded(t)
			s.Graph = nil
			report := r.check(s)
			want := append(strings.Fields(d.also), d.id)
			if got := ids(report); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
				t.Errorf("findings are %q, want %q", got, want)
			}
		})
	}
}

// TestARefusalForAnotherReasonLeavesQuestionsOpen keeps a refusal from being read
// as a pass for everything it is not about.
func TestARefusalForAnotherReasonLeavesQuestionsOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	s := r.subject()
	s.Graph, s.Prover = nil, answering{err: &entra.TokenError{Class: entra.Misconfigured, Code: 50196}}
	report := r.check(s)
	for _, id := range []string{"cloud.mismatch", "app.missing", "principal.disabled", "credential.wrong_secret", "credential.expired", "token.version", "identifier_uri.resource"} {
		if !slices.Contains(unchecked(report), id) {
			t.Errorf("%s was passed on the strength of AADSTS50196", id)
		}
	}
	s.Prover = answering{err: fault.New(fault.Unavailable, "nobody answers")}
	if report = r.check(s); !strings.Contains(report.Text(), "nobody answers") || len(report.Findings) > 0 {
		t.Errorf("report is %s", report.Text())
	}
}

// TestATokenOfAVersionThatIsNotSetIsTold plays Entra's delay between a change of
// the registration and the tokens.
func TestATokenOfAVersionThatIsNotSetIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	s := r.subject()
	claims := `{"aud":"api://` + toolsID + `","iss":"` + r.authority.V1Issuer(s.Organization.TID) + `","tid":"` + contosoID + `","ver":"1.0","idtyp":"app"}`
	s.Prover = answering{token: "x." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x"}
	report := r.check(s)
	if !slices.Equal(ids(report), []string{"token.stale_version"}) {
		t.Fatalf("findings are %q", ids(report))
	}
	for _, line := range report.Findings[0].Fix {
		r.run(r.adminOfContoso, line)
	}
	s.Prover = r.bySecret(contosoID, toolsID, "tools-secret")
	if report = r.check(s); report.Has("token.stale_version") {
		t.Error("it is still there")
	}
}

// TestTheDoctorNamesACredentialAsSetUpDoes unless the name is taken, or might be.
func TestTheDoctorNamesACredentialAsSetUpDoes(t *testing.T) {
	t.Parallel()
	own := `"name":"gatehouse-` + connectionID.String() + `"`
	for name, d := range map[string]struct {
		before string
		blind  bool
		want   string
	}{
		"free":    {"", false, `"name":"gatehouse"`},
		"taken":   {`{"name":"gatehouse","issuer":"https://other.example","subject":"else","audiences":["api://else"]}`, false, own},
		"unknown": {"", true, own},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, world())
			if d.before != "" {
				r.send(r.adminOfContoso, "POST", "applications(appId='"+toolsID+"')/federatedIdentityCredentials", d.before)
			}
			s := r.subject()
			viaIssuer(r, &s, nil)
			if d.blind {
				s.Graph = nil
			}
			fix := strings.Join(r.check(s).Findings[0].Fix, " ")
			if !strings.Contains(fix, d.want) {
				t.Errorf("commands are %s, want %s", fix, d.want)
			}
			r.run(r.adminOfContoso, fix)
			if s.Graph = r.client; len(r.check(s).Findings) > 0 {
				t.Errorf("it is not mended: %s", r.check(s).Text())
			}
		})
	}
}

// TestATrustThatIsThereIsNotMadeAgain is about an app that set-up has registered
// and a connection that has not been given its credential.
func TestATrustThatIsThereIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	s := r.subject()
	viaIssuer(r, &s, nil)
	for _, line := range r.check(s).Findings[0].Fix {
		r.run(r.adminOfContoso, line)
	}
	s.Organization.Connection.Credential, s.Prover = tenants.Credential{}, nil
	f := r.check(s).Findings[0]
	if f.ID != "credential.missing" || len(f.Fix) > 0 || !strings.Contains(f.Detail, "choose platform_issuer") {
		t.Errorf("finding is %+v", f)
	}
}

func TestACertificateThatIsNotTheAppsIsUploaded(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	s := r.subject()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Gatehouse"}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.AddDate(1, 0, 0)}
	if s.Certificate, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		t.Fatal(err)
	}
	s.Organization.Connection.Credential = tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.Certificate, Thumbprint: "ab12"}
	s.Prover = answering{err: &entra.TokenError{Class: entra.Misconfigured, Code: 700027}}
	report := r.check(s)
	if !slices.Equal(ids(report), []string{"credential.wrong_certificate"}) || !strings.Contains(report.Findings[0].Detail, "ab12") {
		t.Fatalf("findings are %+v", report.Findings)
	}
	for _, line := range report.Findings[0].Fix {
		r.run(r.adminOfContoso, line)
	}
	app, err := r.client.Application(t.Context(), s.Admin, tenants.MustGUID(toolsID))
	if err != nil || len(app.Keys) != 1 || !app.Keys[0].EndsAt.Equal(template.NotAfter) {
		t.Errorf("keys are %v, %v", app.Keys, err)
	}
	s.Certificate = nil
	if f := r.check(s).Findings[0]; !strings.Contains(strings.Join(f.Fix, " "), "federatedIdentityCredentials") {
		t.Errorf("without the certificate there is another way: %q", f.Fix)
	}
}

func TestLinksAndCommandsAreOfTheCloud(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	for cloud, hosts := range map[tenants.Cloud][2]string{
		tenants.PublicCloud: {"https://entra.microsoft.com/", "https://graph.microsoft.com/v1.0/"},
		tenants.USGovCloud:  {"https://entra.microsoft.us/", "https://graph.microsoft.us/v1.0/"},
		tenants.ChinaCloud:  {"https://entra.microsoftonline.cn/", "https://microsoftgraph.chinacloudapi.cn/v1.0/"},
	} {
		s := r.subject()
		s.Organization.Connection.Cloud, s.Organization.Connection.Credential, s.Prover, s.Graph = cloud, tenants.Credential{}, nil, nil
		f := r.check(s).Findings[0]
		if !strings.HasPrefix(f.Link, hosts[0]) || !strings.Contains(f.Fix[0], hosts[1]) || !strings.Contains(f.Fix[0], cloud.TokenExchangeAudience()+`"`) {
			t.Errorf("%s: %q, %q", cloud, f.Link, f.Fix)
		}
	}
}

func TestSubjectsThatCannotBeExamined(t *testing.T) {
	t.Parallel()
	r := newRig(t, world())
	for _, spoil := range []func(*onboarding.Subject){
		func(s *onboarding.Subject) { s.Organization.Connection.ClientID = tenants.GUID{} },
		func(s *onboarding.Subject) { s.Organization.TID = tenants.TID{} },
		func(s *onboarding.Subject) { s.Organization.Connection.Cloud = "moon" },
		func(s *onboarding.Subject) { s.Authority = entra.Authority{} },
	} {
		s := r.subject()
		spoil(&s)
		_, err := onboarding.NewDoctor(r.now).Check(t.Context(), s)
		wants(t, err, fault.Invalid, "connect it first")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := onboarding.NewDoctor(r.now).Check(ctx, r.subject()); err == nil {
		t.Error("a cancelled examination has a report")
	}
}

func TestAQuoteInANameDoesNotEndACommand(t *testing.T) {
	t.Parallel()
	all := world()
	all[0].Apps[0].Scopes = nil
	all[0].Apps[0].PreAuthorized = nil
	r := newRig(t, all)
	s := r.subject()
	s.Clients, s.Organization.Connection.Scope = nil, "it's$(x)"
	f := r.check(s).Findings[0]
	if strings.Count(f.Fix[0], "'") != 2 {
		t.Errorf("command is %s", f.Fix[0])
	}
}

func TestTheReportReadsWell(t *testing.T) {
	t.Parallel()
	all := world()
	a := &all[0].Apps[0]
	a.Redirects.Web, a.Redirects.Public, a.GroupMembershipClaims = nil, nil, ""
	a.OptionalClaims.AccessToken = a.OptionalClaims.AccessToken[:4]
	r := newRig(t, all)
	s := r.subject()
	s.Organization.Connection.Credential.ExpiresAt = noon.AddDate(0, 0, 20)
	s.Admin = asking(r.password(contosoID, "ada@contoso.example", "Application.Read.All Directory.Read.All"))
	golden(t, "report.txt", r.check(s).Text())
	golden(t, "healthy.txt", onboarding.Report{At: noon}.Text())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s: %v\n%s", name, err, got)
	}
}
