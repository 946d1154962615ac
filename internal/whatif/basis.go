package whatif

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/asof"
	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
)

// Basis is a configuration, ready to decide about calls. It is used by one goroutine.
type Basis struct {
	configuration asof.Configuration
	organization  orgfile.Organization
	policy        *authz.Policy
	rules         authz.Rules
	position      map[string]int
	clients       map[string]bool // listed
	toolsets      map[string][]string
	appRoles      []string    // that assignments mention
	asked         []string    // authentication contexts that permissions need
	ends          []time.Time // of assignments, in order
	hard          time.Duration
	tokens        string            // equal where the same tokens are accepted
	prints        map[string]string // by thing and toolset
	inferred      map[string]map[authz.Subject]authz.Answer
}

// NewBasis prepares a configuration.
func NewBasis(c asof.Configuration) (*Basis, error) {
	policy, err := c.Policy()
	if err != nil {
		return nil, err
	}
	b := &Basis{
		configuration: c, organization: *c.Document.Organization, policy: policy, rules: c.Rules(), position: map[string]int{}, clients: map[string]bool{},
		toolsets: map[string][]string{}, prints: map[string]string{}, inferred: map[string]map[authz.Subject]authz.Answer{},
	}
	for i, name := range c.Names() {
		b.position[name] = i
	}
	for _, k := range c.Document.Clients {
		b.clients[k.ID] = true
	}
	for _, t := range c.Document.Toolsets {
		b.toolsets[t.Name] = t.Patterns
	}
	for _, a := range b.rules.Assignments {
		if a.Subject.Kind == authz.SubjectAppRole && !slices.Contains(b.appRoles, a.Subject.Value) {
			b.appRoles = append(b.appRoles, a.Subject.Value)
		}
		if !a.EndsAt.IsZero() {
			b.ends = append(b.ends, a.EndsAt)
		}
	}
	for _, r := range b.rules.Roles {
		for _, p := range r.Permissions {
			if p.AuthenticationContext != "" && !slices.Contains(b.asked, p.AuthenticationContext) {
				b.asked = append(b.asked, p.AuthenticationContext)
			}
		}
	}
	slices.SortFunc(b.ends, time.Time.Compare)
	if m := b.organization.Membership; m != nil {
		b.hard = time.Duration(m.Hard)
	}
	b.tokens, err = b.tokenPrint()
	return b, err
}

// tokenPrint is equal where the same tokens are accepted.
func (b *Basis) tokenPrint() (string, error) {
	o := b.organization
	c := cmp.Or(o.Connection, &orgfile.Connection{})
	in := signIn(o)
	text, err := json.Marshal([]any{in.Mode, in.AcceptEntraTokens, o.TokenVersions, c.Model, c.ClientID, c.Resource, c.Scope, c.AppRole, c.V1Audiences})
	return string(text), err
}

// ended is how many assignments are over at an instant.
func (b *Basis) ended(at time.Time) int {
	n, _ := slices.BinarySearchFunc(b.ends, at, func(end, at time.Time) int {
		if !at.Before(end) {
			return -1
		}
		return 1
	})
	return n
}

// shows reports whether the endpoint that a call came to shows something.
func (b *Basis) shows(toolset, name string) bool {
	return toolset == "" || slices.ContainsFunc(b.toolsets[toolset], func(p string) bool { return authz.Matches(p, name) })
}

// print is equal in two configurations that decide alike about a thing at an endpoint,
// whoever calls, when, and with which arguments.
func (b *Basis) print(c *call) string {
	key := c.toolset + " " + c.thing
	if c.uri != "" {
		key = c.toolset + " resource:" // which one is read through what follows from all there is
	}
	if p, made := b.prints[key]; made {
		return p
	}
	text, err := json.Marshal(b.about(c))
	if err != nil {
		return fmt.Sprintf("%p", b) // equal to no other
	}
	if len(b.prints) >= mostPrints {
		clear(b.prints)
	}
	sum := sha256.Sum256(text)
	b.prints[key] = string(sum[:])
	return b.prints[key]
}

const mostPrints = 20_000

// about lists all that a decision about a thing rests on.
func (b *Basis) about(c *call) []any {
	o, d := b.organization, b.configuration.Document
	var clients []string
	for _, k := range d.Clients {
		clients = append(clients, k.ID)
	}
	door := []any{b.tokens, o.SignIn, o.Guests, o.Agents, o.Apps, clients}
	if c.uri != "" {
		return append(door, b.configuration.Catalog, d.Roles, d.Assignments, d.Clients, d.ScopeCeilings, d.Toolsets)
	}
	_, served := b.position[c.thing]
	return append(door, served, b.shows(c.toolset, c.thing), b.relevant(c.thing), b.ceilings(c.thing))
}

// relevant lists the permissions that are about a thing, and whom they are given.
func (b *Basis) relevant(thing string) (list []any) {
	everybody := false // conditions look at who has which roles
	for _, r := range b.rules.Roles {
		for _, p := range r.Permissions {
			everybody = everybody || matched(p.Patterns, thing) && strings.Contains(p.Condition, "roles")
		}
	}
	for _, r := range b.rules.Roles {
		var says []any
		for _, p := range r.Permissions {
			if matched(p.Patterns, thing) {
				says = append(says, []any{p.Effect, p.Condition, p.AuthenticationContext})
			}
		}
		if says == nil && !everybody {
			continue
		}
		var given []string
		for _, a := range b.rules.Assignments {
			if a.Role == r.ID {
				given = append(given, fmt.Sprint(a.Subject.Kind, " ", a.Subject.Value, " ", a.EndsAt.UTC()))
			}
		}
		slices.Sort(given)
		list = append(list, []any{r.Name, says, slices.Compact(given)})
	}
	return list
}

// ceilings lists what of a thing clients and scopes may not.
func (b *Basis) ceilings(thing string) (list []any) {
	var shut, scopes []string
	for id, c := range b.rules.ClientCeilings {
		if !matched(c.Patterns, thing) {
			shut = append(shut, id)
		}
	}
	for name, c := range b.rules.ScopeCeilings {
		scopes = append(scopes, fmt.Sprint(name, " ", matched(c.Patterns, thing)))
	}
	slices.Sort(shut)
	slices.Sort(scopes)
	return []any{shut, scopes, b.rules.Scope}
}

func matched(patterns []string, thing string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return authz.Matches(p, thing) })
}
