package onboarding_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

const (
	consented = "https://gatehouse.example/auth/consent"
	state     = "a state"
)

var (
	action = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	button = regexp.MustCompile(`<button [^>]*name="([^"]*)" value="([^"]*)"`)
)

// browse opens a consent page as somebody, presses a button, and returns what the
// browser is sent back with.
func (r *rig) browse(page, username, press string) onboarding.ConsentAnswer {
	r.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	do := func(method, address, body string) (http.Header, string) {
		req, err := http.NewRequestWithContext(r.t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set(emulator.UserHeader, username)
		if method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", r.login)
		}
		resp, err := browser.Do(req)
		if err != nil {
			r.t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			r.t.Fatal(err)
		}
		return resp.Header, string(text)
	}
	header, text := do(http.MethodGet, page, "")
	if to := action.FindStringSubmatch(text); to != nil {
		values := url.Values{}
		for _, field := range hidden.FindAllStringSubmatch(text, -1) {
			values.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
		}
		for _, b := range button.FindAllStringSubmatch(text, -1) {
			if b[2] == press {
				values.Set(b[1], b[2])
			}
		}
		header, text = do(http.MethodPost, r.login+html.UnescapeString(to[1]), values.Encode())
	}
	back, err := url.Parse(header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), consented) {
		r.t.Fatalf("sent to %v (%v): %s", back, err, text)
	}
	q := back.Query()
	if q.Get("state") != state {
		r.t.Fatalf("the state comes back as %q", q.Get("state"))
	}
	return onboarding.ConsentAnswer{Tenant: q.Get("tenant"), Error: q.Get("error")}
}

// toConsent is a world where the shared app is registered and nobody has it yet.
func toConsent() []seed.Tenant {
	all := world()
	all[1].Apps[0].Redirects.Web = append(all[1].Apps[0].Redirects.Web, consented)
	return all
}

// page is where somebody consents to the shared app.
func (r *rig) page() string {
	r.t.Helper()
	page := onboarding.ConsentURL(r.authority, mustTID(contosoID), tenants.MustGUID(sharedID), consented, state)
	if u, err := url.Parse(page); err != nil || u.Path != "/"+contosoID+"/v2.0/adminconsent" {
		r.t.Fatalf("page is %s (%v)", page, err)
	}
	return page
}

func TestConsentGrantsExactlyTheBasePermissionsAndIsProven(t *testing.T) {
	t.Parallel()
	r := newRig(t, toConsent())
	s := r.sharedSubject()
	wants(t, onboarding.Verify(t.Context(), s), fault.Forbidden, "700016")
	if err := r.browse(r.page(), "ada@contoso.example", "accept").Refusal(mustTID(contosoID)); err != nil {
		t.Fatal(err)
	}
	if err := onboarding.Verify(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	admin := asking(r.adminOfContoso)
	principal, err := r.client.ServicePrincipal(t.Context(), admin, tenants.MustGUID(sharedID))
	if err != nil {
		t.Fatal(err)
	}
	grants, err := r.client.PermissionGrants(t.Context(), admin, principal.Object)
	if err != nil || len(grants) != 1 {
		t.Fatalf("grants are %v, %v", grants, err)
	}
	if got := strings.Fields(grants[0].Scope); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(onboarding.BasePermissions()))) {
		t.Errorf("granted are %q", got)
	}
	roles, err := r.client.RolesGranted(t.Context(), admin, principal.Object)
	if err != nil || len(roles) != 0 {
		t.Errorf("roles are %v, %v", roles, err)
	}
	if report := r.check(s); report.Has("graph_permissions.excess") || report.Has("graph_permissions.missing") || report.Has("consent.withdrawn") {
		t.Errorf("findings are %q", ids(report))
	}
}

func TestADeclinedConsentSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t, toConsent())
	wants(t, r.browse(r.page(), "ada@contoso.example", "cancel").Refusal(mustTID(contosoID)), fault.Forbidden, "declined")
}

func TestAnswersThatProveNothing(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]struct {
		answer onboarding.ConsentAnswer
		kind   fault.Kind
		says   string
	}{
		"another tenant":      {onboarding.ConsentAnswer{Tenant: platformID}, fault.Forbidden, "another directory"},
		"no tenant":           {onboarding.ConsentAnswer{}, fault.Forbidden, "another directory"},
		"access_denied":       {onboarding.ConsentAnswer{Error: "access_denied"}, fault.Forbidden, "declined"},
		"an error of the app": {onboarding.ConsentAnswer{Error: "invalid_client"}, fault.Upstream, "registration"},
		"an unknown error":    {onboarding.ConsentAnswer{Error: "<script>"}, fault.Forbidden, "did not end with consent"},
		"a busy page":         {onboarding.ConsentAnswer{Error: "server_error"}, fault.Unavailable, "few minutes"},
		"an error and a tenant": {
			onboarding.ConsentAnswer{Tenant: contosoID, Error: "access_denied"}, fault.Forbidden, "declined",
		},
	} {
		err := d.answer.Refusal(mustTID(contosoID))
		if err == nil || fault.KindOf(err) != d.kind || !strings.Contains(fault.Public(err), d.says) || strings.Contains(err.Error(), "<script>") {
			t.Errorf("%s: error is %v, want one that says %q", name, err, d.says)
		}
	}
}

// TestAForgedAnswerConnectsNothing plays a callback with everything right about
// it, in a tenant where nobody consented.
func TestAForgedAnswerConnectsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, toConsent())
	if err := (onboarding.ConsentAnswer{Tenant: contosoID}).Refusal(mustTID(contosoID)); err != nil {
		t.Fatal(err)
	}
	wants(t, onboarding.Verify(t.Context(), r.sharedSubject()), fault.Forbidden, "knows no app")
}

type answering struct {
	token string
	err   error
}

func (a answering) Token(context.Context, string) (string, error) { return a.token, a.err }

func TestEachWayOfFailingToProveHasItsText(t *testing.T) {
	t.Parallel()
	r := newRig(t, toConsent())
	r.adopt("User.Read")
	refused := func(code int) func(*onboarding.Subject) {
		return func(s *onboarding.Subject) {
			s.Prover = answering{err: &entra.TokenError{Class: entra.Misconfigured, Code: code}}
		}
	}
	for name, c := range map[string]struct {
		on   func(*onboarding.Subject)
		kind fault.Kind
		says string
	}{
		"no credential":      {func(s *onboarding.Subject) { s.Prover = nil }, fault.Invalid, "credential is missing"},
		"another tenant":     {func(s *onboarding.Subject) { s.Prover = r.bySecret(platformID, sharedID, "shared-secret") }, fault.Forbidden, "another directory"},
		"another app":        {func(s *onboarding.Subject) { s.Prover = r.bySecret(contosoID, otherID, "other-secret") }, fault.Forbidden, "another app"},
		"half a consent":     {func(*onboarding.Subject) {}, fault.Forbidden, "GroupMember.Read.All, offline_access, openid"},
		"no token":           {func(s *onboarding.Subject) { s.Prover = answering{token: "x"} }, fault.Upstream, "JSON Web Token"},
		"wrong secret":       {func(s *onboarding.Subject) { s.Prover = r.bySecret(contosoID, sharedID, "wrong") }, fault.Forbidden, "7000215"},
		"expired":            {refused(7000222), fault.Forbidden, "7000222"},
		"disabled":           {refused(7000112), fault.Forbidden, "disabled"},
		"certificate":        {refused(700027), fault.Forbidden, "certificate"},
		"federated":          {refused(700213), fault.Forbidden, "subject org:" + orgID.String() + ":" + connectionID.String() + ", audience api://AzureADTokenExchange"},
		"another cloud":      {refused(90002), fault.Forbidden, "public cloud"},
		"something else":     {refused(50196), fault.Upstream, "set up wrongly"},
		"not even an answer": {func(s *onboarding.Subject) { s.Prover = answering{err: fault.New(fault.Unavailable, "later")} }, fault.Unavailable, "later"},
	} {
		s := r.sharedSubject()
		c.on(&s)
		err := onboarding.Verify(t.Context(), s)
		if wants(t, err, c.kind, c.says); t.Failed() {
			t.Fatalf("at %s", name)
		}
	}
}

func TestAnOwnAppIsProvenByEachKindOfCredential(t *testing.T) {
	t.Parallel()
	all := world()
	r := newRig(t, all)
	s := r.subject()
	if err := onboarding.Verify(t.Context(), s); err != nil {
		t.Error(err)
	}
	s.Organization.Connection.Credential.Kind = tenants.PlatformIssuer
	s.Prover = r.byIssuer(contosoID, toolsID, s.Organization.Connection.FederatedSubject(orgID))
	wants(t, onboarding.Verify(t.Context(), s), fault.Forbidden, "issuer "+r.issuer)
	for _, line := range r.check(s).Findings[0].Fix {
		r.run(r.adminOfContoso, line)
	}
	if err := onboarding.Verify(t.Context(), s); err != nil {
		t.Error(err)
	}
}
