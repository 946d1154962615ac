package membership_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// roster is a directory as an app sees it.
type roster struct {
	mu      sync.Mutex
	people  map[tenants.GUID]graph.Person
	in      map[tenants.GUID][]tenants.GUID
	err     error
	batches [][]tenants.GUID // who was asked about together
	alone   []tenants.GUID   // and alone

	changed  graph.Changes[graph.PersonChange]
	grouped  graph.Changes[graph.GroupChange]
	refused  map[string]error // by link
	unsaid   map[tenants.GUID]error
	followed []string // links that were shown
}

// seat puts somebody into the directory who may go on, in groups.
func (r *roster) seat(person tenants.GUID, groups ...tenants.GUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.people == nil {
		r.people, r.in = map[tenants.GUID]graph.Person{}, map[tenants.GUID][]tenants.GUID{}
	}
	r.people[person], r.in[person] = graph.Person{ID: person, Enabled: true}, groups
}

func (r *roster) MembersOf(ctx context.Context, as graph.Asking, people, groups []tenants.GUID) []graph.Membership {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches = append(r.batches, slices.Clone(people))
	all := make([]graph.Membership, 0, len(people))
	for _, p := range people {
		m := graph.Membership{Person: p, Err: r.err}
		if _, there := r.people[p]; !there && m.Err == nil {
			m.Err = &graph.Error{Status: 404}
		}
		for _, g := range r.in[p] {
			if slices.Contains(groups, g) {
				m.Groups = append(m.Groups, g)
			}
		}
		all = append(all, m)
	}
	_, err := as.Token(ctx)
	for i := range all {
		if err != nil {
			all[i].Err = err
		}
	}
	return all
}

func (r *roster) People(ctx context.Context, as graph.Asking, people []tenants.GUID) ([]graph.Person, error) {
	if _, err := as.Token(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []graph.Person
	for _, p := range people {
		if one, there := r.people[p]; there {
			found = append(found, one)
		}
	}
	if len(people) == 1 && r.unsaid[people[0]] != nil {
		return nil, r.unsaid[people[0]]
	}
	return found, r.err
}

func (r *roster) MemberOf(_ context.Context, _ graph.Asking, person tenants.GUID, groups []tenants.GUID) ([]tenants.GUID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.alone = append(r.alone, person)
	if _, there := r.people[person]; !there {
		return nil, &graph.Error{Status: 404}
	}
	return slices.DeleteFunc(slices.Clone(r.in[person]), func(g tenants.GUID) bool { return !slices.Contains(groups, g) }), r.err
}

func (r *roster) PeopleChanges(_ context.Context, _ graph.Asking, since string) (graph.Changes[graph.PersonChange], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followed = append(r.followed, "people "+since)
	return r.changed, r.refused["people "+since]
}

func (r *roster) GroupChanges(_ context.Context, _ graph.Asking, groups []tenants.GUID, since string) (graph.Changes[graph.GroupChange], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followed = append(r.followed, "groups "+since)
	if len(groups) > graph.MaxFollowed {
		return graph.Changes[graph.GroupChange]{}, fault.New(fault.Invalid, "too many")
	}
	return r.grouped, r.refused["groups "+since]
}

// registrations are apps that prove themselves, and keep secrets by a word in front.
type registrations struct {
	err     error
	refused []string // tokens that did not do
}

func (r *registrations) OfApp(_ context.Context, _ membership.View, refused string) (string, error) {
	r.refused = append(r.refused, refused)
	return "app token", r.err
}

func (*registrations) Seal(_ context.Context, _ tenants.ID, links []byte) ([]byte, error) {
	return append([]byte("sealed "), links...), nil
}

func (*registrations) Open(_ context.Context, _ tenants.ID, ciphertext []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(ciphertext), "sealed ")
	if !ok {
		return nil, fault.New(fault.Internal, "not sealed")
	}
	return []byte(plain), nil
}

// TakeMoreDue and what follows keep to the contract of membership.DirectoryStore.
func (s *store) TakeMoreDue(_ context.Context, _ authz.Caller, now, until time.Time, most int) ([]membership.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []membership.Record
	for person, r := range s.records {
		if len(all) < most && !r.DueAt.IsZero() && !r.DueAt.After(now) && now.Sub(r.SeenAt) < membership.SeenLife {
			all = append(all, r)
			r.DueAt = until
			s.records[person] = r
		}
	}
	return all, nil
}

func (s *store) KnownMembers(_ context.Context, _ tenants.ID, people []tenants.GUID) ([]membership.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []membership.Record
	for _, p := range people {
		if r, ok := s.records[p]; ok {
			all = append(all, r)
		}
	}
	return all, nil
}

func (s *store) Doubt(_ context.Context, _ authz.Caller, people []tenants.GUID, now, since time.Time) (membership.Doubts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := membership.Doubts{First: map[tenants.GUID]time.Time{}, Since: now}
	for _, p := range people {
		r := s.records[p]
		if !r.DoubtedAt.After(since) {
			r.DoubtedAt = now
		}
		d.First[p] = r.DoubtedAt
		s.records[p] = r
	}
	for _, r := range s.records {
		if r.DoubtedAt.After(since) && r.DoubtedAt.Before(d.Since) {
			d.Since = r.DoubtedAt
		}
	}
	for _, r := range s.records {
		d.Known++
		switch {
		case r.DoubtedAt.After(since):
			d.Doubted++
		case r.AskedAt.Before(d.Since):
			d.Pending++
		}
	}
	return d, nil
}

func (s *store) Trust(_ context.Context, _ authz.Caller, person tenants.GUID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.records[person]
	r.DoubtedAt = time.Time{}
	s.records[person] = r
	return nil
}

func (s *store) EndSessions(_ context.Context, _ authz.Caller, person tenants.GUID, validFrom time.Time, why string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.records[person]
	if !validFrom.After(r.ValidFrom) {
		return false, nil
	}
	r.ValidFrom = validFrom
	s.records[person] = r
	s.lost = append(s.lost, why)
	return true, nil
}

func (s *store) HurryMembers(_ context.Context, _ authz.Caller, people []tenants.GUID, at time.Time) error {
	s.hurry(at, func(r membership.Record) bool { return slices.Contains(people, r.Person) })
	return nil
}

func (s *store) HurryUnasked(_ context.Context, _ authz.Caller, since, at time.Time) error {
	s.hurry(at, func(r membership.Record) bool {
		return r.AskedAt.Before(since) && r.DueAt.After(at.Add(membership.Taken))
	})
	return nil
}

func (s *store) hurry(at time.Time, who func(membership.Record) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for person, r := range s.records {
		if who(r) && r.DueAt.After(at) {
			r.DueAt = at
			s.records[person] = r
		}
	}
}

func (s *store) Followed(context.Context, tenants.ID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.follows == nil {
		return nil, fault.New(fault.NotFound, "nothing is followed")
	}
	return s.follows, nil
}

func (s *store) SaveFollowed(_ context.Context, _ authz.Caller, ciphertext []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follows = ciphertext
	return nil
}
