package authz

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/tenants"
)

// Caller is whom the platform has authenticated, with everything needed to
// decide. It is small, immutable, and passed as an argument. The zero Caller
// may nothing.
type Caller struct{ in *admitted }

type admitted struct {
	identity   Identity
	membership Membership
	policy     *Policy
	roles      []int    // positions in policy.roles, sorted
	names      []string // of the roles, in that order
	byRoles    toolMask // what the roles could allow ∩ client ceiling
	allowed    toolMask // byRoles ∩ scope ceiling
	open       toolMask // of these, what depends on the call; nil: nothing
	plain      toolMask // of these, what is allowed unless a condition denies it
	depends    []*permission
	barriers   []*barrier // of URIs that templates make
	until      time.Time
	listKey    string
	job        string
}

// Admit derives a Caller from an identity and what is known of its groups at an
// instant. A group that is Unknown gives no role; whether an unknown is tolerable
// at all is the door's decision, because a deny might hide behind it. The caller
// holds until Until. Any identity may be admitted, also that of somebody who is
// not calling, to explain what they could do.
func (p *Policy) Admit(id Identity, m Membership, now time.Time) Caller {
	in := &admitted{identity: id, membership: m, policy: p}
	in.roles, in.until = p.rolesOf(id, m, now)
	for _, at := range in.roles {
		in.names = append(in.names, p.roles[at].name)
	}
	p.permit(in)
	if ceiling, ok := p.clients[id.Client]; ok {
		in.byRoles.intersect(ceiling)
	}
	in.allowed = in.byRoles.clone()
	if ceiling := p.scopeCeiling(id); ceiling != nil {
		in.allowed.intersect(ceiling)
	}
	in.listKey = fmt.Sprintf("%x", []uint64(in.allowed))
	return Caller{in}
}

// SystemCaller is the actor of one named background job of ours, for the audit
// record of what it writes. It may call no tool.
func SystemCaller(org tenants.ID, job string) Caller {
	return Caller{&admitted{identity: Identity{Org: org, Kind: System, Name: job}, job: job}}
}

// Actor is somebody who administers an organization, for the audit record of
// what they do there. Whoever makes one has verified the identity and its right
// to act in id.Org. It may call no tool.
func Actor(id Identity) Caller { return Caller{&admitted{identity: id}} }

// rolesOf returns the roles that the identity's assignments give now, and when
// the first of these assignments ends, zero if none does.
func (p *Policy) rolesOf(id Identity, m Membership, now time.Time) (at []int, until time.Time) {
	take := func(kind SubjectKind, value string) {
		for _, h := range p.bySubject[Subject{kind, value}] {
			if !h.ends.IsZero() {
				if !now.Before(h.ends) {
					continue
				}
				if until.IsZero() || h.ends.Before(until) {
					until = h.ends
				}
			}
			at = append(at, h.role)
		}
	}
	for _, g := range p.groups {
		if m.Of(g) == Member {
			take(SubjectGroup, g.String())
		}
	}
	for _, r := range id.AppRoles {
		take(SubjectAppRole, r)
	}
	take(SubjectClient, id.Client)
	if id.Kind != App {
		take(SubjectPerson, id.OID.String())
	}
	switch {
	case !id.Delegated:
		take(SubjectEveryApp, "")
	case id.Kind == Guest:
		take(SubjectEveryGuest, "")
	default:
		take(SubjectEverybody, "")
	}
	slices.Sort(at)
	return slices.Compact(at), until
}

// permit notes what the roles of a caller could allow, and on what that depends.
func (p *Policy) permit(in *admitted) {
	could, deny := newMask(len(p.catalog)), newMask(len(p.catalog))
	for _, r := range in.roles {
		could.union(p.roles[r].allow)
		deny.union(p.roles[r].deny)
		in.depends = append(in.depends, p.roles[r].depends...)
		in.barriers = append(in.barriers, p.roles[r].barriers...)
	}
	if len(in.depends) > 0 {
		p.permitOpen(in, could)
	}
	could.subtract(deny)
	in.byRoles = could
}

// permitOpen adds to could what depends on the call.
func (p *Policy) permitOpen(in *admitted, could toolMask) {
	in.plain, in.open = could.clone(), newMask(len(p.catalog))
	for _, perm := range in.depends {
		if perm.effect == Deny {
			in.open.union(perm.tools)
			continue
		}
		could.union(perm.tools)
		if perm.condition == nil && perm.satisfied(&in.identity) {
			in.plain.union(perm.tools)
		}
	}
	maybe := could.clone()
	maybe.subtract(in.plain)
	in.open.union(maybe)
}

// scopeCeiling returns the union of the ceilings of a token's scopes, or nil when
// one of them is the organization's own scope and has none. A scope that the rules
// do not know permits nothing. App-only tokens of Entra carry no scopes; their app
// role is their ceiling.
func (p *Policy) scopeCeiling(id Identity) toolMask {
	if unscoped(id) {
		return nil
	}
	ceiling := newMask(len(p.catalog))
	for _, s := range id.Scopes {
		set, limited := p.scopes[s]
		if !limited && s == p.rules.Scope {
			return nil
		}
		if limited {
			ceiling.union(set)
		}
	}
	return ceiling
}

func unscoped(id Identity) bool { return !id.Delegated && len(id.Scopes) == 0 }

// Identity returns who the caller is.
func (c Caller) Identity() Identity {
	if c.in == nil {
		return Identity{}
	}
	return c.in.identity
}

// Org returns the organization the caller belongs to.
func (c Caller) Org() tenants.ID {
	if c.in == nil {
		return tenants.ID{}
	}
	return c.in.identity.Org
}

// Membership returns what the decisions about this caller rest on.
func (c Caller) Membership() Membership {
	if c.in == nil {
		return Membership{}
	}
	return c.in.membership
}

// Roles returns the names of the caller's roles in the order of the rules. The
// caller of Roles must not change them.
func (c Caller) Roles() []string {
	if c.in == nil {
		return nil
	}
	return c.in.names
}

// Until is the instant at which the first of the caller's assignments ends: what
// was decided for the caller must not be relied on from then on. It is zero if
// none of them ends.
func (c Caller) Until() time.Time {
	if c.in == nil {
		return time.Time{}
	}
	return c.in.until
}

// ListKey is equal for two callers of one policy exactly when they see the same
// tools.
func (c Caller) ListKey() string {
	if c.in == nil {
		return ""
	}
	return c.in.listKey
}

// String names the caller in messages to its own organization.
func (c Caller) String() string {
	id := c.Identity()
	if id.Kind == System {
		return "system job " + id.Name
	}
	return strings.TrimSpace(id.Name + " (" + id.OID.String() + ")")
}

// HasTools reports whether the caller sees any tool at all.
func (c Caller) HasTools() bool {
	if c.in == nil {
		return false
	}
	for _, word := range c.in.allowed {
		if word != 0 {
			return true
		}
	}
	return false
}
