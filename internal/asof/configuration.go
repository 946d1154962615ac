package asof

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Version is the layout of the configurations that this package writes.
const Version = 1

// Configuration is what an organization had decided about access at one instant.
// It holds no secret: of contacts, who are told things and decide nothing, it has
// none.
type Configuration struct {
	Version     int              `json:"v"`
	State       tenants.State    `json:"state"`
	Document    orgfile.Document `json:"document"`
	Roles       []tenants.GUID   `json:"roleIds"`       // ids of the document's roles, in its order
	Assignments []tenants.GUID   `json:"assignmentIds"` // ids of the document's assignments, in its order
	Catalog     []Served         `json:"catalog"`       // by name
}

// Served is one thing that was switched on, or approved and offered.
type Served struct {
	Name       string       `json:"name"` // what the patterns of roles match
	Effect     tools.Effect `json:"effect,omitempty"`
	Source     string       `json:"source,omitempty"`     // empty: the platform's own
	Definition string       `json:"definition,omitempty"` // hash of the definition that was approved
}

// Of returns the configuration of an organization whose sources serve what is
// pinned. Equal content gives equal configurations.
func Of(w access.Whole, pinned []tools.Approval) Configuration {
	sorted := w.Access.Sorted()
	c := Configuration{Version: Version, State: w.Organization.State, Document: orgfile.Export(w), Roles: []tenants.GUID{}, Assignments: []tenants.GUID{}}
	c.Document.Contacts, c.Document.Sinks = nil, nil
	for _, r := range sorted.Rules.Roles {
		c.Roles = append(c.Roles, r.ID)
	}
	for _, a := range sorted.Rules.Assignments {
		c.Assignments = append(c.Assignments, a.ID)
	}
	c.Catalog = catalog(sorted, pinned)
	return c
}

// catalog lists what is served. Of two things of one name the first is, and the
// platform's own come first.
func catalog(c access.Configuration, pinned []tools.Approval) []Served {
	served := map[string]Served{}
	for _, t := range c.Tools {
		served[t.Name] = Served{Name: t.Name, Effect: t.Effect}
	}
	for _, p := range pinned {
		at := slices.IndexFunc(c.Sources, func(s tools.Source) bool { return s.ID == p.Source })
		if at < 0 || p.Kind == tools.KindInstructions {
			continue
		}
		name := c.Sources[at].PermissionName(p.Kind, p.Name)
		if _, taken := served[name]; !taken {
			served[name] = Served{name, p.Effect, c.Sources[at].Name, p.Hash.String()}
		}
	}
	return slices.SortedFunc(maps.Values(served), func(a, b Served) int { return strings.Compare(a.Name, b.Name) })
}

// Digest identifies a configuration by its canonical bytes.
type Digest [sha256.Size]byte

// Encode returns the canonical bytes of a configuration, and their digest.
func (c Configuration) Encode() ([]byte, Digest, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, Digest{}, fmt.Errorf("encode configuration: %w", err)
	}
	return text, sha256.Sum256(text), nil
}

// Decode reads what Encode wrote. Bytes of another digest, or of a layout that is
// not known, are Invalid.
func Decode(text []byte, digest Digest) (Configuration, error) {
	if sha256.Sum256(text) != digest {
		return Configuration{}, fault.New(fault.Invalid, "the configuration on record is not the one that its digest names")
	}
	var c Configuration
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&c); err != nil {
		return Configuration{}, fault.Wrap(fault.Invalid, "the configuration on record cannot be read", err)
	}
	if c.Version != Version || len(c.Roles) != len(c.Document.Roles) || len(c.Assignments) != len(c.Document.Assignments) || c.Document.Organization == nil {
		return Configuration{}, fault.New(fault.Invalid, "the configuration on record is of a layout that this version does not know")
	}
	return c, nil
}

// Rules returns what the organization had decided about tools.
func (c Configuration) Rules() authz.Rules {
	rules := authz.Rules{ClientCeilings: map[string]authz.Ceiling{}, ScopeCeilings: map[string]authz.Ceiling{}}
	if o := c.Document.Organization; o.Connection != nil {
		rules.Scope = o.Connection.Scope
	}
	ids := map[string]tenants.GUID{}
	for i, r := range c.Document.Roles {
		ids[r.Name] = c.Roles[i]
		role := authz.Role{ID: c.Roles[i], Name: r.Name}
		for _, p := range r.Permissions {
			role.Permissions = append(role.Permissions, authz.Permission(p))
		}
		rules.Roles = append(rules.Roles, role)
	}
	for i, a := range c.Document.Assignments {
		rules.Assignments = append(rules.Assignments, authz.Assignment{
			ID: c.Assignments[i], Role: ids[a.Role], Subject: authz.Subject(a.Subject), Name: *cmp.Or(a.Name, new(string)), EndsAt: a.EndsAt,
		})
	}
	for _, k := range c.Document.Clients {
		if len(k.MaximumPermissions) > 0 {
			rules.ClientCeilings[k.ID] = authz.Ceiling{Patterns: k.MaximumPermissions}
		}
	}
	for _, s := range c.Document.ScopeCeilings {
		rules.ScopeCeilings[s.Scope] = authz.Ceiling{Patterns: s.Patterns}
	}
	return rules
}

// Names returns the names of what was served, in order.
func (c Configuration) Names() []string {
	names := make([]string, len(c.Catalog))
	for i, s := range c.Catalog {
		names[i] = s.Name
	}
	return names
}

// Policy compiles the rules for what was served.
func (c Configuration) Policy() (*authz.Policy, error) {
	p, err := authz.Compile(c.Rules(), c.Names())
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "the rules on record do not compile", err)
	}
	return p, nil
}

// Kept is a configuration as it is kept.
type Kept struct {
	Configuration
	Version int64     // of the organization, from which on it held
	Since   time.Time // when that was
	Record  string    // id of the record of the change, which commits to the digest
	Digest  Digest
}
