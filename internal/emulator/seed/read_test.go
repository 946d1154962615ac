package seed_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"gatehouse/internal/emulator/seed"
)

func read(t *testing.T, text string) *seed.Document {
	t.Helper()
	doc, err := seed.Read("tenants.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// contoso begins a file with one tenant; what follows is indented by four.
const contoso = "tenants:\n  - name: Contoso\n"

func TestWhatIsLeftOutIsDerived(t *testing.T) {
	t.Parallel()
	doc := read(t, contoso+`
    users:
      - {username: Alice, password: 007}
      - {username: erin, guest: fabrikam.example}
    groups:
      - {name: Staff}
    apps:
      - {name: API}
    managedIdentities:
      - {name: machine}
    conditionalAccess:
      - {name: MFA, require: mfa}
  - {name: Fabrikam, domain: fabrikam.example, id: 11111111-1111-4111-8111-111111111111}
`)
	const d = "contoso.example"
	c := doc.Tenants[0]
	for what, pair := range map[string][2]string{
		"domain":           {c.Domain, d},
		"tenant id":        {c.ID, seed.Derived(d, "tenant", d)},
		"username":         {c.Users[0].Username, "Alice@contoso.example"},
		"user id":          {c.Users[0].ID, seed.Derived(d, "user", "alice@contoso.example")},
		"password":         {c.Users[0].Password, "007"},
		"guest's username": {c.Users[1].Username, "erin@fabrikam.example"},
		"guest's home":     {c.Users[1].Guest, "11111111-1111-4111-8111-111111111111"},
		"guest id":         {c.Users[1].ID, seed.Derived(d, "user", "erin@fabrikam.example")},
		"group id":         {c.Groups[0].ID, seed.Derived(d, "group", "Staff")},
		"app id":           {c.Apps[0].ID, seed.Derived(d, "app", "API")},
		"identity id":      {c.ManagedIdentities[0].ID, seed.Derived(d, "managed identity", "machine")},
		"principal":        {c.ManagedIdentities[0].Principal, seed.Derived(d, "principal", "machine")},
		"policy id":        {c.ConditionalAccess[0].ID, seed.Derived(d, "policy", "MFA")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestNamesStandForIDs(t *testing.T) {
	t.Parallel()
	doc := read(t, contoso+`
    users:
      - username: alice
        password: x
        manager: BOB@contoso.example
        people: [bob, erin]
        events: [{subject: Review, start: 2026-03-02T09:00:00Z, length: 1h30m, attendees: [bob]}]
      - {username: bob, password: x}
      - {username: erin@elsewhere.example, guest: elsewhere.example}
      - {username: robot, agent: Agent}
    groups:
      - {name: Staff, members: [alice, SRE, erin@elsewhere.example]}
      - {name: SRE}
    apps:
      - name: API
        scopes: [read]
        appRoles: [{value: Run}]
        appRoleAssignments: [{role: Run, principal: machine}, {principal: Staff}, {principal: Client}, {principal: alice}]
        preAuthorized: [{client: Visual Studio Code}]
        knownClients: [Client]
      - name: Client
        requiredAccess: [{resource: API, scopes: [read]}]
        consents: [{resource: Microsoft Graph, scopes: [User.Read]}]
      - {name: Agent, agent: Client}
    managedIdentities: [{name: machine, consents: [{resource: Microsoft Graph, roles: [User.Read.All]}]}]
    conditionalAccess:
      - {name: MFA, require: mfa, users: [Staff, bob], clients: [Microsoft Azure CLI], resources: [API]}
`)
	c := doc.Tenants[0]
	user := func(name string) string { return seed.Derived(c.Domain, "user", name) }
	app := func(name string) string { return seed.Derived(c.Domain, "app", name) }
	alice, bob, erin := user("alice@contoso.example"), user("bob@contoso.example"), user("erin@elsewhere.example")
	staff, sre := seed.Derived(c.Domain, "group", "Staff"), seed.Derived(c.Domain, "group", "SRE")
	api, policy := c.Apps[0], c.ConditionalAccess[0]
	got := []string{
		c.Users[0].Manager, c.Users[0].People[0], c.Users[0].People[1], c.Users[0].Events[0].Attendees[0], c.Users[3].Agent,
		c.Groups[0].Members[0], c.Groups[0].Members[1], c.Groups[0].Members[2],
		api.AppRoleAssignments[0].Principal, api.AppRoleAssignments[1].Principal, api.AppRoleAssignments[2].Principal, api.AppRoleAssignments[3].Principal,
		api.PreAuthorized[0].Client, api.KnownClients[0], c.Apps[1].RequiredAccess[0].Resource, c.Apps[1].Consents[0].Resource, c.Apps[2].Agent,
		policy.Users[0], policy.Users[1], policy.Clients[0], policy.Resources[0],
		c.ManagedIdentities[0].Consents[0].Resource,
	}
	want := []string{
		bob, bob, erin, bob, app("Agent"),
		alice, sre, erin,
		seed.Derived(c.Domain, "principal", "machine"), staff, app("Client"), alice,
		seed.VisualStudioCode, app("Client"), app("API"), seed.MicrosoftGraph, app("Client"),
		staff, bob, seed.AzureCLI, app("API"),
		seed.MicrosoftGraph,
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("reference %d is %s, want %s", i, got[i], want[i])
		}
	}
	if e := c.Users[0].Events[0]; e.Length != 90*time.Minute || !e.Start.Equal(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("event is %+v", e)
	}
}

func TestComplaintsNameFileLineAndPath(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string // the beginnings of all lines
	}{
		"nothing":       {"", []string{"tenants.yaml:1: the file is empty"}},
		"only comments": {"# nothing\n\n", []string{"tenants.yaml:1: the file is empty"}},
		"a list":        {"\n- x\n", []string{"tenants.yaml:2: begins with a list"}},
		"no tenants":    {"entropy: x\n", []string{"tenants.yaml:1: tenants: is empty"}},
		"no YAML":       {"tenants:\n  - name: [\n", []string{"tenants.yaml:2: is no YAML: "}},
		"two documents": {"tenants: []\n---\ntenants: []\n", []string{"tenants.yaml:2: a second document begins"}},
		"a NUL":         {"tenants:\n  - name: \"a\x00b\"\n", []string{"tenants.yaml:2: has a byte that is no text"}},
		"not UTF-8":     {"tenants:\n  - name: \xff\n", []string{"tenants.yaml:2: has a byte that is no text"}},
		"too large":     {"# " + strings.Repeat("x", seed.MaxDocument), []string{"tenants.yaml:1: the file has more than 16 MiB"}},
		"unknown key":   {contoso + "    user: []\n", []string{"tenants.yaml:3: tenants[0].user: is unknown; did you mean users?"}},
		"far key": {contoso + "    shoes: 43\n    wardrobe: {}\n", []string{
			"tenants.yaml:3: tenants[0].shoes: is unknown; ", "tenants.yaml:4: tenants[0].wardrobe: is unknown; the keys here are id, name, domain",
		}},
		"strange key":     {contoso + "    \"a\\nb c\": 1\n", []string{`tenants.yaml:3: tenants[0]."a\nb c": is unknown`}},
		"key that is one": {contoso + "    [x]: 1\n", []string{"tenants.yaml:3: tenants[0]: has a key that is a list"}},
		"repeated key":    {contoso + "    domain: a.example\n    domain: b.example\n", []string{"tenants.yaml:4: tenants[0].domain: is there twice, first in line 3"}},
		"merge":           {contoso + "    <<: {id: x}\n", []string{"tenants.yaml:3: tenants[0].\"<<\": merges another mapping"}},
		"alias":           {"tenants:\n  - name: &n Contoso\n    domain: *n\n", []string{"tenants.yaml:3: tenants[0].domain: is an alias, which seeds do not have; write it out"}},
		"unknown anchor":  {contoso + "    domain: *n\n", []string{"tenants.yaml:3: is no YAML: unknown anchor"}},
		"tag":             {contoso + "    domain: !secret x\n", []string{"tenants.yaml:3: tenants[0].domain: is a value with the tag"}},
		"kinds": {contoso + "    users: alice\n    groups: [x, ]\n    settings: [1]\n    apps:\n      -\n", []string{
			"tenants.yaml:3: tenants[0].users: is one value; write a list", "tenants.yaml:4: tenants[0].groups[0]: is one value; write keys",
			"tenants.yaml:5: tenants[0].settings: is a list; write keys", "tenants.yaml:7: tenants[0].apps[0]: is empty; remove the dash",
		}},
		"scalars": {contoso + `    settings: {tokenMinutes: often}
    users:
      - username: alice
        password: [x]
        disabled: yes please
        events:
          - {subject: A, start: tomorrow, length: 5}
`, []string{
			"tenants.yaml:3: tenants[0].settings.tokenMinutes: often is not a whole number",
			"tenants.yaml:6: tenants[0].users[0].password: is a list; write one value",
			`tenants.yaml:7: tenants[0].users[0].disabled: "yes please" is neither true nor false`,
			"tenants.yaml:9: tenants[0].users[0].events[0].start: tomorrow is not a time",
			"tenants.yaml:9: tenants[0].users[0].events[0].length: 5 is not a duration",
		}},
		"what Check says": {contoso + `
    users:
      - username: alice
        name: Alice
      - username: bob
        password: ''
    settings:
      metadata: mcp
`, []string{
			"tenants.yaml:5: tenants[0].users[0].password: is empty; set it",
			"tenants.yaml:8: tenants[0].users[1].password: is empty; set it",
			`tenants.yaml:10: tenants[0].settings.metadata: "mcp" is unknown; use entra or compatible`,
		}},
		"a misspelt key explains what is missing": {contoso + "    users:\n      - username: alice\n        pasword: x\n", []string{
			"tenants.yaml:5: tenants[0].users[0].pasword: is unknown; did you mean password?",
		}},
		"a misspelt key beside what it means": {contoso + "    user: []\n    users:\n      - username: alice\n", []string{
			"tenants.yaml:3: tenants[0].user: is unknown; did you mean users?", "tenants.yaml:5: tenants[0].users[0].password: is empty",
		}},
		"names that are missing or taken": {"tenants:\n  - users: [{password: x}]\n    groups: [{name: A}, {name: A}, {description: x}]\n", []string{
			"tenants.yaml:2: tenants[0].name: is empty", "tenants.yaml:2: tenants[0].users[0].username: ",
			"tenants.yaml:3: tenants[0].groups[1].name: ", "tenants.yaml:3: tenants[0].groups[2].name: ",
		}},
		"apps of one name": {contoso + "    apps:\n      - name: A\n      - name: A\n", []string{"tenants.yaml:5: tenants[0].apps[1].id: "}},
		"words of Microsoft's": {contoso + `
    apps:
      - name: API
        scopes: [access_as_user]
        appRoles: [{value: Tasks.Run, members: [Application]}, {value: Tasks.See, members: [User]}]
        appRoleAssignments:
          - {role: Tasks.Ran, principal: Client}
        optionalClaims:
          accessToken:
            - {name: idtype}
            - {name: idtyp, properties: [include_user_tokens]}
            - {name: shoe_size}
      - name: Client
        requiredAccess:
          - {resource: API, scopes: [acces_as_user]}
          - {resource: API, roles: [Task.Run]}
          - {resource: API, roles: [Tasks.See]}
        consents:
          - {resource: Microsoft Graph, scopes: [User.Raed]}
          - {resource: Microsoft Graph, scopes: [Chat.ReadWrite]}
          - {resource: Microsoft Graph, roles: [User.Read.Al]}
`, []string{
			`tenants.yaml:9: tenants[0].apps[0].appRoleAssignments[0].role: "Tasks.Ran" is not declared by the app; add it to appRoles; did you mean Tasks.Run?`,
			`tenants.yaml:12: tenants[0].apps[0].optionalClaims.accessToken[0].name: optional claim "idtype" is unknown to the emulator; remove it; did you mean idtyp?`,
			`tenants.yaml:13: tenants[0].apps[0].optionalClaims.accessToken[1].properties[0]: "include_user_tokens" of optional claim idtyp is unknown to the emulator; remove it; did you mean include_user_token?`,
			`tenants.yaml:14: tenants[0].apps[0].optionalClaims.accessToken[2].name: optional claim "shoe_size" is unknown to the emulator; remove it`,
			`tenants.yaml:17: tenants[0].apps[1].requiredAccess[0].scopes[0]: "acces_as_user" is not exposed by API; did you mean access_as_user?`,
			`tenants.yaml:18: tenants[0].apps[1].requiredAccess[1].roles[0]: "Task.Run" is no app role of API for applications; did you mean Tasks.Run?`,
			`tenants.yaml:19: tenants[0].apps[1].requiredAccess[2].roles[0]: "Tasks.See" is no app role of API for applications; did you mean Tasks.Run?`,
			`tenants.yaml:21: tenants[0].apps[1].consents[0].scopes[0]: this emulator's Microsoft Graph has no delegated permission "User.Raed" (docs/emulator.md lists what it has); did you mean User.Read?`,
			`tenants.yaml:22: tenants[0].apps[1].consents[1].scopes[0]: this emulator's Microsoft Graph has no delegated permission "Chat.ReadWrite" (docs/emulator.md lists what it has)`,
			`tenants.yaml:23: tenants[0].apps[1].consents[2].roles[0]: this emulator's Microsoft Graph has no application permission "User.Read.Al" (docs/emulator.md lists what it has); did you mean User.Read.All?`,
		}},
		"guests of nowhere": {contoso + `
    users:
      - {username: gina, guest: nowhere}
      - {username: hugo, guest: contoso.exampel}
      - {username: ines@elsewhere.example, guest: nowhere}
`, []string{
			`tenants.yaml:5: tenants[0].users[0].guest: "nowhere" is no tenant here, and of another identity provider username has to be whole, such as gina@fabrikam.example`,
			`tenants.yaml:6: tenants[0].users[1].guest: "contoso.exampel" is no tenant here, and of another identity provider username has to be whole, such as hugo@fabrikam.example; did you mean contoso.example?`,
		}},
		"names are shown, not ids": {contoso + `
    users:
      - {username: alice, password: x, manager: alice}
      - {username: robot, agent: API}
    apps:
      - {name: API}
      - {name: Agent, agent: API}
      - {name: Agent's, agent: Agent}
      - {name: Known, agent: API, secret: x}
`, []string{
			`tenants.yaml:5: tenants[0].users[0].manager: names this very user; name another, or leave it out`,
			`tenants.yaml:6: tenants[0].users[1].agent: "API" is no agent identity of the tenant`,
			`tenants.yaml:10: tenants[0].apps[2].agent: "Agent" is an agent identity itself`,
			`tenants.yaml:11: tenants[0].apps[3].secret: is set for an agent identity; credentials belong to its blueprint API`,
		}},
		"references": {contoso + `
    users:
      - {username: alice, password: x, manager: nobody}
      - {username: erin@a.example, guest: a.example}
      - {username: erin@b.example, guest: b.example}
    groups:
      - name: Staff
        members:
          - Alise
          - erin
          - Staf
      - {name: alice, members: [alice]}
    apps:
      - {name: API, consents: [{resource: Microsoft Grap, scopes: [User.Read]}]}
`, []string{
			`tenants.yaml:5: tenants[0].users[0].manager: "nobody" is no user of the tenant`,
			`tenants.yaml:11: tenants[0].groups[0].members[0]: "Alise" is no user or group of the tenant; did you mean alice?`,
			`tenants.yaml:12: tenants[0].groups[0].members[1]: "erin" can mean 2 things`,
			`tenants.yaml:13: tenants[0].groups[0].members[2]: "Staf" is no user or group of the tenant; did you mean Staff?`,
			`tenants.yaml:14: tenants[0].groups[1].members[0]: "alice" can mean 2 things`,
			`tenants.yaml:16: tenants[0].apps[0].consents[0].resource: "Microsoft Grap" is no app of the tenant; did you mean Microsoft Graph?`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := seed.Read("tenants.yaml", strings.NewReader(c.text))
			if err == nil {
				t.Fatal("it was taken")
			}
			got := strings.Split(err.Error(), "\n")
			ok := len(got) == len(c.want)
			for i := range c.want {
				ok = ok && strings.HasPrefix(got[i], c.want[i])
			}
			if !ok {
				t.Errorf("complaints are\n%s\nwant\n%s", err, strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestLaughsStayOne(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("a: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 30 {
		fmt.Fprintf(&bomb, "b%d: &a%d [%s]\n", i, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9))
	}
	start := time.Now()
	_, err := seed.Read("tenants.yaml", strings.NewReader(bomb.String()+"tenants: *a30\n"))
	if took := time.Since(start); err == nil || took > 10*time.Second {
		t.Errorf("%v after %s", err, took)
	}
}

func TestComplaintsAreBounded(t *testing.T) {
	t.Parallel()
	_, err := seed.Read("tenants.yaml", strings.NewReader(contoso+"    users:\n"+strings.Repeat("      - x\n", 100_000)))
	if got := complaints(t, err); len(got) != 1001 || !strings.Contains(err.Error(), "there are more than 1000 complaints") {
		t.Errorf("%d complaints", len(got))
	}
}

func TestReaderThatFailsIsNoComplaint(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var fault *seed.Error
	if _, err := seed.Read("tenants.yaml", iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.As(err, &fault) {
		t.Errorf("error is %v", err)
	}
}

// TestLargeDirectoryIsReadInTime allows what the race detector on a busy machine
// needs; alone it takes a fifth of a second.
func TestLargeDirectoryIsReadInTime(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	text.WriteString(contoso + "    users:\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "      - {username: person%d, password: x, name: Given%d Family%d, department: Sales}\n", i, i, i)
	}
	text.WriteString("    groups:\n")
	for i := range 2_000 {
		fmt.Fprintf(&text, "      - {name: Group %d, members: [", i)
		for j := range 20 {
			fmt.Fprintf(&text, "person%d, ", (i*5+j)%10_000)
		}
		text.WriteString("]}\n")
	}
	start := time.Now()
	doc := read(t, text.String())
	took := time.Since(start)
	t.Logf("%d bytes in %s", text.Len(), took)
	if took > time.Minute || len(doc.Tenants[0].Users) != 10_000 || len(doc.Tenants[0].Groups[1999].Members) != 20 {
		t.Errorf("%s", took)
	}
}

// said is what every line of an *Error looks like.
var said = regexp.MustCompile(`^tenants\.yaml:[1-9][0-9]*: \S`)

func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("../../../examples/emulator/tenants.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		string(example), contoso, contoso + "    users: [{username: alice}]\n", "tenants: &a [*a]\n", "a: *b\n", "? [x]\n: y\n", "!!map {tenants: !!seq []}\n",
		"tenants: [~, {users: [{events: [{start: 2026-03-02, length: 1h}]}]}]\n", "{{{{", "- - - -\n", "\"\\x00\": 1\n", "tenants:\n\t- x\n", "%YAML 9.9\n---\n", "--- |\n x\n...\n--- \n",
		contoso + "    apps: [{name: A, certificates: [x], federatedCredentials: [{issuer: 'http://%'}], redirects: {web: [':']}, identifierUris: ['://']}]\n",
		contoso + "    users: [{username: a@b, files: [{path: a/b}, {path: a}]}]\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := seed.Read("tenants.yaml", bytes.NewReader(text))
		if err == nil {
			if again := seed.Check(doc.Tenants); again != nil || len(doc.Tenants) == 0 {
				t.Fatalf("taken, and then: %v", again)
			}
			return
		}
		if errors.Is(err, io.EOF) || len(complaints(t, err)) == 0 {
			t.Fatalf("no complaints: %v", err)
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !said.MatchString(line) {
				t.Errorf("%q names no line", line)
			}
		}
	})
}
