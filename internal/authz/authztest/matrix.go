// Package authztest reads the matrix: files that say, for organizations with
// their groups, roles, assignments and ceilings, what each caller sees and what
// a call of each tool answers. Two runners hold the same files against the pure
// decision and against the whole server. Only tests import it.
package authztest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Files holds the matrix.
//
//go:embed matrix/*.yaml
var Files embed.FS

// Matrix is one file.
type Matrix struct {
	Name           string `yaml:"-"`
	Why            string
	Tools          []string
	Groups         []string
	Roles          map[string]Role
	Assignments    []Assignment
	ClientCeilings map[string][]string `yaml:"clientCeilings"`
	ScopeCeilings  map[string][]string `yaml:"scopeCeilings"`
	Callers        map[string]Caller
}

// Role is a role's permissions: those without a condition by their patterns, and
// others.
type Role struct {
	Allow, Deny []string
	Permissions []Permission
}

// Permission is one that depends on the call.
type Permission struct {
	Effect    string
	Patterns  []string
	Condition string
	Context   string // authentication context
}

// Assignment names one subject.
type Assignment struct {
	Role    string
	Group   string
	AppRole string `yaml:"appRole"`
	Person  string
	Client  string
	Every   string // everybody, guest or app
	Ends    string // from now, like "1h" or "-1h"; empty: never
}

// Caller is a caller with what is expected of it. Calls, which are made without
// arguments, and tries, which have some, say ok, unknown, scope (refused with
// insufficient_scope), refused (by a condition) or step-up.
type Caller struct {
	Kind     string   // user, guest or app
	Client   string   // vscode or azure-cli
	Scopes   []string // default: the organization's own scope
	Groups   []string // direct memberships
	Overage  bool     // in so many groups that the token lists none
	AppRoles []string `yaml:"appRoles"`
	Contexts []string // authentication contexts of the sign-in
	Relays   bool     // the client can answer a claims challenge
	Sees     []string
	Calls    map[string]string
	Tries    []Try
}

// Try is one call with arguments, as JSON.
type Try struct{ Tool, With, Want string }

// Scope is the organization's own scope in every matrix.
const Scope = "access_as_user"

// Clients are the AI clients of every matrix, by the name its files use.
var Clients = map[string]string{
	"vscode":    "aebc6443-996d-45c2-90f0-388ff96faa56",
	"azure-cli": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
}

// Load reads every matrix of a file system.
func Load(t *testing.T, files embed.FS, pattern string) []Matrix {
	t.Helper()
	names, err := filesIn(files, pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no matrix in %s: %v", pattern, err)
	}
	var all []Matrix
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dec := yaml.NewDecoder(bytes.NewReader(raw))
		dec.KnownFields(true)
		m := Matrix{Name: path.Base(name)}
		if err := dec.Decode(&m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m.check(t)
		all = append(all, m)
	}
	return all
}

func filesIn(files embed.FS, dir string) ([]string, error) {
	entries, err := files.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, path.Join(dir, e.Name()))
	}
	return names, err
}

// check refuses files that name what they do not declare: a misspelt group
// would otherwise quietly mean "not a member".
func (m Matrix) check(t *testing.T) {
	t.Helper()
	for who, c := range m.Callers {
		for _, g := range c.Groups {
			if !slices.Contains(m.Groups, g) {
				t.Fatalf("%s: caller %s is in group %s, which is not declared", m.Name, who, g)
			}
		}
		for _, tool := range c.Sees {
			if !slices.Contains([]string{"ok", "refused", "step-up"}, c.Calls[tool]) {
				t.Fatalf("%s: caller %s sees %s, so calls must say it is ok, refused or step-up", m.Name, who, tool)
			}
		}
	}
}

// ID returns the object id that a name stands for in every matrix.
func ID(kind, name string) tenants.GUID {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	u, err := uuid.FromBytes(sum[:16])
	if err != nil {
		panic(err) // sixteen bytes are a UUID
	}
	return tenants.MustGUID(u.String())
}

// Rules returns the matrix's rules.
func (m Matrix) Rules() authz.Rules {
	rules := authz.Rules{Scope: Scope, ClientCeilings: map[string]authz.Ceiling{}, ScopeCeilings: map[string]authz.Ceiling{}}
	for name, r := range m.Roles {
		role := authz.Role{ID: ID("role", name), Name: name}
		if len(r.Allow) > 0 {
			role.Permissions = append(role.Permissions, authz.Permission{Effect: authz.Allow, Patterns: r.Allow})
		}
		if len(r.Deny) > 0 {
			role.Permissions = append(role.Permissions, authz.Permission{Effect: authz.Deny, Patterns: r.Deny})
		}
		for _, p := range r.Permissions {
			role.Permissions = append(role.Permissions, authz.Permission{
				Effect: authz.Effect(p.Effect), Patterns: p.Patterns, Condition: p.Condition, AuthenticationContext: p.Context,
			})
		}
		rules.Roles = append(rules.Roles, role)
	}
	slices.SortFunc(rules.Roles, func(a, b authz.Role) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	for _, a := range m.Assignments {
		rules.Assignments = append(rules.Assignments, authz.Assignment{Role: ID("role", a.Role), Subject: a.subject(), EndsAt: a.ends()})
	}
	for client, patterns := range m.ClientCeilings {
		rules.ClientCeilings[Clients[client]] = authz.Ceiling{Patterns: patterns}
	}
	for scope, patterns := range m.ScopeCeilings {
		rules.ScopeCeilings[scope] = authz.Ceiling{Patterns: patterns}
	}
	return rules
}

func (a Assignment) subject() authz.Subject {
	switch {
	case a.Group != "":
		return authz.Subject{Kind: authz.SubjectGroup, Value: ID("group", a.Group).String()}
	case a.AppRole != "":
		return authz.Subject{Kind: authz.SubjectAppRole, Value: a.AppRole}
	case a.Person != "":
		return authz.Subject{Kind: authz.SubjectPerson, Value: ID("person", a.Person).String()}
	case a.Client != "":
		return authz.Subject{Kind: authz.SubjectClient, Value: Clients[a.Client]}
	case a.Every == "guest":
		return authz.Subject{Kind: authz.SubjectEveryGuest}
	case a.Every == "app":
		return authz.Subject{Kind: authz.SubjectEveryApp}
	default:
		return authz.Subject{Kind: authz.SubjectEverybody}
	}
}

// ends returns when the assignment ends.
func (a Assignment) ends() time.Time {
	if a.Ends == "" {
		return time.Time{}
	}
	d, err := time.ParseDuration(a.Ends)
	if err != nil {
		panic(err) // a file of ours is wrong
	}
	return time.Now().Add(d)
}

// Verdict is the word of a call's expectation.
func Verdict(v authz.Verdict) string {
	switch v {
	case authz.Allowed:
		return "ok"
	case authz.NeedsScope:
		return "scope"
	case authz.Hidden:
		return "unknown"
	case authz.Conditional:
		return "depends"
	case authz.NeedsStepUp:
		return "step-up"
	case authz.Refused:
		return "refused"
	}
	return fmt.Sprint(v)
}
