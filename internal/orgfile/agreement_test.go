package orgfile_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/internal/orgfile"
)

const (
	zero    = "00000000-0000-0000-0000-000000000000"
	hash    = "sha256:0102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0f10"
	someone = "{kind: person, id: " + bob + "}"
)

// corpus has documents, without their first line, that are taken and that are
// not.
var corpus = map[bool]map[string]string{
	true: {
		"nothing":                               "",
		"name":                                  "organization: {name: 'Größe & Söhne (東京) 😀'}",
		"origins":                               "organization: {origins: ['https://a.example', 'https://a-b.example:8443', 'http://localhost:3000', 'http://[::1]:1', 'https://[2001:db8::1]']}",
		"an access package":                     "organization: {accessPackageUrl: 'https://myaccess.microsoft.com/@contoso.example#/access-packages/1'}",
		"one of US Government":                  "organization: {accessPackageUrl: 'https://myaccess.microsoft.us'}",
		"no access package":                     "organization: {accessPackageUrl: ''}",
		"no origins":                            "organization: {origins: []}",
		"durations":                             "organization: {membership: {soft: 90s, hard: 1h30m}}",
		"long durations":                        "organization: {membership: {soft: 1h0m1s, hard: 168h}}",
		"signing in":                            "organization: {signIn: {mode: facade, acceptEntraTokens: false, unknownClients: refuse}}",
		"signing in at Gatehouse":               "organization: {signIn: {mode: brokered}}",
		"some of signing in":                    "organization: {signIn: {acceptEntraTokens: true, unknownClients: admit}}",
		"resource":                              "organization: {connection: {resource: 'https://api.contoso.example/mcp', scope: Tools.Use, appRole: Use, v1Audiences: ['api://x']}}",
		"no app role":                           "organization: {apps: refuse, connection: {appRole: ''}}",
		"model":                                 "organization: {connection: {model: own, clientId: 0A0A0A0A-0000-4000-8000-00000000000A}}",
		"no credential":                         "organization: {groups: {source: token_only}, connection: {credential: {kind: none}}}",
		"issuer":                                "organization: {connection: {credential: {kind: platform_issuer}}}",
		"secret of a variable":                  "organization: {connection: {credential: {kind: client_secret, from: {env: CONTOSO_SECRET}}}}",
		"secret of a file":                      "organization: {connection: {credential: {kind: certificate, from: {file: ./a b.pem}}}}",
		"secret without source":                 "organization: {connection: {credential: {kind: certificate}}}",
		"owner":                                 "roleGrants: [{role: owner, grantee: " + someone + ", name: ''}]",
		"admins of a group":                     "roleGrants: [{role: admin, grantee: {kind: group, id: " + hr + "}, name: HR, endsAt: 2027-01-31T01:00:00.5+01:00}]",
		"viewer app":                            "roleGrants: [{role: viewer, grantee: {kind: app, id: " + hr + "}}]",
		"tool":                                  "tools: [{name: get_me, effect: read}]",
		"role":                                  "roles: [{name: A b, permissions: [{effect: allow, patterns: ['*', a.b-c_*], condition: 'caller.guest', authenticationContext: c99}]}]",
		"role that denies":                      "roles: [{name: A, permissions: [{effect: deny, patterns: [wipe], condition: 'caller.guest'}]}]",
		"group":                                 "assignments: [{role: Everyday, subject: {kind: group, value: " + strings.ToUpper(hr) + "}, name: ''}]",
		"person":                                "assignments: [{role: Everyday, subject: {kind: person, value: " + bob + "}, endsAt: '2027-01-31T00:00:00Z'}]",
		"app role":                              "assignments: [{role: Everyday, subject: {kind: app_role, value: Tools.Execute-All/1}}]",
		"client":                                "assignments: [{role: Everyday, subject: {kind: client, value: " + vscode + "}}]",
		"client document":                       "assignments: [{role: Everyday, subject: {kind: client, value: 'https://claude.example/client.json'}}]",
		"everybody":                             "assignments: [{role: Payroll, subject: {kind: everybody}}, {role: Payroll, subject: {kind: every_guest}}, {role: Payroll, subject: {kind: every_app}}]",
		"clients":                               "clients: [{id: " + bob + ", name: Bob}, {id: 'https://a.example:8443/?x=1', name: A, maximumPermissions: [search]}]",
		"client's host":                         "clients: [{id: 'https://claude.example', name: A}, {id: 'https://a-b.example:8443', name: B}, {id: 'https://[2001:db8::1]', name: C}]",
		"client's software":                     "clients: [{id: 'mcp-remote (0.1) <http://127.0.0.1/cb> <http://localhost/cb?x=1> <https://a.example/cb>', name: A}, {id: 'Größe <cursor://mcp/cb>', name: B}]",
		"software as subject":                   "assignments: [{role: Everyday, subject: {kind: client, value: 'A b <com.example.app:/cb>'}}]",
		"limit of software":                     "limits: [{name: a, per: client, client: 'A <http://[::1]/cb>', callsPerDay: 1}, {name: b, per: client, client: 'https://a.example', callsPerDay: 1}]",
		"scope":                                 "scopeCeilings: [{scope: tools.write:all, patterns: ['*']}]",
		"source":                                "sources: [{name: a-1, url: 'https://mcp.example:443/x?y=1'}]",
		"source with all":                       "sources: [{name: a, title: 'A b', url: 'https://a.example/mcp', naming: bare, review: allow_read_only, trusted: true, enabled: false, timeout: 5m, concurrent: 100}]",
		"source without credential":             "sources: [{name: notes, url: 'https://notes.example/mcp', credential: {kind: none}}]",
		"source's header":                       "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: header, header: Authorization, from: {env: A}}}]",
		"source for the person":                 "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: on_behalf_of, scopes: ['api://a/.default']}}]",
		"source people sign in to":              "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: user_authorization}}]",
		"source people sign in to, as a client": "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: user_authorization, clientId: us, scopes: [read], from: {file: /s}}}]",
		"source for itself":                     "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: client_credentials, tokenUrl: 'https://login.example/token', clientId: us, scopes: [read], from: {file: /s}}}]",
		"approval":                              "approvals: [{source: notes, kind: tool, name: add, hash: '" + hash + "', effect: destructive}]",
		"approvals of others":                   "approvals: [{source: notes, kind: prompt, name: sum, hash: '" + hash + "'}, {source: notes, kind: resource, name: 'notes://{a b}', hash: '" + hash + "'}, {source: crm, kind: resource_template, name: 'crm://{id}', hash: '" + hash + "'}]",
		"toolset":                               "toolsets: [{name: hr, title: 'Human resources', patterns: ['payroll_*', 'crm_*']}, {name: x, patterns: ['*']}]",
		"limits":                                "limits: [{name: a, per: caller, callsPerDay: 1}, {name: b-1, per: client, rate: {calls: 1000000, every: second}}, {name: c, per: client, client: " + strings.ToUpper(vscode) + ", rate: {calls: 1, every: minute, burst: 9}, callsPerDay: 1000000000, whenUncounted: refuse}]",
		"limits of tools":                       "limits: [{name: a, per: tool, tool: 'resource:notes://*', callsPerDay: 1}, {name: b, per: tool, tool: '*', callsPerDay: 1, whenUncounted: admit}]",
		"recordings":                            "recordings: [{name: a, tool: 'payroll_*', arguments: [/a, /b~0~1c/d]}, {name: b-1, tool: '*', result: [/x]}]",
		"no recordings":                         "recordings: []",
		"no limits":                             "limits: []",
		"sinks":                                 "sinks: [{name: a, kind: mailbox, email: a@b.example}, {name: b, kind: webhook, url: 'https://a.example/x?y=1', records: true, every: 5m}, {name: c, kind: syslog, url: 'tls://a.example', checkpoints: false, records: true, from: {file: a}}]",
		"sinks of clouds":                       "sinks: [{name: a, kind: storage, url: 'https://a.blob.core.windows.net/c/d', from: {env: A}}, {name: b, kind: storage, url: 'https://b.s3.amazonaws.com', keyId: AKIA, region: eu-central-1}, {name: c, kind: sentinel, url: 'https://a.westeurope-1.ingest.monitor.azure.com', rule: dcr-0123456789abcdef0123456789abcdef, stream: Custom-A_CL}, {name: d, kind: otlp, url: 'https://otel.example/v1/logs', header: Authorization, from: {env: A}, every: 24h}]",
		"no sinks":                              "sinks: []",
		"condition of the most":                 "roles: [{name: A, permissions: [{effect: allow, patterns: [a], condition: 'caller.oid == \"" + strings.Repeat("x", 1008) + "\"'}]}]",
		"name of the most":                      "organization: {name: '" + strings.Repeat("ä", 120) + "'}",
		"time in the zone of London":            "assignments: [{role: Everyday, subject: {kind: every_app}, endsAt: 2027-01-31T00:00:00+00:00}]",
	},
	false: {
		"recording of nothing":       "recordings: [{name: a, tool: '*'}]",
		"recording of the whole":     "recordings: [{name: a, tool: '*', arguments: ['']}]",
		"recording of no pointer":    "recordings: [{name: a, tool: '*', arguments: [a]}]",
		"recording with an escape":   "recordings: [{name: a, tool: '*', result: ['/a~2']}]",
		"recording of no tool":       "recordings: [{name: a, tool: 'a b', result: [/a]}]",
		"long recording":             "recordings: [{name: a, tool: a, result: ['/" + strings.Repeat("ä", 256) + "']}]",
		"no name":                    "organization: {name: ''}",
		"sink of no kind":            "sinks: [{name: a, kind: splunk, url: 'https://a.example'}]",
		"sink without an address":    "sinks: [{name: a, kind: otlp}]",
		"mailbox with a URL":         "sinks: [{name: a, kind: mailbox, email: a@b.example, url: 'https://a.example'}]",
		"webhook with a secret":      "sinks: [{name: a, kind: webhook, url: 'https://a.example', from: {env: A}}]",
		"webhook with a mailbox":     "sinks: [{name: a, kind: webhook, url: 'https://a.example', email: a@b.example}]",
		"mailbox for records":        "sinks: [{name: a, kind: mailbox, email: a@b.example, records: true}]",
		"sink of nothing":            "sinks: [{name: a, kind: otlp, url: 'https://a.example', checkpoints: false}]",
		"sink too often":             "sinks: [{name: a, kind: otlp, url: 'https://a.example', every: 1m}]",
		"sink too seldom":            "sinks: [{name: a, kind: otlp, url: 'https://a.example', every: 25h}]",
		"sentinel without a rule":    "sinks: [{name: a, kind: sentinel, url: 'https://a.b.ingest.monitor.azure.com', stream: Custom-A}]",
		"sentinel of somebody":       "sinks: [{name: a, kind: sentinel, url: 'https://attacker.example', rule: dcr-0123456789abcdef0123456789abcdef, stream: Custom-A}]",
		"key without a region":       "sinks: [{name: a, kind: storage, url: 'https://a.example', keyId: a}]",
		"storage with a signature":   "sinks: [{name: a, kind: storage, url: 'https://a.example/c?sig=b'}]",
		"secret without a header":    "sinks: [{name: a, kind: otlp, url: 'https://a.example/v1/logs', from: {env: A}}]",
		"syslog over https":          "sinks: [{name: a, kind: syslog, url: 'https://a.example'}]",
		"name with a space":          "organization: {name: ' Contoso'}",
		"name that ends in one":      "roles: [{name: 'A ', permissions: [{effect: allow, patterns: [a]}]}]",
		"name with a tab":            "clients: [{id: " + bob + ", name: \"a\\tb\"}]",
		"name nobody sees":           "assignments: [{role: Everyday, subject: {kind: every_app}, name: \"a\\u200bb\"}]",
		"name of a grant":            "roleGrants: [{role: viewer, grantee: " + someone + ", name: ' '}]",
		"long name":                  "organization: {name: '" + strings.Repeat("ä", 121) + "'}",
		"access package of a script": "organization: {accessPackageUrl: 'javascript:alert(1)'}",
		"access package without TLS": "organization: {accessPackageUrl: 'http://myaccess.microsoft.com/'}",
		"access package elsewhere":   "organization: {accessPackageUrl: 'https://myaccess.microsoft.com.evil.example/'}",
		"access package with a user": "organization: {accessPackageUrl: 'https://u@myaccess.microsoft.com/'}",
		"access package too long":    "organization: {accessPackageUrl: 'https://myaccess.microsoft.com/" + strings.Repeat("x", 500) + "'}",
		"origin with a path":         "organization: {origins: ['https://a.example/']}",
		"origin in capitals":         "organization: {origins: ['https://A.example']}",
		"origin with default port":   "organization: {origins: ['https://a.example:443']}",
		"origin of a machine":        "organization: {origins: ['http://localhost:80']}",
		"origin without TLS":         "organization: {origins: ['http://a.example']}",
		"origin of any":              "organization: {origins: ['*']}",
		"origin with a user":         "organization: {origins: ['https://u@a.example']}",
		"origin of nothing":          "organization: {origins: ['']}",
		"duration of nanoseconds":    "organization: {membership: {soft: 5ns}}",
		"duration of microseconds":   "organization: {membership: {soft: 5µs}}",
		"duration of milliseconds":   "organization: {membership: {soft: 500ms}}",
		"duration with a fraction":   "organization: {membership: {soft: 1.5m}}",
		"duration of nothing":        "organization: {membership: {soft: 0s}}",
		"duration below nothing":     "organization: {membership: {soft: -5m}}",
		"duration with a sign":       "organization: {membership: {soft: +5m}}",
		"duration without unit":      "organization: {membership: {soft: 5}}",
		"duration out of order":      "organization: {membership: {soft: 5m1h}}",
		"mode of nobody":             "organization: {signIn: {mode: open}}",
		"mode of nothing":            "organization: {signIn: {mode: ''}}",
		"Entra's tokens in words":    "organization: {signIn: {acceptEntraTokens: 'yes'}}",
		"unknown clients in words":   "organization: {signIn: {unknownClients: ask}}",
		"since when":                 "organization: {signIn: {mode: direct, since: 2027-01-31T00:00:00Z}}",
		"resource with a slash":      "organization: {connection: {resource: 'api://x/'}}",
		"scope that is qualified":    "organization: {connection: {scope: api://x/y}}",
		"client id of nothing":       "organization: {connection: {clientId: " + zero + "}}",
		"shared app's credential":    "organization: {connection: {model: shared, credential: {kind: none}}}",
		"issuer with a secret":       "organization: {connection: {credential: {kind: platform_issuer, from: {env: A}}}}",
		"none with a secret":         "organization: {connection: {credential: {kind: none, from: {env: A}}}}",
		"two sources":                "organization: {connection: {credential: {kind: client_secret, from: {env: A, file: b}}}}",
		"no source":                  "organization: {connection: {credential: {kind: client_secret, from: {}}}}",
		"variable of ours":           "organization: {connection: {credential: {kind: client_secret, from: {env: GATEHOUSE_TOKEN}}}}",
		"file without a name":        "organization: {connection: {credential: {kind: client_secret, from: {file: ''}}}}",
		"owner that is a group":      "roleGrants: [{role: owner, grantee: {kind: group, id: " + hr + "}}]",
		"owner that is an app":       "roleGrants: [{role: owner, grantee: {kind: app, id: " + hr + "}}]",
		"grant to nobody":            "roleGrants: [{role: viewer, grantee: {kind: person, id: " + zero + "}}]",
		"time without a zone":        "roleGrants: [{role: viewer, grantee: " + someone + ", endsAt: '2027-01-31T00:00:00'}]",
		"time in small letters":      "roleGrants: [{role: viewer, grantee: " + someone + ", endsAt: '2027-01-31t00:00:00z'}]",
		"tool with a space":          "tools: [{name: 'get me', effect: read}]",
		"pattern with a space":       "roles: [{name: A, permissions: [{effect: allow, patterns: ['a b']}]}]",
		"pattern of nothing":         "roles: [{name: A, permissions: [{effect: allow, patterns: ['']}]}]",
		"long pattern":               "clients: [{id: " + bob + ", name: A, maximumPermissions: [" + strings.Repeat("a", 129) + "]}]",
		"condition of nothing":       "roles: [{name: A, permissions: [{effect: allow, patterns: [a], condition: ''}]}]",
		"long condition":             "roles: [{name: A, permissions: [{effect: allow, patterns: [a], condition: 'caller.oid == \"" + strings.Repeat("x", 1009) + "\"'}]}]",
		"context of a deny":          "roles: [{name: A, permissions: [{effect: deny, patterns: [a], authenticationContext: c1}]}]",
		"group without value":        "assignments: [{role: Everyday, subject: {kind: group}}]",
		"group with a name":          "assignments: [{role: Everyday, subject: {kind: group, value: HR}}]",
		"person of nothing":          "assignments: [{role: Everyday, subject: {kind: person, value: " + zero + "}}]",
		"app role without value":     "assignments: [{role: Everyday, subject: {kind: app_role}}]",
		"app role with a space":      "assignments: [{role: Everyday, subject: {kind: app_role, value: a b}}]",
		"long app role":              "assignments: [{role: Everyday, subject: {kind: app_role, value: " + strings.Repeat("a", 121) + "}}]",
		"client without value":       "assignments: [{role: Everyday, subject: {kind: client}}]",
		"client with a name":         "assignments: [{role: Everyday, subject: {kind: client, value: Claude}}]",
		"everybody with a value":     "assignments: [{role: Payroll, subject: {kind: everybody, value: " + hr + "}}]",
		"everybody with no value":    "assignments: [{role: Payroll, subject: {kind: everybody, value: ''}}]",
		"app with a value":           "assignments: [{role: Payroll, subject: {kind: every_app, value: x}}]",
		"client over http":           "clients: [{id: 'http://a.example/c', name: A}]",
		"client's host in capitals":  "clients: [{id: 'https://A.example', name: A}]",
		"client's host over http":    "clients: [{id: 'http://localhost', name: A}]",
		"client's host with a port":  "clients: [{id: 'https://a.example:443', name: A}]",
		"client's host with a user":  "clients: [{id: 'https://u@a.example', name: A}]",
		"client's host with a query": "clients: [{id: 'https://a.example?x', name: A}]",
		"software without redirects": "clients: [{id: 'mcp-remote', name: A}]",
		"software without a name":    "clients: [{id: ' <https://a.example/cb>', name: A}]",
		"software with a space":      "clients: [{id: 'A  <https://a.example/cb>', name: A}]",
		"software of no redirect":    "clients: [{id: 'A <a>', name: A}]",
		"software of half a URI":     "clients: [{id: 'A <https://a.example/cb', name: A}]",
		"software of odd redirects":  "clients: [{id: 'A <https://a.example/c b>', name: A}]",
		"client with a fragment":     "clients: [{id: 'https://a.example/c#d', name: A}]",
		"client with a user":         "clients: [{id: 'https://u@a.example/c', name: A}]",
		"client of nothing":          "clients: [{id: " + zero + ", name: A}]",
		"client that may nothing":    "clients: [{id: " + bob + ", name: A, maximumPermissions: []}]",
		"scope with a slash":         "scopeCeilings: [{scope: api://a/b, patterns: ['*']}]",
		"scope that is not of ASCII": "scopeCeilings: [{scope: größe, patterns: ['*']}]",
		"source in capitals":         "sources: [{name: A, url: 'https://a.example/mcp'}]",
		"source with an underscore":  "sources: [{name: a_b, url: 'https://a.example/mcp'}]",
		"source ending in a hyphen":  "sources: [{name: a-, url: 'https://a.example/mcp'}]",
		"source with a long name":    "sources: [{name: " + strings.Repeat("a", 33) + ", url: 'https://a.example/mcp'}]",
		"source without an address":  "sources: [{name: a}]",
		"source over http":           "sources: [{name: a, url: 'http://a.example/mcp'}]",
		"source with a fragment":     "sources: [{name: a, url: 'https://a.example/mcp#x'}]",
		"source with a space":        "sources: [{name: a, url: 'https://a.example/m cp'}]",
		"source with a bad title":    "sources: [{name: a, title: ' A', url: 'https://a.example/mcp'}]",
		"source with an odd naming":  "sources: [{name: a, url: 'https://a.example/mcp', naming: none}]",
		"source that reads on trust": "sources: [{name: a, url: 'https://a.example/mcp', review: allow_read_only}]",
		"trust in words":             "sources: [{name: a, url: 'https://a.example/mcp', trusted: 'yes'}]",
		"source without patience":    "sources: [{name: a, url: 'https://a.example/mcp', concurrent: 0}]",
		"source that is hurried":     "sources: [{name: a, url: 'https://a.example/mcp', concurrent: 101}]",
		"header without a name":      "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: header}}]",
		"header that is none":        "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: header, header: 'A B'}}]",
		"header of the request":      "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: header, header: Mcp-Name}}]",
		"header with scopes":         "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: header, header: A, scopes: [b]}}]",
		"person without scopes":      "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: on_behalf_of}}]",
		"person with a secret":       "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: on_behalf_of, scopes: [a], from: {env: A}}}]",
		"nobody with a header":       "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: none, header: A}}]",
		"person with a token URL":    "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: user_authorization, tokenUrl: 'https://a.example/t'}}]",
		"person with a header":       "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: user_authorization, header: X-A}}]",
		"client without a token":     "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: client_credentials, clientId: a}}]",
		"client without an id":       "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: client_credentials, tokenUrl: 'https://a.example/t'}}]",
		"token over http":            "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: client_credentials, clientId: a, tokenUrl: 'http://a.example/t'}}]",
		"scope with a space":         "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: on_behalf_of, scopes: ['a b']}}]",
		"source's variable of ours":  "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: header, header: A, from: {env: GATEHOUSE_A}}}]",
		"secret in the source":       "sources: [{name: a, url: 'https://a.example/mcp', credential: {kind: header, header: A, value: s3cr3t}}]",
		"approval without a hash":    "approvals: [{source: notes, kind: tool, name: add, effect: read}]",
		"approval of a short hash":   "approvals: [{source: notes, kind: tool, name: add, hash: 'sha256:00', effect: read}]",
		"approval in capitals":       "approvals: [{source: notes, kind: tool, name: add, hash: '" + strings.ToUpper(hash) + "', effect: read}]",
		"tool without an effect":     "approvals: [{source: notes, kind: tool, name: add, hash: '" + hash + "'}]",
		"prompt with an effect":      "approvals: [{source: notes, kind: prompt, name: add, hash: '" + hash + "', effect: read}]",
		"approval of what is none":   "approvals: [{source: notes, kind: server, name: add, hash: '" + hash + "'}]",
		"approval of no name":        "approvals: [{source: notes, kind: prompt, name: '', hash: '" + hash + "'}]",
		"toolset in capitals":        "toolsets: [{name: HR, patterns: ['*']}]",
		"toolset of nothing":         "toolsets: [{name: hr, patterns: []}]",
		"toolset with a bad pattern": "toolsets: [{name: hr, patterns: ['a b']}]",
		"toolset that is reserved":   "toolsets: [{name: mcp, patterns: ['*']}]",
		"limit in capitals":          "limits: [{name: A, per: caller, callsPerDay: 1}]",
		"limit of nothing":           "limits: [{name: a, per: caller}]",
		"limit of nobody":            "limits: [{name: a, callsPerDay: 1}]",
		"limit per organization":     "limits: [{name: a, per: organization, callsPerDay: 1}]",
		"limit of no calls":          "limits: [{name: a, per: caller, callsPerDay: 0}]",
		"limit of too many":          "limits: [{name: a, per: caller, callsPerDay: 1000000001}]",
		"limit with a rate of none":  "limits: [{name: a, per: caller, rate: {calls: 0, every: second}}]",
		"limit with a large burst":   "limits: [{name: a, per: caller, rate: {calls: 1, every: second, burst: 1000001}}]",
		"limit every hour":           "limits: [{name: a, per: caller, rate: {calls: 1, every: hour}}]",
		"limit of half a rate":       "limits: [{name: a, per: caller, rate: {calls: 1}}]",
		"limit of callers' client":   "limits: [{name: a, per: caller, client: " + vscode + ", callsPerDay: 1}]",
		"limit of no client":         "limits: [{name: a, per: client, client: code, callsPerDay: 1}]",
		"limit of clients' tool":     "limits: [{name: a, per: client, tool: search, callsPerDay: 1}]",
		"limit of no tool":           "limits: [{name: a, per: tool, callsPerDay: 1}]",
		"limit of a bad pattern":     "limits: [{name: a, per: tool, tool: 'a b', callsPerDay: 1}]",
		"limit that perhaps refuses": "limits: [{name: a, per: caller, callsPerDay: 1, whenUncounted: perhaps}]",
	},
}

// takes says what the server makes of a document: what reading it and applying
// it to an organization refuse.
func takes(text string) error {
	f, err := orgfile.Read("org.yaml", strings.NewReader(text))
	if err == nil {
		_, err = orgfile.Apply(contoso(), f.Document, options(orgfile.Keep))
	}
	return err
}

func TestSchemaAgreesWithTheServer(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for good, documents := range corpus {
		for name, text := range documents {
			text = "gatehouse: 1\n" + text + "\n"
			if err := valid(t, s, text); (err == nil) != good {
				t.Errorf("%s: the schema says %v", name, err)
			}
			if err := takes(text); (err == nil) != good {
				t.Errorf("%s: the server says %v", name, err)
			}
		}
	}
}

// TestExamplesOfTheSchemaAreValid holds each example against the schema that it
// stands in.
func TestExamplesOfTheSchemaAreValid(t *testing.T) {
	t.Parallel()
	text, err := orgfile.Schema(schema)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if root["$id"] != schema {
		t.Errorf("$id is %v", root["$id"])
	}
	if count := examples(t, "", root); count < 20 {
		t.Errorf("the schema has %d examples", count)
	}
}

func examples(t *testing.T, at string, s map[string]any) (count int) {
	t.Helper()
	list, _ := s["examples"].([]any)
	if len(list) > 0 {
		compiled := compile(t, s)
		for _, example := range list {
			count++
			if err := compiled.Validate(example); err != nil {
				t.Errorf("%s: %v", at, err)
			}
		}
	}
	members, _ := s["properties"].(map[string]any)
	for name, inner := range members {
		count += examples(t, at+"."+name, inner.(map[string]any))
	}
	if items, ok := s["items"].(map[string]any); ok {
		count += examples(t, at+"[]", items)
	}
	return count
}

func compile(t *testing.T, s map[string]any) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return compiledFrom(t, bytes.NewReader(text))
}
