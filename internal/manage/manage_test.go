package manage_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/access"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/manage"
	"gatehouse/internal/manage/managetest"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const (
	owner = "0a0a0a0a-0000-4000-8000-000000000002"
	appID = "0a0a0a0a-0000-4000-8000-00000000000a"
	other = "0a0a0a0a-0000-4000-8000-00000000000b"
)

func contoso() access.Whole {
	return access.Whole{
		Organization: tenants.Organization{
			ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", State: tenants.Active, Mode: tenants.Direct,
			TID:        tenants.TID{GUID: tenants.MustGUID("0a0a0a0a-0000-4000-8000-0000000000ff")},
			Membership: tenants.MembershipPolicy{Soft: 5 * time.Minute, Hard: time.Hour},
			Connection: tenants.Connection{
				ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID(appID), Versions: tenants.V2Only,
				Resource: "api://" + appID, Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
				GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimConfigured,
			},
		},
		Access: access.Configuration{Tools: []tools.Selection{{Name: "search", Effect: tools.Read}}},
		RoleGrants: []tenants.RoleGrant{
			{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.MustGUID(owner)}},
		},
	}
}

func outbound(t *testing.T) *egress.Client {
	t.Helper()
	out, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 5 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	return out
}

func client(t *testing.T, base string) *manage.Client {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return &manage.Client{Base: *u, Org: tenants.MustSlug("contoso"), HTTP: outbound(t), Tokens: manage.BearerToken(managetest.Token)}
}

func application(t *testing.T, text string) manage.Application {
	t.Helper()
	f, err := orgfile.Read("org.yaml", strings.NewReader("gatehouse: 1\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	return manage.Application{File: f, Secrets: manage.Secrets{Value: none, ReadFile: os.ReadFile}}
}

const addTool = "tools: [{name: get_me, effect: read}]\n"

func rename(name string) func(*access.Whole) {
	return func(s *access.Whole) { s.Organization.Name = name }
}

func TestChangeInBetweenIsReadAgainOnce(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "get_me", "search")
	s.Between(rename("Contoso Ltd"))
	var out strings.Builder
	outcome, err := manage.Apply(t.Context(), client(t, s.URL), application(t, addTool), &out)
	if err != nil || outcome != manage.Applied || !strings.Contains(out.String(), "beginning again") {
		t.Fatalf("outcome %d, %v, %s", outcome, err, out.String())
	}
	if now := s.State(); now.Organization.Name != "Contoso Ltd" || len(now.Access.Tools) != 2 {
		t.Errorf("the organization is now %+v", now)
	}
}

func TestSecondChangeInBetweenIsAnError(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "get_me", "search")
	s.Between(rename("One"), rename("Two"))
	_, err := manage.Apply(t.Context(), client(t, s.URL), application(t, addTool), &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "412") {
		t.Errorf("error is %v", err)
	}
	if len(s.State().Access.Tools) != 1 {
		t.Error("it was applied over a change that nobody saw")
	}
	if puts := len(slices.DeleteFunc(s.Log(), func(r string) bool { return strings.HasPrefix(r, "GET ") })); puts != 2 {
		t.Errorf("%d attempts", puts)
	}
}

// TestPlanIsShownOfWhatMayHaveComeAbout, once, and of nothing else.
func TestPlanIsShownOfWhatMayHaveComeAbout(t *testing.T) {
	t.Parallel()
	const badTool = "tools: [{name: serch, effect: read}]\n"
	secret := "organization: {connection: {credential: {kind: client_secret, from: {env: CONTOSO_SECRET}}}}\n"
	for title, c := range map[string]struct {
		text    string
		between []func(*access.Whole)
		effort  manage.Effort
		plans   int // how often the tool is shown as added
	}{
		"applied":                         {text: addTool, plans: 1},
		"tried":                           {text: addTool, effort: manage.Try, plans: 1},
		"refused":                         {text: badTool},
		"tried and refused":               {text: badTool, effort: manage.Try},
		"begun again":                     {text: addTool, between: []func(*access.Whole){rename("One")}, plans: 1},
		"refused once a secret was given": {text: secret + badTool, plans: 1},
		"applied once a secret was given": {text: secret + addTool, plans: 1},
	} {
		s := managetest.New(t, contoso(), "get_me", "search")
		s.Between(c.between...)
		a := application(t, c.text)
		a.Effort = c.effort
		a.Secrets.Value = func(name string) (string, bool) { return "hunter2", name == "CONTOSO_SECRET" }
		var out strings.Builder
		_, err := manage.Apply(t.Context(), client(t, s.URL), a, &out)
		if got := strings.Count(out.String(), "+ tools["); got != c.plans || (err != nil) != strings.Contains(c.text, badTool) {
			t.Errorf("%s: %v, shown %d times:\n%s", title, err, got, out.String())
		}
	}
	for title, end := range map[string]outage{"no answer": {err: errors.New("the connection broke")}, "a gateway's answer": {status: http.StatusBadGateway}} {
		lost := client(t, managetest.New(t, contoso(), "get_me", "search").URL)
		end.Doer = lost.HTTP
		lost.HTTP = end
		var out strings.Builder
		if _, err := manage.Apply(t.Context(), lost, application(t, addTool), &out); err == nil || !strings.Contains(out.String(), "+ tools[get_me]") {
			t.Errorf("%s, so that nobody knows whether it came about: %v, %s", title, err, out.String())
		}
	}
}

// outage lets changes through, and not what is answered to them.
type outage struct {
	manage.Doer
	status int
	err    error
}

func (o outage) Do(ctx context.Context, r *http.Request) (*egress.Response, error) {
	answer, err := o.Doer.Do(ctx, r)
	if r.Method == http.MethodGet || err != nil {
		return answer, err
	}
	return &egress.Response{Status: o.status}, o.err
}

func TestSecretGoesInARequestOfItsOwnBeforeWhatRestsOnIt(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "search")
	a := application(t, "organization: {groups: {source: on_behalf_of}, connection: {credential: {kind: client_secret, from: {env: CONTOSO_SECRET}}}}\n")
	a.Secrets.Value = func(name string) (string, bool) { return "hunter2", name == "CONTOSO_SECRET" }
	var out strings.Builder
	outcome, err := manage.Apply(t.Context(), client(t, s.URL), a, &out)
	if err != nil || outcome != manage.Applied {
		t.Fatalf("outcome %d, %v", outcome, err)
	}
	if s.Secret() != "hunter2" || s.State().Organization.Connection.Credential.Kind != tenants.ClientSecret || s.State().Organization.Connection.GroupSource != tenants.OnBehalfOf {
		t.Errorf("the organization is now %+v", s.State().Organization.Connection)
	}
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), "beginning again") || !strings.Contains(out.String(), "its secret is sent") {
		t.Errorf("output is %s", out.String())
	}
	if again, err := manage.Apply(t.Context(), client(t, s.URL), a, &out); err != nil || again != manage.Unchanged {
		t.Errorf("again: outcome %d, %v", again, err)
	}
	a.Renewal = manage.Always
	a.Secrets.Value = func(string) (string, bool) { return "hunter3", true }
	if again, err := manage.Apply(t.Context(), client(t, s.URL), a, &out); err != nil || again != manage.Applied || s.Secret() != "hunter3" {
		t.Errorf("renewed: outcome %d, %v, secret %s", again, err, s.Secret())
	}
}

func TestSecretOfAnotherAppGoesAfterIt(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "search")
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte("-----BEGIN\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := application(t, "organization: {connection: {clientId: "+other+", credential: {kind: certificate, from: {file: "+path+"}}}}\n")
	if outcome, err := manage.Apply(t.Context(), client(t, s.URL), a, &strings.Builder{}); err != nil || outcome != manage.Applied {
		t.Fatalf("outcome %d, %v", outcome, err)
	}
	c := s.State().Organization.Connection
	if s.Secret() != "-----BEGIN" || c.Credential.Kind != tenants.Certificate || c.ClientID.String() != other {
		t.Errorf("secret %q, connection %+v", s.Secret(), c)
	}
}

func TestDryRunSendsNoSecretAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "get_me", "search")
	a := application(t, addTool+"organization: {connection: {credential: {kind: client_secret, from: {env: X}}}}\n")
	a.Effort = manage.Try
	a.Secrets.Value = func(string) (string, bool) { return "hunter2", true }
	if outcome, err := manage.Apply(t.Context(), client(t, s.URL), a, &strings.Builder{}); err != nil || outcome != manage.Pending {
		t.Errorf("outcome %d, %v", outcome, err)
	}
	if s.Secret() != "" || len(s.State().Access.Tools) != 1 {
		t.Error("the dry run changed something")
	}
}

func TestSecretThatIsNotThereStopsBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for from, word := range map[string]string{
		"":                              "from: {env: NAME}",
		", from: {env: NOT_SET}":        "NOT_SET is not set",
		", from: {file: /none/x}":       "no such file",
		", from: {file: " + empty + "}": "is empty",
	} {
		s := managetest.New(t, contoso(), "get_me", "search")
		a := application(t, addTool+"organization: {connection: {credential: {kind: client_secret"+from+"}}}\n")
		_, err := manage.Apply(t.Context(), client(t, s.URL), a, &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "organization.connection.credential") {
			t.Errorf("%q: error is %v", from, err)
		}
		if len(s.State().Access.Tools) != 1 {
			t.Errorf("%q: the rest was applied", from)
		}
	}
}

func TestWhereTheSecretIsStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	var bodies strings.Builder
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Write(&bodies)
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write([]byte(`{"gatehouse": 1, "organization": {"name": "Contoso", "connection": {"credential": {"kind": "client_secret"}}}}`))
	}))
	defer h.Close()
	a := application(t, "organization: {name: Other, connection: {credential: {kind: client_secret, from: {env: MY_PLACE}}}}\n")
	if outcome, err := manage.Apply(t.Context(), client(t, h.URL), a, &strings.Builder{}); err != nil || outcome != manage.Applied {
		t.Fatalf("outcome %d, %v", outcome, err)
	}
	if text := bodies.String(); strings.Contains(text, "MY_PLACE") || !strings.Contains(text, `"name":"Other"`) {
		t.Errorf("requests are\n%s", text)
	}
	if a.File.Document.Organization.Connection.Credential.From == nil {
		t.Error("sending the document changed it")
	}
}

// TestAnswersThatAreNoConfigurationAreRefused gives the kind of the fault for
// each answer.
func TestAnswersThatAreNoConfigurationAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		tag, media string
		body       string
		kind       fault.Kind
		word       string
	}{
		"no JSON":          {200, `"1"`, "text/html", "<html>", fault.Upstream, "version of the deployment"},
		"no tag":           {200, "", "application/json", `{"gatehouse": 1}`, fault.Upstream, "version of the deployment"},
		"a newer version":  {200, `"1"`, "application/json", `{"gatehouse": 2}`, fault.Upstream, "version of the deployment"},
		"a proxy":          {502, "", "text/html", "<html>secret</html>", fault.Upstream, "502 Bad Gateway"},
		"busy":             {429, "", "application/problem+json", `{"title": "Too many requests", "detail": "wait a minute"}`, fault.Limited, "wait a minute"},
		"not allowed":      {403, "", "application/problem+json", `{"title": "Not allowed", "detail": "ask an owner"}`, fault.Forbidden, "ask an owner"},
		"broken problem":   {422, "", "application/problem+json", `{`, fault.Invalid, "422 Unprocessable Entity"},
		"fields":           {422, "", "application/problem+json", `{"title": "Not valid", "errors": [{"location": "body.roles[0].name", "message": "is taken"}, {"location": "body", "message": "is odd"}]}`, fault.Invalid, "\nroles[0].name: is taken\nis odd"},
		"down for service": {503, "", "text/plain", "", fault.Unavailable, "503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.media)
				if c.tag != "" {
					w.Header().Set("ETag", c.tag)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer h.Close()
			_, err := client(t, h.URL).Configuration(t.Context())
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.word) || strings.Contains(err.Error(), "<html>") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

type brokenTokens struct{}

var errNoToken = errors.New("no token today")

func (brokenTokens) Token(context.Context) (string, error) { return "", errNoToken }

func TestWithoutATokenNothingIsSent(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso())
	c := client(t, s.URL)
	c.Tokens = brokenTokens{}
	if _, err := c.Configuration(t.Context()); !errors.Is(err, errNoToken) || len(s.Log()) != 0 {
		t.Errorf("error is %v, requests %v", err, s.Log())
	}
}
