package onboarding_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// memory is a store, and an operator who approved one slug and sent one invitation.
type memory struct {
	mu      sync.Mutex
	all     map[tenants.ID]tenants.Organization
	grants  map[tenants.ID][]tenants.RoleGrant
	log     []string
	told    []tenants.NoticeKind
	grounds tenants.Grounds // of the last claim
	invited string
	bound   tenants.TID
	race    func(*memory) // runs once, before the next claim is written
}

func newMemory() *memory {
	return &memory{all: map[tenants.ID]tenants.Organization{}, grants: map[tenants.ID][]tenants.RoleGrant{}, invited: "welcome"}
}

func (m *memory) OrgByTID(_ context.Context, tid tenants.TID) (tenants.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, o := range m.all {
		if o.TID == tid {
			return id, nil
		}
	}
	return tenants.ID{}, fault.New(fault.NotFound, "there is no such organization")
}

func (m *memory) Organization(_ context.Context, org tenants.ID) (tenants.Organization, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.all[org]
	if !ok {
		return o, fault.New(fault.NotFound, "there is no such organization")
	}
	return o, nil
}

func (m *memory) ClaimOrganization(_ context.Context, by authz.Caller, n onboarding.NewOrganization) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.race != nil {
		m.race(m)
		m.race = nil
	}
	for _, o := range m.all {
		if o.TID == n.Organization.TID || o.Slug == n.Organization.Slug {
			return fault.New(fault.Conflict, "slug or Entra tenant is taken")
		}
	}
	if by.Org() != n.Organization.ID {
		return errors.New("somebody else claims")
	}
	m.all[n.Organization.ID], m.grants[n.Organization.ID] = n.Organization, []tenants.RoleGrant{n.Owner}
	m.log, m.grounds = append(m.log, "claimed"), n.Grounds
	return n.Owner.Validate()
}

func (m *memory) EditOrganization(_ context.Context, by authz.Caller, what string, edit func(*tenants.Organization) error) (tenants.Organization, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.all[by.Org()]
	if err := edit(&o); err != nil {
		return tenants.Organization{}, err
	}
	for id, other := range m.all {
		if id != o.ID && other.Connection.ClientID == o.Connection.ClientID && o.Connection.Model == tenants.OwnApp {
			return tenants.Organization{}, fault.New(fault.Conflict, "client id is connected by another organization")
		}
	}
	m.all[o.ID] = o
	m.log = append(m.log, what)
	return o, nil
}

func (m *memory) TellRoleGrants(_ context.Context, by authz.Caller, told tenants.NoticeKind, what string, edit func([]tenants.RoleGrant) ([]tenants.RoleGrant, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, err := edit(m.grants[by.Org()])
	if err == nil && !slices.Equal(next, m.grants[by.Org()]) {
		m.grants[by.Org()] = next
		m.log, m.told = append(m.log, what), append(m.told, told)
	}
	return err
}

func (m *memory) JoinOrganization(_ context.Context, by authz.Caller, what string, g tenants.RoleGrant) ([]tenants.RoleGrant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var held []tenants.RoleGrant
	for _, present := range m.grants[by.Org()] {
		if present.Grantee == g.Grantee {
			held = append(held, present)
		}
	}
	if len(held) > 0 {
		return held, nil
	}
	m.grants[by.Org()] = append(m.grants[by.Org()], g)
	m.log, m.told = append(m.log, what), append(m.told, tenants.AdminJoined)
	return []tenants.RoleGrant{g}, nil
}

func (m *memory) ApprovedSlugs(_ context.Context, tid tenants.TID) ([]tenants.SlugApproval, error) {
	if tid.String() == contosoID {
		return []tenants.SlugApproval{{Slug: tenants.MustSlug("also")}, {Slug: tenants.MustSlug("approved"), TID: tid, By: tenants.Operator{Name: "Otto"}}}, nil
	}
	return nil, nil
}

func (m *memory) TakeInvitation(_ context.Context, tid tenants.TID, code string) (tenants.Invitation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if code != m.invited || !m.bound.IsZero() && m.bound != tid {
		return tenants.Invitation{}, fault.New(fault.NotFound, "there is no such invitation")
	}
	m.bound = tid
	return tenants.Invitation{TakenBy: tid, By: tenants.Operator{Name: "Olga"}}, nil
}
