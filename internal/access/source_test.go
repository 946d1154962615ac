package access_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var (
	notes     = tenants.MustGUID("0a0a0a0a-0000-4000-8000-000000000020")
	notesKey  = tenants.MustGUID("0a0a0a0a-0000-4000-8000-000000000021")
	here      = access.Deployment{Tools: known}
	developed = access.Deployment{Tools: known, Loopback: access.AllowLoopback}
)

func notesSource() tools.Source {
	return tools.Source{
		ID: notes, Name: "notes", Title: "Notes", URL: "https://notes.example/mcp", Naming: tools.Prefixed, Review: tools.Hold, Enabled: true,
		Timeout: time.Minute, Concurrent: 8, Credential: tools.SourceCredential{Kind: tools.HeaderCredential, ID: notesKey, Header: "Authorization"},
	}
}

func noteSearch() tools.Approval {
	return tools.Approval{Source: notes, Kind: tools.KindTool, Name: "search", Hash: tools.Hash{1}, Effect: tools.Read, At: now}
}

// federated is small with a source, an approval and a toolset.
func federated() access.Configuration {
	c := small()
	c.Sources = []tools.Source{notesSource()}
	c.Approvals = []tools.Approval{noteSearch()}
	c.Toolsets = []tools.Toolset{{Name: "desk", Title: "Desk", Patterns: []string{"notes_*"}}}
	return c
}

// putting changes the source of federated, without giving its secret again.
func putting(change func(*tools.Source)) edit { return puttingWith(nil, developed, change) }

func puttingWith(secret []byte, d access.Deployment, change func(*tools.Source)) edit {
	return func(c *access.Configuration) error {
		s := notesSource()
		change(&s)
		_, err := c.PutSource(s, secret, d)
		return err
	}
}

func approving(change func(*tools.Approval)) edit {
	return func(c *access.Configuration) error {
		a := noteSearch()
		change(&a)
		return c.Approve([]tools.Approval{a})
	}
}

func narrowing(name, title string, patterns ...string) edit {
	return func(c *access.Configuration) error {
		return c.PutToolset(tools.Toolset{Name: name, Title: title, Patterns: patterns})
	}
}

func credential(k tools.SourceCredential) edit {
	return puttingWith(secretOf(k.Kind), developed, func(s *tools.Source) {
		if access.SecretKind(k.Kind) && k.ID.IsZero() {
			k.ID = tenants.MustGUID("0a0a0a0a-0000-4000-8000-000000000022")
		}
		s.Credential = k
	})
}

func secretOf(k tools.SourceCredentialKind) []byte {
	if access.SecretKind(k) {
		return []byte("encrypted")
	}
	return nil
}

func TestEditsOfSourcesRefuse(t *testing.T) {
	t.Parallel()
	unknown := tenants.NewGUID()
	url := func(text string) edit { return putting(func(s *tools.Source) { s.URL = text }) }
	name := func(text string) edit { return putting(func(s *tools.Source) { s.Name = text }) }
	header := func(text string) edit {
		return credential(tools.SourceCredential{Kind: tools.HeaderCredential, Header: text})
	}
	scopes := func(list ...string) edit {
		return credential(tools.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: list})
	}
	token := func(text, client string) edit {
		return credential(tools.SourceCredential{Kind: tools.ClientCredentials, TokenURL: text, ClientID: client})
	}
	for title, c := range map[string]struct {
		edit edit
		kind fault.Kind
		path string
		word string
	}{
		"no name":                      {name(""), fault.Invalid, "name", "lowercase"},
		"name with a capital":          {name("Notes"), fault.Invalid, "name", "lowercase"},
		"name with an underscore":      {name("notes_a"), fault.Invalid, "name", "inner hyphens"},
		"name with an outer hyphen":    {name("notes-"), fault.Invalid, "name", "inner hyphens"},
		"name of 33 letters":           {name(strings.Repeat("n", 33)), fault.Invalid, "name", "1 to 32"},
		"name that begins a tool":      {name("payroll"), fault.Invalid, "name", "payroll_read"},
		"name that is a tool":          {name("search"), fault.Invalid, "name", "search"},
		"name of another":              {puttingWith([]byte("x"), here, func(s *tools.Source) { s.ID, s.Credential.ID = unknown, unknown }), fault.Conflict, "name", "choose another"},
		"no title":                     {putting(func(s *tools.Source) { s.Title = "" }), fault.Invalid, "title", "give a name"},
		"no url":                       {url(""), fault.Invalid, "url", "is no URL"},
		"url of another scheme":        {url("ftp://notes.example/mcp"), fault.Invalid, "url", "https://"},
		"plain http":                   {url("http://notes.example/mcp"), fault.Invalid, "url", "https://"},
		"plain http to a private host": {url("http://10.0.0.1/mcp"), fault.Invalid, "url", "private address"},
		"loopback in another spelling": {url("http://[::ffff:127.0.0.1]/mcp"), fault.Invalid, "url", "private address"},
		"url with a user":              {url("https://a:b@notes.example/mcp"), fault.Invalid, "url", "user name"},
		"url with a key":               {url("https://notes.example/mcp?v=1&api_key=swordfish"), fault.Invalid, "url", "as a credential instead"},
		"url with an escaped key":      {url("https://notes.example/mcp?api%5Fkey=swordfish"), fault.Invalid, "url", "as a credential instead"},
		"url with a key behind ;":      {url("https://notes.example/mcp?v=1;apikey=swordfish"), fault.Invalid, "url", "as a credential instead"},
		"url with a token":             {url("https://notes.example/mcp?accessToken=swordfish"), fault.Invalid, "url", "as a credential instead"},
		"url with a signature":         {url("https://notes.example/mcp?sp=r&sig=swordfish"), fault.Invalid, "url", "as a credential instead"},
		"url with a function key":      {url("https://notes.example/mcp?code=swordfish"), fault.Invalid, "url", "as a credential instead"},
		"url with a fragment":          {url("https://notes.example/mcp#"), fault.Invalid, "url", "fragment"},
		"url with a space":             {url("https://notes.example/a b"), fault.Invalid, "url", "encode"},
		"url that is long":             {url("https://notes.example/" + strings.Repeat("a", 2000)), fault.Invalid, "url", "2000"},
		"url without a host":           {url("https:///mcp"), fault.Invalid, "url", "is no URL"},
		"no naming":                    {putting(func(s *tools.Source) { s.Naming = "" }), fault.Invalid, "naming", "prefixed or bare"},
		"no policy":                    {putting(func(s *tools.Source) { s.Review = "never" }), fault.Invalid, "review", "allow_all"},
		"trust that is not given":      {putting(func(s *tools.Source) { s.Review = tools.AllowReadOnly }), fault.Invalid, "review", "trusted"},
		"no time":                      {putting(func(s *tools.Source) { s.Timeout = 0 }), fault.Invalid, "timeout", "between 1s and 5m"},
		"too much time":                {putting(func(s *tools.Source) { s.Timeout = 5*time.Minute + 1 }), fault.Invalid, "timeout", "between 1s and 5m"},
		"no request":                   {putting(func(s *tools.Source) { s.Concurrent = 0 }), fault.Invalid, "concurrent", "between 1 and 100"},
		"too many requests":            {putting(func(s *tools.Source) { s.Concurrent = 101 }), fault.Invalid, "concurrent", "between 1 and 100"},
		"credential of no kind":        {credential(tools.SourceCredential{Kind: "password"}), fault.Invalid, "credential.kind", "client_credentials"},
		"header without a name":        {header(""), fault.Invalid, "credential.header", "is missing"},
		"header that is none":          {header("X Key"), fault.Invalid, "credential.header", "no name of a header"},
		"header of the connection":     {header("Transfer-Encoding"), fault.Invalid, "credential.header", "request itself"},
		"header that is ours":          {header("mcp-Session-Id"), fault.Invalid, "credential.header", "request itself"},
		"header of the record":         {header("X-Request-Id"), fault.Invalid, "credential.header", "request itself"},
		"header of the proxy":          {header("Proxy-Authorization"), fault.Invalid, "credential.header", "request itself"},
		"header Host":                  {header("HOST"), fault.Invalid, "credential.header", "request itself"},
		"header of the body":           {header("Content-Type"), fault.Invalid, "credential.header", "request itself"},
		"none with a header":           {credential(tools.SourceCredential{Kind: tools.NoCredential, Header: "X-Key"}), fault.Invalid, "credential.header", "leave it out"},
		"none with scopes":             {credential(tools.SourceCredential{Kind: tools.NoCredential, Scopes: []string{"a"}}), fault.Invalid, "credential.scopes", "leave it out"},
		"none with an id":              {credential(tools.SourceCredential{Kind: tools.NoCredential, ID: unknown}), fault.Invalid, "credential.id", "goes with a secret"},
		"none with a secret":           {puttingWith([]byte("x"), here, func(s *tools.Source) { s.Credential = tools.SourceCredential{Kind: tools.NoCredential} }), fault.Invalid, "credential.secret", "leave it out"},
		"on behalf of without scopes":  {scopes(), fault.Invalid, "credential.scopes", "api://"},
		"scope with a space":           {scopes("a b"), fault.Invalid, "credential.scopes[0]", "is no scope"},
		"scope of no API":              {scopes("api://a/b", "read"), fault.Invalid, "credential.scopes[1]", "api://notes/read"},
		"scope with a quote":           {scopes("api://a/a", `a"`), fault.Invalid, "credential.scopes[1]", "is no scope"},
		"too many scopes":              {scopes(slices.Repeat([]string{"api://a/a"}, 21)...), fault.Invalid, "credential.scopes", "may have 20"},
		"token URL that is missing":    {token("", "us"), fault.Invalid, "credential.tokenUrl", "is missing"},
		"token URL over http":          {token("http://notes.example/token", "us"), fault.Invalid, "credential.tokenUrl", "https://"},
		"client id that is missing":    {token("https://notes.example/token", ""), fault.Invalid, "credential.clientId", "is missing"},
		"client id with a space":       {token("https://notes.example/token", "a b"), fault.Invalid, "credential.clientId", "without a space"},
		"person with a token URL":      {person(tools.SourceCredential{TokenURL: "https://notes.example/token"}), fault.Invalid, "credential.tokenUrl", "leave it out"},
		"person with a header":         {person(tools.SourceCredential{Header: "X-Key"}), fault.Invalid, "credential.header", "leave it out"},
		"person's client with a space": {person(tools.SourceCredential{ClientID: "a b"}), fault.Invalid, "credential.clientId", "without a space"},
		"person's scope with a quote":  {person(tools.SourceCredential{Scopes: []string{`a"`}}), fault.Invalid, "credential.scopes[0]", "is no scope"},
		"secret that is missing":       {putting(func(s *tools.Source) { s.Credential.ID = unknown }), fault.Invalid, "credential.secret", "is missing"},
		"secret under the old id":      {puttingWith([]byte("x"), here, func(*tools.Source) {}), fault.Invalid, "credential.secret", "id of its own"},
		"secret that is long":          {puttingWith(make([]byte, 16<<10+1), here, func(s *tools.Source) { s.Credential.ID = unknown }), fault.Invalid, "credential.secret", "16384"},
		"secret that would go astray":  {url("https://evil.example/mcp"), fault.Invalid, "credential.secret", "given again"},
		"secret in another header":     {putting(func(s *tools.Source) { s.Credential.Header = "X-Key" }), fault.Invalid, "credential.secret", "given again"},
		"removing no source":           {func(c *access.Configuration) error { return c.RemoveSource(unknown) }, fault.NotFound, "", "list the sources"},
		"approval of no source":        {approving(func(a *tools.Approval) { a.Source = unknown }), fault.Invalid, "approvals[0].source", "list the sources"},
		"approval of no kind":          {approving(func(a *tools.Approval) { a.Kind = "thing" }), fault.Invalid, "approvals[0].kind", "resource_template"},
		"approval of no name":          {approving(func(a *tools.Approval) { a.Name = "" }), fault.Invalid, "approvals[0].name", "1 to 2000"},
		"approval of no hash":          {approving(func(a *tools.Approval) { a.Hash = tools.Hash{} }), fault.Invalid, "approvals[0].hash", "is missing"},
		"approval of no effect":        {approving(func(a *tools.Approval) { a.Effect = "" }), fault.Invalid, "approvals[0].effect", "destructive"},
		"effect of a prompt":           {approving(func(a *tools.Approval) { a.Kind = tools.KindPrompt }), fault.Invalid, "approvals[0].effect", "leave it out"},
		"approval twice":               {func(c *access.Configuration) error { return c.Approve([]tools.Approval{noteSearch(), noteSearch()}) }, fault.Invalid, "approvals[1].name", "twice"},
		"withdrawing nothing": {func(c *access.Configuration) error {
			return c.Withdraw(access.Definition{Source: notes, Kind: tools.KindPrompt, Name: "search"})
		}, fault.NotFound, "", "is not approved"},
		"toolset with a reserved name":   {narrowing("mcp", "Desk", "*"), fault.Invalid, "name", "reserved"},
		"toolset called entra":           {narrowing("entra", "Desk", "*"), fault.Invalid, "name", "reserved"},
		"toolset with a path":            {narrowing("a/b", "Desk", "*"), fault.Invalid, "name", "part of a URL"},
		"toolset without title":          {narrowing("sales", "", "*"), fault.Invalid, "title", "give a name"},
		"toolset without patterns":       {narrowing("sales", "Sales"), fault.Invalid, "patterns", "name a tool"},
		"toolset with a pattern of none": {narrowing("sales", "Sales", "a", "b c"), fault.Invalid, "patterns[1]", "letters"},
		"removing no toolset":            {func(c *access.Configuration) error { return c.RemoveToolset("sales") }, fault.NotFound, "", "list the toolsets"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			config := federated()
			err := c.edit(&config)
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(fault.Public(err), c.word) {
				t.Fatalf("error is %v", err)
			}
			problems := access.ProblemsOf(err)
			if c.path == "" && problems != nil || c.path != "" && (len(problems) == 0 || problems[0].Path != c.path) {
				t.Errorf("problems are %q, want the first at %s", problems, c.path)
			}
			if !reflect.DeepEqual(config, federated()) {
				t.Errorf("the refused edit left %+v", config)
			}
		})
	}
}

func TestEditsOfSourcesAreMadeOnTheSide(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]edit{
		"rename":           putting(func(s *tools.Source) { s.Name = "memos" }),
		"another path":     putting(func(s *tools.Source) { s.URL = "https://notes.example/other?x=1" }),
		"the port it had":  putting(func(s *tools.Source) { s.URL = "https://NOTES.example:443/mcp" }),
		"loopback":         puttingWith([]byte("x"), developed, func(s *tools.Source) { s.URL, s.Credential.ID = "http://localhost:9000/mcp", tenants.NewGUID() }),
		"another secret":   puttingWith([]byte("x"), here, func(s *tools.Source) { s.Credential.ID = tenants.NewGUID() }),
		"no credential":    credential(tools.SourceCredential{Kind: tools.NoCredential}),
		"on behalf of":     credential(tools.SourceCredential{Kind: tools.OnBehalfOfUser, Scopes: []string{"api://notes/.default"}}),
		"client":           credential(tools.SourceCredential{Kind: tools.ClientCredentials, TokenURL: "https://notes.example/token", ClientID: "us"}),
		"another source":   puttingWith([]byte("x"), here, func(s *tools.Source) { s.ID, s.Name, s.Credential.ID = tenants.GUID{}, "agenda", tenants.NewGUID() }),
		"remove source":    func(c *access.Configuration) error { return c.RemoveSource(notes) },
		"approve":          approving(func(a *tools.Approval) { a.Name = "write" }),
		"approve anew":     approving(func(a *tools.Approval) { a.Hash = tools.Hash{2} }),
		"approve by hand":  approving(func(a *tools.Approval) { a.Effect = tools.Write }),
		"withdraw":         func(c *access.Configuration) error { return c.Withdraw(access.DefinitionOf(noteSearch())) },
		"add a toolset":    narrowing("sales", "Sales", "*"),
		"change a toolset": narrowing("desk", "Desk", "*"),
		"remove a toolset": func(c *access.Configuration) error { return c.RemoveToolset("desk") },
	} {
		before := federated()
		after := before
		if err := edit(&after); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(before, federated()) {
			t.Errorf("%s changed a copy: %+v", name, before)
		}
		if reflect.DeepEqual(after, federated()) {
			t.Errorf("%s did nothing", name)
		}
		if found := access.Validate(after, developed); len(found.Problems) > 0 {
			t.Errorf("%s left %q", name, found.Problems)
		}
		if err := after.CheckSecrets(federated().Sources); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoopbackIsTheDeploymentsAffair(t *testing.T) {
	t.Parallel()
	for d, refused := range map[access.Loopback]bool{access.RefuseLoopback: true, access.AllowLoopback: false} {
		for _, url := range []string{"http://localhost:9000/mcp", "http://127.0.0.1/mcp", "http://[::1]:1/mcp", "https://localhost:9000/mcp", "https://notes.localhost:8443/mcp"} {
			c := federated()
			err := puttingWith([]byte("x"), access.Deployment{Loopback: d}, func(s *tools.Source) { s.URL, s.Credential.ID = url, tenants.NewGUID() })(&c)
			if (err != nil) != refused {
				t.Errorf("%s: %v", url, err)
			}
		}
	}
}

// TestPortThatNobodyConnectsToIsRefusedWhereItIsWritten: a source there would be
// accepted and never reached.
func TestPortThatNobodyConnectsToIsRefusedWhereItIsWritten(t *testing.T) {
	t.Parallel()
	for url, says := range map[string]string{
		"https://notes.example/": "", "https://notes.example:443/": "", "https://notes.example:/": "", "https://[2606:4700::1]:443/": "",
		"https://notes.example:8443/": "port 8443", "https://notes.example:80/": "port 80", "https://93.184.215.14:22/": "port 22",
		"https://[2606:4700::1]:444/": "port 444", "https://localhost.example:9000/": "port 9000", "https://notes.example:0443/": "port 0443",
	} {
		for name, d := range map[string]access.Deployment{"production": here, "development": developed} {
			for place, edit := range map[string]edit{
				"url": puttingWith([]byte("x"), d, func(s *tools.Source) { s.URL, s.Credential.ID = url, tenants.NewGUID() }),
				"credential.tokenUrl": puttingWith([]byte("x"), d, func(s *tools.Source) {
					s.Credential = tools.SourceCredential{Kind: tools.ClientCredentials, ID: tenants.NewGUID(), TokenURL: url, ClientID: "us"}
				}),
			} {
				c := federated()
				err := edit(&c)
				if (err != nil) != (says != "") || err != nil && (access.ProblemsOf(err)[0].Path != place || !strings.Contains(fault.Public(err), "names "+says+", and servers are reached on port 443 only; let ")) {
					t.Errorf("%s as %s in %s: %v", url, place, name, err)
				}
			}
		}
	}
}

func TestPrivateAddressIsRefusedWhereItIsWritten(t *testing.T) {
	t.Parallel()
	for url, refused := range map[string]bool{
		"https://10.0.0.5/mcp": true, "https://172.16.0.1/": true, "https://192.168.1.1:443/": true, "https://100.64.0.1/": true,
		"https://169.254.169.254/latest": true, "https://127.0.0.1/": true, "https://0.0.0.0/": true, "https://224.0.0.1/": true, "https://255.255.255.255/": true,
		"https://[fd00::1]/": true, "https://[fe80::1]/": true, "https://[::ffff:10.0.0.5]/": true, "https://[::1]/": true, "https://[::]/": true,
		"https://localhost/": true, "https://LOCALHOST./": true,
		"https://93.184.215.14/": false, "https://[2606:4700::1]/": false, "https://100.128.0.1/": false, "https://10.example/": false,
	} {
		for place, edit := range map[string]edit{
			"url": puttingWith([]byte("x"), here, func(s *tools.Source) { s.URL, s.Credential.ID = url, tenants.NewGUID() }),
			"credential.tokenUrl": puttingWith([]byte("x"), here, func(s *tools.Source) {
				s.Credential = tools.SourceCredential{Kind: tools.ClientCredentials, ID: tenants.NewGUID(), TokenURL: url, ClientID: "us"}
			}),
		} {
			c := federated()
			err := edit(&c)
			if (err != nil) != refused || refused && (access.ProblemsOf(err)[0].Path != place || !strings.Contains(fault.Public(err), "private address")) {
				t.Errorf("%s as %s: %v", url, place, err)
			}
		}
	}
}

func TestRemovedSourceTakesItsApprovalsAlong(t *testing.T) {
	t.Parallel()
	c := federated()
	if err := c.RemoveSource(notes); err != nil || len(c.Approvals) != 0 {
		t.Errorf("%v: approvals are %+v", err, c.Approvals)
	}
}

// TestTokensOfAClientStayWithTheServerTheyWereFor: a secret that goes to the
// authorization server brings tokens that go to the source.
func TestTokensOfAClientStayWithTheServerTheyWereFor(t *testing.T) {
	t.Parallel()
	for url, refused := range map[string]bool{
		"http://localhost:9000/other": false, "https://evil.example/mcp": true, "http://localhost:9001/mcp": true, "https://localhost:9000/mcp": true,
	} {
		c := federated()
		c.Sources[0].URL = "http://localhost:9000/mcp"
		c.Sources[0].Credential = tools.SourceCredential{Kind: tools.ClientCredentials, ID: notesKey, TokenURL: "https://login.example/token", ClientID: "us"}
		before := slices.Clone(c.Sources)
		s := c.Sources[0]
		s.URL = url
		_, err := c.PutSource(s, nil, developed)
		if (err != nil) != refused || refused && access.ProblemsOf(err)[0].Path != "credential.secret" {
			t.Errorf("%s: %v", url, err)
		}
		c = federated()
		c.Sources = []tools.Source{s}
		if err := c.CheckSecrets(before); (err != nil) != refused {
			t.Errorf("%s in a whole configuration: %v", url, err)
		}
	}
}

// TestApprovedAlikeStaysAsItIs: when it was approved decides who keeps a name.
func TestApprovedAlikeStaysAsItIs(t *testing.T) {
	t.Parallel()
	c := federated()
	if err := approving(func(a *tools.Approval) { a.At = now.Add(time.Hour) })(&c); err != nil || !reflect.DeepEqual(c, federated()) {
		t.Errorf("%v: %+v", err, c.Approvals)
	}
}

func TestListsOfSourcesAreBounded(t *testing.T) {
	t.Parallel()
	c := federated()
	for i := len(c.Sources); i < access.MaxSources; i++ {
		c.Sources = append(c.Sources, tools.Source{ID: tenants.NewGUID(), Name: fmt.Sprint("s", i)})
	}
	for i := len(c.Approvals); i < access.MaxApprovals; i++ {
		c.Approvals = append(c.Approvals, tools.Approval{Source: notes, Kind: tools.KindTool, Name: fmt.Sprint(i)})
	}
	for i := len(c.Toolsets); i < access.MaxToolsets; i++ {
		c.Toolsets = append(c.Toolsets, tools.Toolset{Name: fmt.Sprint("t", i)})
	}
	for name, edit := range map[string]edit{
		"source":   puttingWith([]byte("x"), here, func(s *tools.Source) { s.ID, s.Name, s.Credential.ID = tenants.GUID{}, "one-more", tenants.NewGUID() }),
		"approval": approving(func(a *tools.Approval) { a.Name = "one-more" }),
		"toolset":  narrowing("one-more", "More", "*"),
	} {
		if err := edit(&c); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "there may be") && !strings.Contains(err.Error(), "the most") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if err := approving(func(a *tools.Approval) { a.Hash = tools.Hash{9} })(&c); err != nil {
		t.Errorf("another hash for what is approved: %v", err)
	}
}

func TestValidateFindsWhatIsWrongWithSources(t *testing.T) {
	t.Parallel()
	c := federated()
	if found := access.Validate(c, here); len(found.Problems)+len(found.Warnings) > 0 {
		t.Fatalf("a good configuration has %+v", found)
	}
	twin := notesSource()
	c.Sources = append(c.Sources, twin)
	c.Approvals = append(c.Approvals, noteSearch(), tools.Approval{Source: tenants.NewGUID(), Kind: tools.KindPrompt, Name: "a", Hash: tools.Hash{1}, At: now})
	c.Toolsets = append(c.Toolsets, tools.Toolset{Name: "desk", Title: "Desk", Patterns: []string{"*"}})
	want := []string{"sources[1].name", "sources[1].id", "approvals[1].name", "approvals[2].source", "toolsets[1].name"}
	var got []string
	for _, p := range access.Validate(c, here).Problems {
		got = append(got, p.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("paths are %q, want %q", got, want)
	}
}

func TestWarningsKnowWhatSourcesServe(t *testing.T) {
	t.Parallel()
	c := federated()
	off := notesSource()
	off.ID, off.Name, off.Enabled = tenants.NewGUID(), "agenda", false
	c.Sources = append(c.Sources, off)
	c.Approvals = append(c.Approvals, tools.Approval{Source: off.ID, Kind: tools.KindTool, Name: "plan", Hash: tools.Hash{1}, Effect: tools.Read, At: now})
	c.Toolsets[0].Patterns = []string{"notes_search", "notes_serch", "agenda_plan", "calendar_*", "resource:db://*", "prompt:weekly"}
	want := []string{
		`toolsets[0].patterns[1]: "notes_serch" matches nothing that is approved of source notes; approve what it offers, or check the spelling`,
		`toolsets[0].patterns[2]: "agenda_plan" matches only what is approved of source agenda, which is switched off; enable the source`,
		`toolsets[0].patterns[3]: "calendar_*" matches no tool of this deployment, and none that is approved of a source; check its spelling`,
		`toolsets[0].patterns[4]: "resource:db://*" matches no resource or resource template that is approved of a source; approve one, or check the spelling`,
		`toolsets[0].patterns[5]: "prompt:weekly" matches no prompt that is approved of a source; approve one, or check the spelling`,
	}
	var got []string
	for _, w := range access.Validate(c, here).Warnings {
		got = append(got, w.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings are\n%s", strings.Join(got, "\n"))
	}
}

// TestToolOfASourceIsNotSwitchedOn beside those of the platform's own: it is
// approved.
func TestToolOfASourceIsNotSwitchedOn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"notes_search", "notes_never_offered"} {
		c := federated()
		err := c.PutTool(tools.Selection{Name: name, Effect: tools.Read}, here.Tools)
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Public(err), "is a tool of source notes, which is approved and not switched on: its effect stands in approvals") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSortedHasOneOrder(t *testing.T) {
	t.Parallel()
	c := federated()
	second := notesSource()
	second.ID, second.Name = tenants.NewGUID(), "agenda"
	c.Sources = append(c.Sources, second)
	c.Approvals = append(c.Approvals, tools.Approval{Source: notes, Kind: tools.KindPrompt, Name: "z"}, tools.Approval{Source: second.ID, Kind: tools.KindTool, Name: "z"})
	c.Toolsets = append(c.Toolsets, tools.Toolset{Name: "a"})
	other := c
	other.Sources, other.Approvals, other.Toolsets = slices.Clone(c.Sources), slices.Clone(c.Approvals), slices.Clone(c.Toolsets)
	slices.Reverse(other.Sources)
	slices.Reverse(other.Approvals)
	slices.Reverse(other.Toolsets)
	if !reflect.DeepEqual(c.Sorted(), other.Sorted()) || c.Sorted().Sources[0].Name != "agenda" || c.Sorted().Approvals[0].Source != second.ID {
		t.Errorf("%+v", c.Sorted())
	}
}

func TestParametersThatAreNoSecretMayStandInAURL(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"?v=1", "?monkey=1", "?project=key", "?keyboard=de&tokens=5", "?key=", "?author=me"} {
		var c access.Configuration
		s := notesSource()
		s.URL = "https://notes.example/mcp" + query
		s.Credential = tools.SourceCredential{Kind: tools.NoCredential}
		if _, err := c.PutSource(s, nil, access.Deployment{}); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// person is a source at which people sign in themselves.
func person(k tools.SourceCredential) func(*access.Configuration) error {
	return puttingWith([]byte("x"), here, func(s *tools.Source) {
		k.Kind, k.ID = tools.UserAuthorization, tenants.NewGUID()
		s.Credential = k
	})
}

// TestSignInsGoWhereTheyWereMeantFor: a change that leads elsewhere needs another
// credential, which ends them.
func TestSignInsGoWhereTheyWereMeantFor(t *testing.T) {
	t.Parallel()
	was := tools.Source{ID: notes, URL: "https://notes.example/mcp", Credential: tools.SourceCredential{Kind: tools.UserAuthorization, ID: tenants.NewGUID(), ClientID: "us"}}
	for name, change := range map[string]func(s *tools.Source){
		"another place":  func(s *tools.Source) { s.URL = "https://evil.example/mcp" },
		"another client": func(s *tools.Source) { s.Credential.ClientID = "them" },
		"another kind":   func(s *tools.Source) { s.Credential.Kind = tools.ClientCredentials },
		"no client":      func(s *tools.Source) { s.Credential.ClientID = "" },
	} {
		now := was
		change(&now)
		if access.SameSecret(was, now) {
			t.Errorf("%s: what people have signed in to goes on", name)
		}
	}
	now := was
	now.Title = "Notes"
	if !access.SameSecret(was, now) {
		t.Error("another title ends what people have signed in to")
	}
}
