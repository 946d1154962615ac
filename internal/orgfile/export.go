package orgfile

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

// Export returns the document of a state: every section and every member, in
// one order for equal content, with no id but Entra's.
func Export(s access.Whole) Document {
	c := s.Access.Sorted()
	d := Document{
		Gatehouse: Version, Organization: exportOrganization(s.Organization), RoleGrants: exportGrants(s.RoleGrants),
		Tools: []Tool{}, Sources: exportSources(c.Sources), Approvals: exportApprovals(c), Roles: []Role{}, Assignments: []Assignment{},
		Clients: []Client{}, ScopeCeilings: []ScopeCeiling{}, Toolsets: []Toolset{}, Limits: []Limit{}, Recordings: []Recording{}, Contacts: []Contact{}, Sinks: []Sink{},
	}
	for _, t := range c.Tools {
		d.Tools = append(d.Tools, Tool{t.Name, t.Effect})
	}
	roleNames := map[tenants.GUID]string{}
	for _, r := range c.Rules.Roles {
		roleNames[r.ID] = r.Name
		d.Roles = append(d.Roles, exportRole(r))
	}
	for _, a := range c.Rules.Assignments {
		d.Assignments = append(d.Assignments, Assignment{
			Role: roleNames[a.Role], Subject: Subject{a.Subject.Kind, a.Subject.Value}, Name: &a.Name, EndsAt: utc(a.EndsAt),
		})
	}
	for _, client := range c.Clients {
		d.Clients = append(d.Clients, Client{client.ID, client.Name, slices.Clone(c.Rules.ClientCeilings[client.ID].Patterns)})
	}
	for _, scope := range slices.Sorted(maps.Keys(c.Rules.ScopeCeilings)) {
		d.ScopeCeilings = append(d.ScopeCeilings, ScopeCeiling{scope, slices.Clone(c.Rules.ScopeCeilings[scope].Patterns)})
	}
	for _, t := range c.Toolsets {
		d.Toolsets = append(d.Toolsets, Toolset{t.Name, t.Title, slices.Clone(t.Patterns)})
	}
	for _, l := range c.Limits {
		d.Limits = append(d.Limits, exportLimit(l))
	}
	for _, r := range c.Recordings {
		d.Recordings = append(d.Recordings, exportRecording(r))
	}
	for _, k := range c.Contacts {
		d.Contacts = append(d.Contacts, exportContact(k))
	}
	for _, s := range c.Sinks {
		d.Sinks = append(d.Sinks, exportSink(s))
	}
	return d
}

func exportOrganization(o tenants.Organization) *Organization {
	c, in := o.Connection, o.SignIn()
	out := &Organization{
		Name: o.Name, Origins: append([]string{}, slices.Sorted(slices.Values(o.Origins))...),
		AccessPackageURL: &o.AccessPackageURL,
		Membership:       &Membership{Duration(o.Membership.Soft), Duration(o.Membership.Hard)},
		Log:              &Log{o.Retention.Said(), o.Bodies.Said()},
		SignIn:           &SignIn{in.Mode, &in.AcceptEntraTokens, in.UnknownClients},
		Guests:           c.Guests, Agents: c.Agents, Apps: c.Apps, TokenVersions: c.Versions,
		Groups: &Groups{Claim: c.GroupsClaim, Source: c.GroupSource, Background: cmp.Or(c.Background, tenants.Delegated), Notifications: &c.Notifications},
		Connection: &Connection{
			Model: c.Model, ClientID: c.ClientID, Resource: c.Resource, Scope: c.Scope, AppRole: &c.AppRole,
			V1Audiences: append([]string{}, slices.Sorted(slices.Values(c.V1Audiences))...),
		},
	}
	if c.Model == tenants.OwnApp {
		out.Connection.Credential = &Credential{Kind: credentialKind(c.Credential.Kind)}
	}
	return out
}

// credentialKind is the document's word for a kind, which may not be empty.
func credentialKind(k tenants.CredentialKind) tenants.CredentialKind {
	if k == tenants.NoCredential {
		return NoCredential
	}
	return k
}

func exportGrants(grants []tenants.RoleGrant) []RoleGrant {
	out := make([]RoleGrant, 0, len(grants))
	for _, g := range grants {
		out = append(out, RoleGrant{Role: g.Role, Grantee: Grantee{g.Grantee.Kind, g.Grantee.ID}, Name: &g.Name, EndsAt: utc(g.EndsAt)})
	}
	slices.SortFunc(out, func(a, b RoleGrant) int { return strings.Compare(a.order(), b.order()) })
	return out
}

// order sorts grants by role, owners first, then by grantee.
func (g RoleGrant) order() string {
	rank := slices.Index([]tenants.Role{tenants.Owner, tenants.Admin, tenants.Auditor, tenants.Viewer}, g.Role)
	return strconv.Itoa(rank) + " " + g.key()
}

// utc drops a time's zone and what a database does not keep of it, and leaves
// zero zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
