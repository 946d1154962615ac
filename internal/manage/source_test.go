package manage_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/manage"
	"gatehouse/internal/manage/managetest"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

const (
	inHeader = "sources: [{name: notes, url: 'https://notes.example/mcp', credential: {kind: header, header: X-Key, from: {env: NOTES}}}]\n"
	asClient = "sources: [{name: notes, url: 'https://notes.example/mcp', credential: {kind: client_credentials, tokenUrl: 'https://login.example/t', clientId: us, scopes: [b, a], from: {env: NOTES}}}]\n"
)

// withSecret is an application on a machine that has the secret.
func withSecret(t *testing.T, text string) manage.Application {
	t.Helper()
	a := application(t, text)
	a.Secrets.Value = func(name string) (string, bool) { return "secret of " + name, name == "NOTES" }
	return a
}

func applied(t *testing.T, s *managetest.Server, a manage.Application) (manage.Outcome, string) {
	t.Helper()
	var out strings.Builder
	outcome, err := manage.Apply(t.Context(), client(t, s.URL), a, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "secret of") {
		t.Errorf("the secret is shown: %s", out.String())
	}
	return outcome, out.String()
}

func TestSecretOfASourceGoesAfterIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{inHeader, asClient} {
		s := managetest.New(t, contoso(), "search")
		outcome, said := applied(t, s, withSecret(t, text))
		if outcome != manage.Applied || s.Secret() != "secret of NOTES" || !strings.Contains(said, "~ sources[notes].credential: its secret is sent") {
			t.Errorf("outcome %d, secret %q: %s", outcome, s.Secret(), said)
		}
		log := s.Log()
		if patch := slices.IndexFunc(log, func(l string) bool { return strings.HasPrefix(l, "PATCH") }); patch < 0 || !strings.HasSuffix(log[len(log)-1], "sources/notes/credential") {
			t.Errorf("the requests are %q", log)
		}
		if k := s.State().Access.Sources[0].Credential; k.ID.IsZero() || k.Kind == tools.NoCredential {
			t.Errorf("the credential is %+v", k)
		}
		if outcome, said = applied(t, s, withSecret(t, text)); outcome != manage.Unchanged {
			t.Errorf("applying it again: outcome %d: %s", outcome, said)
		}
	}
}

// TestSecretOfASourceIsSentWhenItIsDue says for each change whether it is.
func TestSecretOfASourceIsSentWhenItIsDue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		when manage.Renewal
		sent bool
	}{
		"nothing":             {inHeader, manage.WhenItChanges, false},
		"asked for":           {inHeader, manage.Always, true},
		"asked for elsewhere": {strings.Replace(inHeader, ", from: {env: NOTES}", "", 1), manage.Always, false},
		"a title":             {strings.Replace(inHeader, "url:", "title: Notes, url:", 1), manage.WhenItChanges, false},
		"another path":        {strings.Replace(inHeader, "/mcp", "/v2/mcp", 1), manage.WhenItChanges, false},
		"another host":        {strings.Replace(inHeader, "notes.example", "other.example", 1), manage.WhenItChanges, true},
		"another header":      {strings.Replace(inHeader, "X-Key", "X-Other", 1), manage.WhenItChanges, true},
		"another kind":        {asClient, manage.WhenItChanges, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := managetest.New(t, contoso(), "search")
			applied(t, s, withSecret(t, inHeader))
			before := s.State().Access.Sources[0].Credential.ID
			a := withSecret(t, c.text)
			a.Renewal = c.when
			_, said := applied(t, s, a)
			if now := s.State().Access.Sources[0].Credential; (now.ID != before) != c.sent || now.ID.IsZero() {
				t.Errorf("the credential is %+v: %s", now, said)
			}
		})
	}
}

func TestSecretOfASourceThatIsNotThereStopsEverything(t *testing.T) {
	t.Parallel()
	for text, word := range map[string]string{
		strings.Replace(inHeader, "env: NOTES", "env: NOT_SET", 1):       "NOT_SET is not set",
		strings.Replace(inHeader, ", from: {env: NOTES}", "", 1):         "needs its secret",
		strings.Replace(inHeader, "env: NOTES", "file: /none/at/all", 1): "no such file",
	} {
		s := managetest.New(t, contoso(), "search")
		_, err := manage.Apply(t.Context(), client(t, s.URL), withSecret(t, text), &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), ": sources[0].credential") || len(s.State().Access.Sources) > 0 {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestDryRunSendsNoSecretOfASource(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "search")
	a := withSecret(t, inHeader)
	a.Effort = manage.Try
	if outcome, _ := applied(t, s, a); outcome != manage.Pending || s.Secret() != "" || len(s.State().Access.Sources) > 0 {
		t.Errorf("outcome %d, secret %q", outcome, s.Secret())
	}
}

// TestExportCarriesWhatPeopleDecided and nothing that a policy did; applying it
// changes nothing.
func TestExportCarriesWhatPeopleDecided(t *testing.T) {
	t.Parallel()
	state := contoso()
	source := tools.Source{
		ID: tenants.NewGUID(), Name: "notes", Title: "Notes", URL: "https://notes.example/mcp", Naming: tools.Prefixed, Review: tools.AllowAll, Enabled: true,
		Credential: tools.SourceCredential{Kind: tools.HeaderCredential, ID: tenants.NewGUID(), Header: "X-Key"}, Timeout: tools.DefaultTimeout, Concurrent: 8,
	}
	state.Access = access.Configuration{
		Sources: []tools.Source{source}, Toolsets: []tools.Toolset{{Name: "set", Title: "Set", Patterns: []string{"*"}}},
		Approvals: []tools.Approval{
			{Source: source.ID, Kind: tools.KindTool, Name: "mine", Hash: tools.Hash{1}, Effect: tools.Read},
			{Source: source.ID, Kind: tools.KindTool, Name: "its", Hash: tools.Hash{2}, Effect: tools.Write, Automatic: true},
		},
	}
	s := managetest.New(t, state)
	var file strings.Builder
	if err := manage.Export(t.Context(), client(t, s.URL), manage.Changeable, &file); err != nil {
		t.Fatal(err)
	}
	if text := file.String(); !strings.Contains(text, "name: mine") || strings.Contains(text, "name: its") || !strings.Contains(text, "toolsets:") {
		t.Errorf("the file is %s", text)
	}
	f, err := orgfile.Read("org.yaml", strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	if outcome, said := applied(t, s, manage.Application{File: f, Mode: orgfile.Prune}); outcome != manage.Unchanged {
		t.Errorf("outcome %d: %s", outcome, said)
	}
}

// TestSecretThatIsSentAlwaysIsAChange though the document changes nothing else.
func TestSecretThatIsSentAlwaysIsAChange(t *testing.T) {
	t.Parallel()
	s := managetest.New(t, contoso(), "search")
	applied(t, s, withSecret(t, inHeader))
	again := withSecret(t, inHeader)
	again.Renewal = manage.Always
	if outcome, said := applied(t, s, again); outcome != manage.Applied || said != "~ sources[notes].credential: its secret is sent\n" {
		t.Errorf("outcome %d: %s", outcome, said)
	}
}
