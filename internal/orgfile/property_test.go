package orgfile_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// dice makes random documents out of others. Its seed is in every failure.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 1))} }

func pick[T any](d dice, list []T) T { return list[d.IntN(len(list))] }

func (d dice) guid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", d.Uint32(), d.IntN(1<<16), d.IntN(1<<12), d.IntN(1<<12), d.Int64N(1<<48))
}

// name is mostly short, so that names meet, and sometimes hostile.
func (d dice) name() string {
	if d.IntN(3) == 0 {
		return pick(d, hostile)
	}
	return fmt.Sprintf("name %d", d.IntN(40))
}

func (d dice) patterns() []string {
	all := []string{"*", "payroll_*", "search", "get_me", "*_read", "w*e"}
	d.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+d.IntN(len(all)-1)]
}

func seconds(n int64) orgfile.Duration { return orgfile.Duration(time.Duration(n) * time.Second) }

func (d dice) end() time.Time {
	if d.IntN(2) == 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(1+d.Int64N(1e9)) * time.Millisecond)
}

func (d dice) permissions() []orgfile.Permission {
	out := make([]orgfile.Permission, 1+d.IntN(3))
	for i := range out {
		out[i] = orgfile.Permission{Effect: pick(d, []authz.Effect{authz.Allow, authz.Deny}), Patterns: d.patterns()}
		if out[i].Effect == authz.Allow && d.IntN(3) == 0 {
			out[i].AuthenticationContext = fmt.Sprintf("c%d", 1+d.IntN(99))
		}
	}
	return out
}

func (d dice) subject() orgfile.Subject {
	switch kind := pick(d, []authz.SubjectKind{
		authz.SubjectGroup, authz.SubjectPerson, authz.SubjectAppRole, authz.SubjectClient, authz.SubjectEverybody, authz.SubjectEveryGuest, authz.SubjectEveryApp,
	}); kind {
	case authz.SubjectGroup, authz.SubjectPerson, authz.SubjectClient:
		return orgfile.Subject{Kind: kind, Value: d.guid()}
	case authz.SubjectAppRole:
		return orgfile.Subject{Kind: kind, Value: fmt.Sprintf("Role.%d", d.IntN(20))}
	case authz.SubjectEverybody, authz.SubjectEveryGuest, authz.SubjectEveryApp:
		return orgfile.Subject{Kind: kind}
	default:
		panic(kind)
	}
}

// most bounds each list of the random documents, so that a walk stays quick.
const most = 8

// shortened returns a full list without its first entry but the very first,
// which others may need.
func shortened[T any](list []T) []T {
	if len(list) < most {
		return list
	}
	return slices.Delete(list, 1, 2)
}

// has reports whether a document has a source.
func (dice) has(doc *orgfile.Document, source string) bool {
	return slices.ContainsFunc(doc.Sources, func(s orgfile.Source) bool { return s.Name == source })
}

// edits are what somebody may do to a document; each leaves it valid.
var edits = []func(d dice, doc *orgfile.Document){
	func(d dice, doc *orgfile.Document) { doc.Organization.Name = d.name() },
	func(d dice, doc *orgfile.Document) {
		doc.Organization.Membership = &orgfile.Membership{Soft: seconds(1 + d.Int64N(1e3)), Hard: seconds(1e3 + d.Int64N(1e4))}
	},
	func(d dice, doc *orgfile.Document) {
		accept := d.IntN(2) == 0
		doc.Organization.SignIn = &orgfile.SignIn{
			Mode: pick(d, []tenants.AuthMode{tenants.Brokered, tenants.Facade, tenants.Direct}), AcceptEntraTokens: &accept,
			UnknownClients: pick(d, []tenants.Admission{tenants.Admit, tenants.Refuse}),
		}
	},
	func(d dice, doc *orgfile.Document) {
		doc.Organization.AccessPackageURL = new(pick(d, []string{"", "https://myaccess.microsoft.com/", "https://myaccess.microsoft.us/@contoso.example#/access-packages/1"}))
		doc.Organization.Origins = pick(d, [][]string{{}, {"https://a.example"}, {"http://localhost:6274", "https://z.example"}})
	},
	func(d dice, doc *orgfile.Document) {
		doc.Organization.Guests = pick(d, []tenants.Admission{tenants.Admit, tenants.Refuse})
		doc.Organization.TokenVersions = pick(d, []tenants.TokenVersions{tenants.V2Only, tenants.V1AndV2})
	},
	func(d dice, doc *orgfile.Document) {
		role := pick(d, []string{"", "Tools.Execute.All"})
		doc.Organization.Connection.AppRole, doc.Organization.Apps = &role, tenants.Refuse
	},
	func(d dice, doc *orgfile.Document) {
		doc.Organization.Connection.ClientID = tenants.MustGUID(d.guid())
		doc.Organization.Connection.V1Audiences = pick(d, [][]string{{}, {"api://x"}, {"api://a", "api://b"}})
	},
	func(_ dice, doc *orgfile.Document) {
		doc.Organization.Groups = &orgfile.Groups{Claim: tenants.ClaimUnknown, Source: tenants.TokenOnly}
		doc.Organization.Connection.Credential = &orgfile.Credential{Kind: orgfile.NoCredential}
	},
	func(_ dice, doc *orgfile.Document) {
		doc.Organization.Groups = &orgfile.Groups{Claim: tenants.ClaimConfigured, Source: tenants.OnBehalfOf}
		doc.Organization.Connection.Credential = &orgfile.Credential{Kind: tenants.PlatformIssuer}
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.RoleGrants) >= most {
			return
		}
		name := d.name()
		role := pick(d, []tenants.Role{tenants.Owner, tenants.Admin, tenants.Auditor, tenants.Viewer})
		doc.RoleGrants = append(doc.RoleGrants, orgfile.RoleGrant{
			Role: role, Grantee: orgfile.Grantee{Kind: tenants.PersonGrantee, ID: tenants.MustGUID(d.guid())}, Name: &name, EndsAt: d.end(),
		})
	},
	func(d dice, doc *orgfile.Document) {
		doc.RoleGrants = slices.DeleteFunc(doc.RoleGrants, func(g orgfile.RoleGrant) bool { return g.Grantee.ID.String() != alice && d.IntN(2) == 0 })
	},
	func(d dice, doc *orgfile.Document) {
		doc.Tools = nil
		for _, name := range known {
			if d.IntN(2) == 0 {
				doc.Tools = append(doc.Tools, orgfile.Tool{Name: name, Effect: pick(d, []tools.Effect{tools.Read, tools.Write, tools.Destructive})})
			}
		}
		doc.Tools = append([]orgfile.Tool{}, doc.Tools...)
	},
	func(d dice, doc *orgfile.Document) {
		s := orgfile.Source{Name: fmt.Sprintf("s%d", d.IntN(20)), Title: d.name(), URL: fmt.Sprintf("https://s%d.example/mcp", d.IntN(3)), Trusted: d.IntN(2) == 0}
		s.Naming, s.Review = pick(d, []tools.Naming{"", tools.Prefixed, tools.Bare}), pick(d, []tools.Review{"", tools.Hold, tools.AllowAll})
		if s.Trusted && d.IntN(2) == 0 {
			s.Review = tools.AllowReadOnly
		}
		s.Timeout, s.Concurrent = pick(d, []orgfile.Duration{0, seconds(1 + d.Int64N(300))}), d.IntN(100)
		s.Enabled = pick(d, []*bool{nil, new(true), new(false)})
		s.Credential = pick(d, []*orgfile.SourceCredential{nil, {Kind: tools.NoCredential}, {Kind: tools.OnBehalfOfUser, Scopes: []string{"api://b/b", "api://a/a"}[:1+d.IntN(2)]}})
		doc.Sources = append(shortened(slices.DeleteFunc(doc.Sources, func(o orgfile.Source) bool { return o.Name == s.Name })), s)
		doc.Approvals = slices.DeleteFunc(doc.Approvals, func(a orgfile.Approval) bool { return !d.has(doc, a.Source) })
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.Sources) > 0 {
			at := d.IntN(len(doc.Sources))
			name := doc.Sources[at].Name
			doc.Sources = slices.Delete(doc.Sources, at, at+1)
			doc.Approvals = slices.DeleteFunc(doc.Approvals, func(a orgfile.Approval) bool { return a.Source == name })
		}
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.Sources) == 0 {
			return
		}
		a := orgfile.Approval{Source: pick(d, doc.Sources).Name, Name: d.name(), Hash: fmt.Sprintf("sha256:%064x", d.Uint64())}
		if a.Kind = pick(d, []tools.Kind{tools.KindTool, tools.KindPrompt, tools.KindResource, tools.KindTemplate}); a.Kind == tools.KindTool {
			a.Effect = pick(d, []tools.Effect{tools.Read, tools.Write, tools.Destructive})
		}
		doc.Approvals = slices.DeleteFunc(doc.Approvals, func(b orgfile.Approval) bool { return a.Source == b.Source && a.Kind == b.Kind && a.Name == b.Name })
		doc.Approvals = append(shortened(doc.Approvals), a)
	},
	func(d dice, doc *orgfile.Document) {
		doc.Approvals = slices.DeleteFunc(doc.Approvals, func(orgfile.Approval) bool { return d.IntN(3) == 0 })
	},
	func(d dice, doc *orgfile.Document) {
		doc.Toolsets = []orgfile.Toolset{}
		for i := range d.IntN(4) {
			doc.Toolsets = append(doc.Toolsets, orgfile.Toolset{Name: fmt.Sprintf("t-%d", i), Title: pick(d, []string{"", d.name()}), Patterns: d.patterns()})
		}
	},
	func(d dice, doc *orgfile.Document) {
		doc.Limits = []orgfile.Limit{}
		for i := range d.IntN(4) {
			l := orgfile.Limit{Name: fmt.Sprintf("l-%d", i), Per: pick(d, []tenants.LimitSubject{tenants.PerCaller, tenants.PerClient, tenants.PerTool}), WhenUncounted: pick(d, []tenants.Admission{"", tenants.Admit, tenants.Refuse})}
			switch l.Per {
			case tenants.PerCaller:
			case tenants.PerClient:
				l.Client = pick(d, []string{"", d.guid()})
			case tenants.PerTool:
				l.Tool = d.patterns()[0]
			}
			if l.CallsPerDay = d.IntN(3); l.CallsPerDay == 0 || d.IntN(2) == 0 {
				l.Rate = &orgfile.Rate{Calls: 1 + d.IntN(9), Every: pick(d, []tenants.LimitInterval{tenants.EverySecond, tenants.EveryMinute}), Burst: d.IntN(3)}
			}
			doc.Limits = append(doc.Limits, l)
		}
	},
	func(d dice, doc *orgfile.Document) {
		doc.Recordings = []orgfile.Recording{}
		for i := range d.IntN(4) {
			doc.Recordings = append(doc.Recordings, orgfile.Recording{Name: fmt.Sprintf("r-%d", i), Tool: d.patterns()[0], Arguments: []string{"/b", "/a"}, Result: pick(d, [][]string{nil, {"/c"}})})
		}
	},
	func(d dice, doc *orgfile.Document) {
		doc.Contacts = []orgfile.Contact{}
		for i := range d.IntN(4) {
			k := orgfile.Contact{Name: fmt.Sprintf("c-%d", i), Email: "a@b.example", Urgent: pick(d, []*bool{nil, new(true), new(false)})}
			if d.IntN(2) == 0 {
				k.Email, k.URL, k.Shape = "", "https://hooks.example/"+d.guid(), pick(d, []tenants.WebhookShape{"", tenants.PlainShape, tenants.TeamsShape})
			}
			doc.Contacts = append(doc.Contacts, k)
		}
	},
	func(d dice, doc *orgfile.Document) {
		doc.Sinks = []orgfile.Sink{}
		for i := range d.IntN(4) {
			s := orgfile.Sink{Name: fmt.Sprintf("s-%d", i), Kind: tenants.MailboxSink, Email: "a@b.example", Every: pick(d, []orgfile.Duration{0, orgfile.Duration(time.Hour), orgfile.Duration(5 * time.Minute)})}
			if d.IntN(2) == 0 {
				s.Email, s.Kind, s.URL = "", pick(d, []tenants.SinkKind{tenants.WebhookSink, tenants.OTLPSink, tenants.StorageSink}), "https://sink.example/"+d.guid()
				s.Checkpoints, s.Records = pick(d, []*bool{nil, new(true), new(false)}), true
			}
			doc.Sinks = append(doc.Sinks, s)
		}
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.Roles) >= most {
			return
		}
		name := fmt.Sprintf("role %d", d.Uint32())
		doc.Roles = append(doc.Roles, orgfile.Role{Name: name, Permissions: d.permissions()})
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.Roles) > 0 {
			doc.Roles[d.IntN(len(doc.Roles))].Permissions = d.permissions()
		}
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.Roles) < 2 {
			return
		}
		at := d.IntN(len(doc.Roles))
		name := doc.Roles[at].Name
		doc.Roles = slices.Delete(doc.Roles, at, at+1)
		doc.Assignments = slices.DeleteFunc(doc.Assignments, func(a orgfile.Assignment) bool { return a.Role == name })
	},
	func(d dice, doc *orgfile.Document) {
		name := d.name()
		a := orgfile.Assignment{Role: pick(d, doc.Roles).Name, Subject: d.subject(), Name: &name, EndsAt: d.end()}
		doc.Assignments = slices.DeleteFunc(doc.Assignments, func(b orgfile.Assignment) bool { return a.Role == b.Role && a.Subject == b.Subject })
		doc.Assignments = append(shortened(doc.Assignments), a)
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.Assignments) > 0 {
			a := &doc.Assignments[d.IntN(len(doc.Assignments))]
			name := pick(d, []string{"", d.name()})
			a.EndsAt, a.Name = d.end(), &name
		}
	},
	func(d dice, doc *orgfile.Document) {
		c := orgfile.Client{ID: d.guid(), Name: d.name()}
		if d.IntN(2) == 0 {
			c.MaximumPermissions = d.patterns()
		}
		doc.Clients = append(shortened(doc.Clients), c)
	},
	func(d dice, doc *orgfile.Document) {
		if len(doc.Clients) > 0 {
			c := &doc.Clients[d.IntN(len(doc.Clients))]
			c.Name, c.MaximumPermissions = d.name(), pick(d, [][]string{nil, d.patterns()})
		}
	},
	func(d dice, doc *orgfile.Document) {
		doc.Clients = slices.DeleteFunc(doc.Clients, func(orgfile.Client) bool { return d.IntN(3) == 0 })
	},
	func(d dice, doc *orgfile.Document) {
		doc.ScopeCeilings = []orgfile.ScopeCeiling{}
		for i := range d.IntN(4) {
			doc.ScopeCeilings = append(doc.ScopeCeilings, orgfile.ScopeCeiling{Scope: fmt.Sprintf("scope.%d", i), Patterns: d.patterns()})
		}
	},
}

// start is where random walks begin: an app whose credential has no secret, so
// that a document can take it away and bring it back.
func start() access.Whole {
	s := contoso()
	s.Organization.Connection.Credential.Kind = tenants.PlatformIssuer
	s.Access.Sources[0].Credential = tools.SourceCredential{Kind: tools.NoCredential}
	return s
}

// step applies one random edit as a document and returns the state it makes.
func step(t *testing.T, d dice, s access.Whole) access.Whole {
	t.Helper()
	doc := read(t, write(t, s))
	pick(d, edits)(d, &doc)
	text, err := doc.YAML(schema)
	if err != nil {
		t.Fatal(err)
	}
	next := apply(t, s, read(t, string(text)), orgfile.Prune)
	if left := orgfile.Diff(orgfile.Export(next), doc, orgfile.Prune); !left.None() {
		t.Fatalf("applying left\n%s", left.Text())
	}
	want := orgfile.Diff(orgfile.Export(s), orgfile.Export(next), orgfile.Prune).Text()
	if promised := orgfile.Diff(orgfile.Export(s), doc, orgfile.Prune).Text(); promised != want && sorted(promised) != sorted(want) {
		t.Fatalf("promised\n%s\nand did\n%s", promised, want)
	}
	return next
}

// sorted forgets the order of changes, which is that of the wanted document.
func sorted(text string) string {
	runes := []rune(text)
	slices.Sort(runes)
	return string(runes)
}

// walk is how many edits a walk has. A walk is one goroutine's, so that the race
// detector learns nothing from a long one; without it all are made.
func walk() int {
	if testing.Short() {
		return 100
	}
	return 1000
}

func TestThousandEditsForwardAndBackEndWhereTheyBegan(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	d, s := newDice(seed), start()
	texts := []string{write(t, s)}
	moved := 0
	for range walk() {
		s = step(t, d, s)
		texts = append(texts, write(t, s))
		if texts[len(texts)-1] != texts[len(texts)-2] {
			moved++
		}
	}
	if moved < walk()*2/5 {
		t.Errorf("only %d of %d edits changed anything", moved, walk())
	}
	for i := len(texts) - 1; i >= 0; i-- {
		s = apply(t, s, read(t, texts[i]), orgfile.Prune)
		if got := write(t, s); got != texts[i] {
			t.Fatalf("seed %d: back at step %d the organization is\n%s\nand was\n%s", seed, i, got, texts[i])
		}
	}
}

func TestApplyingAnExportChangesNothing(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	d, s, editor := newDice(seed), start(), compiled(t)
	for i := range walk() {
		s = step(t, d, s)
		text := write(t, s)
		doc := read(t, text)
		if i%20 == 0 {
			if err := valid(t, editor, text); err != nil {
				t.Fatalf("seed %d: the schema refuses %v\n%s", seed, err, text)
			}
		}
		for _, mode := range []orgfile.Mode{orgfile.Keep, orgfile.Prune} {
			next := apply(t, s, doc, mode)
			if !reflect.DeepEqual(s, next) {
				t.Fatalf("seed %d: applying its own export changes\n%s", seed, write(t, s))
			}
			if changes := orgfile.Diff(orgfile.Export(s), doc, mode); len(changes) != 0 {
				t.Fatalf("seed %d: its own export differs:\n%s", seed, changes.Text())
			}
		}
	}
}
