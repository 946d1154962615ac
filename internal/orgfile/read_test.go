package orgfile_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/fault"
	"gatehouse/internal/orgfile"
)

// TestReadSaysWhereAndWhatHelps gives, for each text, the beginning of its one
// complaint and a word of the remedy.
func TestReadSaysWhereAndWhatHelps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, where, word string }{
		"nothing":                  {"", "org.yaml:1:1: ", "begin with"},
		"comments only":            {"# nothing\n", "org.yaml:1:1: ", "begin with"},
		"a list":                   {"- a\n", "org.yaml:1:1: ", "begins with a list"},
		"broken":                   {"gatehouse: 1\nroles: [\n", "org.yaml:", "no YAML"},
		"two documents":            {"gatehouse: 1\n---\ngatehouse: 1\n", "org.yaml:", "second document"},
		"another version":          {"gatehouse: 2\n", "org.yaml:1:12: gatehouse: ", "write 1"},
		"no version":               {"roles: []\n", "org.yaml:1:1: ", "gatehouse is missing"},
		"member of the API":        {"gatehouse: 1\nsources: [{name: a, url: 'https://a.example', timeoutSeconds: 3}]\n", "org.yaml:2:47: ", `"timeoutSeconds" is unknown; did you mean timeout?`},
		"address without TLS":      {"gatehouse: 1\nsources: [{name: a, url: 'http://a.example'}]\n", "org.yaml:2:26: ", "must begin with https://"},
		"misspelled section":       {"gatehouse: 1\nrols: []\n", "org.yaml:2:1: ", `"rols" is unknown; did you mean roles?`},
		"misspelled member":        {"gatehouse: 1\ntools:\n  - name: a\n    efect: read\n    effect: read\n", "org.yaml:4:5: tools[0]: ", "did you mean effect?"},
		"foreign member":           {"gatehouse: 1\nxxxxxxxxxxxx: 1\n", "org.yaml:2:1: ", "the members here are gatehouse, organization"},
		"case":                     {"Gatehouse: 1\ngatehouse: 1\n", "org.yaml:1:1: ", "did you mean gatehouse?"},
		"twice":                    {"gatehouse: 1\nroles: []\nroles: []\n", "org.yaml:3:1: roles: ", "first in line 2"},
		"alias":                    {"gatehouse: 1\nroles: *a\n", "org.yaml:1:1: ", "unknown anchor"},
		"anchor":                   {"gatehouse: 1\nroles: &a []\n", "org.yaml:2:8: roles: ", "anchor"},
		"merge":                    {"gatehouse: 1\n<<: {roles: []}\n", "org.yaml:2:1: ", "merges"},
		"null section":             {"gatehouse: 1\nroles:\n", "org.yaml:2:7: roles: ", "[] is the empty list"},
		"null entry":               {"gatehouse: 1\nroles: [~]\n", "org.yaml:2:9: roles[0]: ", "is empty"},
		"tag":                      {"gatehouse: 1\norganization: {name: !!binary YQ==}\n", "org.yaml:2:22: organization.name: ", "tag"},
		"key that is a list":       {"gatehouse: 1\n? [a]\n: b\n", "org.yaml:2:3: ", "keys are words"},
		"duration":                 {"gatehouse: 1\norganization:\n  membership: {soft: -5m}\n", "org.yaml:3:22: organization.membership.soft: ", "15m"},
		"GUID":                     {"gatehouse: 1\norganization:\n  connection: {clientId: x}\n", "org.yaml:3:26: organization.connection.clientId: ", "GUID"},
		"time":                     {"gatehouse: 1\nassignments: [{role: A, subject: {kind: everybody}, endsAt: 2027-01-31}]\n", "org.yaml:2:61: assignments[0].endsAt: ", "zone"},
		"time of no date":          {"gatehouse: 1\nassignments: [{role: A, subject: {kind: everybody}, endsAt: 9999-12-31T23:59:59-23:59}]\n", "org.yaml:2:61: assignments[0].endsAt: ", "earlier time"},
		"same tool twice":          {"gatehouse: 1\ntools:\n  - {name: a, effect: read}\n  - {name: a, effect: write}\n", "org.yaml:4:5: tools[1]: ", "same key as entry 1"},
		"same client twice":        {"gatehouse: 1\nclients:\n  - {id: " + vscode + ", name: a}\n  - {id: " + strings.ToUpper(vscode) + ", name: b}\n", "org.yaml:4:5: clients[1]: ", "same key"},
		"same assignment twice":    {"gatehouse: 1\nassignments:\n  - {role: A, subject: {kind: everybody}}\n  - {role: A, subject: {kind: everybody}}\n", "org.yaml:4:5: assignments[1]: ", "same key"},
		"same grant twice":         {"gatehouse: 1\nroleGrants:\n  - &a {role: owner, grantee: {kind: person, id: " + alice + "}}\n", "org.yaml:3:5: roleGrants[0]: ", "anchor"},
		"empty name":               {"gatehouse: 1\nroles: [{name: '', permissions: [{effect: allow, patterns: [a]}]}]\n", "org.yaml:2:16: roles[0].name: ", "is empty"},
		"origin with a path":       {"gatehouse: 1\norganization: {origins: ['https://a.example/']}\n", "org.yaml:2:26: organization.origins[0]: ", "browser origin"},
		"access package elsewhere": {"gatehouse: 1\norganization: {accessPackageUrl: 'https://evil.example/'}\n", "org.yaml:2:34: organization.accessPackageUrl: ", "copy the My Access portal link"},
		"origin without TLS":       {"gatehouse: 1\norganization: {origins: ['http://a.example']}\n", "org.yaml:2:26: organization.origins[0]: ", "browser origin"},
		"hard below soft":          {"gatehouse: 1\norganization: {membership: {soft: 2h, hard: 1h}}\n", "org.yaml:2:45: organization.membership.hard: ", "shorter than soft"},
		"credential of shared":     {"gatehouse: 1\norganization: {connection: {model: shared, credential: {kind: certificate}}}\n", "org.yaml:2:56: organization.connection.credential: ", "remove it"},
		"source without a kind":    {"gatehouse: 1\norganization: {connection: {credential: {kind: platform_issuer, from: {env: A}}}}\n", "org.yaml:2:71: organization.connection.credential.from: ", "no secret"},
		"two sources":              {"gatehouse: 1\norganization: {connection: {credential: {kind: certificate, from: {env: A, file: b}}}}\n", "org.yaml:2:67: organization.connection.credential.from: ", "one of env and file"},
		"no source":                {"gatehouse: 1\norganization: {connection: {credential: {kind: certificate, from: {}}}}\n", "org.yaml:2:67: organization.connection.credential.from: ", "one of env and file"},
		"source of the programs":   {"gatehouse: 1\norganization: {connection: {credential: {kind: certificate, from: {env: GATEHOUSE_KEK}}}}\n", "org.yaml:2:73: organization.connection.credential.from.env: ", "another name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := orgfile.Read("org.yaml", strings.NewReader(c.text))
			found, ok := errors.AsType[orgfile.FileErrors](err)
			if !ok || fault.KindOf(err) != fault.Invalid || len(found) != 1 {
				t.Fatalf("error is %v", err)
			}
			if line := fault.Public(err); !strings.HasPrefix(line, c.where) || !strings.Contains(line, c.word) {
				t.Errorf("complaint is %q, want %q … %q", line, c.where, c.word)
			}
		})
	}
}

func TestSecretInTheFileIsRefusedAndNotRepeated(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-Very.Secret~Value"
	for name, credential := range map[string]string{
		"as value":       "{kind: client_secret, value: " + secret + "}",
		"as secret":      "{kind: client_secret, secret: " + secret + "}",
		"as source":      "{kind: client_secret, from: " + secret + "}",
		"inside source":  "{kind: client_secret, from: {value: " + secret + "}}",
		"as key":         "{kind: client_secret, " + secret + ": true}",
		"as kind":        "{kind: " + secret + "}",
		"as variable":    "{kind: client_secret, from: {env: " + secret + "}}",
		"whole":          secret,
		"as list":        "[" + secret + "]",
		"list as source": "{kind: client_secret, from: [" + secret + "]}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := orgfile.Read("org.yaml", strings.NewReader("gatehouse: 1\norganization: {connection: {credential: "+credential+"}}\n"))
			if err == nil {
				t.Fatal("it is accepted")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the secret is in %q", err)
			}
			if name != "as kind" && name != "as variable" && !strings.Contains(err.Error(), "from: {env: NAME}") {
				t.Errorf("no remedy in %q", err)
			}
		})
	}
}

func TestHugeFileIsRefused(t *testing.T) {
	t.Parallel()
	text := "gatehouse: 1\n#" + strings.Repeat("x", orgfile.MaxSize) + "\n"
	if _, err := orgfile.Read("org.yaml", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "MiB") {
		t.Errorf("error is %v", err)
	}
}

func TestJSONIsReadToo(t *testing.T) {
	t.Parallel()
	doc := read(t, `{"gatehouse": 1, "tools": [{"name": "search", "effect": "read"}]}`)
	if len(doc.Tools) != 1 || doc.Roles != nil {
		t.Errorf("document is %+v", doc)
	}
}

func TestProblemIsFoundAtItsLine(t *testing.T) {
	t.Parallel()
	f, err := orgfile.Read("org.yaml", strings.NewReader("gatehouse: 1\nroles:\n  - name: A\n    permissions:\n      - effect: allow\n        patterns: [a]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"roles[0].permissions[0].patterns[0]": "org.yaml:6:20: ",
		"roles[0].permissions[0].condition":   "org.yaml:5:9: ",
		"roles[7]":                            "org.yaml:3:3: ",
		"":                                    "org.yaml:1:1: ",
		"clients":                             "org.yaml:1:1: ",
	} {
		if got := f.Locate([]access.Problem{{Path: path, Message: "is wrong"}})[0].String(); !strings.HasPrefix(got, want) {
			t.Errorf("%q is at %q, want %q", path, got, want)
		}
	}
}

// FuzzRead: whatever is accepted can be written and is then read as the same.
func FuzzRead(f *testing.F) {
	f.Add("gatehouse: 1\n")
	f.Add(wanted)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := orgfile.Read("org.yaml", strings.NewReader(text))
		if err != nil {
			return
		}
		once, err := file.Document.YAML(schema)
		if err != nil {
			t.Fatal(err)
		}
		again, err := orgfile.Read("again.yaml", strings.NewReader(string(once)))
		if err != nil {
			t.Fatalf("%v\n%s", err, once)
		}
		twice, err := again.Document.YAML(schema)
		if err != nil || string(twice) != string(once) {
			t.Errorf("%v: written as\n%s\nand then as\n%s", err, once, twice)
		}
	})
}
