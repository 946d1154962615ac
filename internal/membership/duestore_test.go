package membership_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// Testify and what follows keep to the contract of membership.Store.
func (s *store) Testify(_ context.Context, _ authz.Caller, t membership.Testimony) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deaf {
		return errors.New("the store is away")
	}
	s.testimonies = append(s.testimonies, t)
	return nil
}

func (s *store) SeeMember(_ context.Context, _ authz.Caller, person tenants.GUID, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sightings++
	if s.sighted != nil {
		s.sighted()
	}
	if s.seeErr != nil {
		return s.seeErr
	}
	r := s.records[person]
	r.Person, r.SeenAt = person, at
	if r.DueAt.IsZero() {
		r.DueAt = at
	}
	s.records[person] = r
	return nil
}

// removedBefore is what a record before had of groups that one does not answer.
func removedBefore(before, r membership.Record) (removed []tenants.GUID) {
	for g, answer := range before.Answers {
		if answer == authz.NotMember && r.Answers[g] == authz.Unknown {
			removed = append(removed, g)
		}
	}
	for _, g := range before.Removed {
		if r.Answers[g] == authz.Unknown {
			removed = append(removed, g)
		}
	}
	return removed[:min(len(removed), membership.MostRemoved)]
}

func (s *store) TakeDue(_ context.Context, _ authz.Caller, person tenants.GUID, now, until time.Time) (membership.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[person]
	if !ok || r.DueAt.IsZero() || r.DueAt.After(now) || now.Sub(r.SeenAt) >= membership.SeenLife {
		return membership.Record{}, fault.New(fault.NotFound, "not due")
	}
	taken := r
	r.DueAt = until
	s.records[person] = r
	return taken, nil
}

func (s *store) PutOff(_ context.Context, _ authz.Caller, person tenants.GUID, next time.Time, failure membership.Failure) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.records[person]
	r.DueAt = next
	s.failures = append(s.failures, failure)
	if failure.Class != "" {
		r.Failure = failure.Class
		r.Failures++
	}
	s.records[person] = r
	return nil
}

func (s *store) LoseMember(_ context.Context, by authz.Caller, person tenants.GUID, _ time.Time, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.signedIn {
		return fault.New(fault.Conflict, "signed in since")
	}
	s.lost, s.by = append(s.lost, why), by
	r := s.records[person]
	r.DueAt = time.Time{}
	s.records[person] = r
	s.kept = nil
	return nil
}

func (s *store) KeptTokens(context.Context, tenants.ID, tenants.GUID) ([]membership.KeptToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept), nil
}

func (s *store) KeepToken(_ context.Context, _ authz.Caller, t membership.KeptToken) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = []membership.KeptToken{t}
	return nil
}

func (s *store) RenewToken(ctx context.Context, by authz.Caller, t membership.KeptToken) error {
	return s.KeepToken(ctx, by, t)
}

func (s *store) DropToken(context.Context, authz.Caller, membership.KeptToken) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
	return nil
}
