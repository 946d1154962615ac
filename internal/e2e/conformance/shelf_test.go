package conformance_test

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// shelf keeps the one authorization of the one person, and our registration.
type shelf struct {
	mu     sync.Mutex
	kept   *authorizations.Authorization
	client []byte
	made   time.Time
}

var _ authorizations.Store = (*shelf)(nil)

var errNothing = fault.New(fault.NotFound, "there is nothing")

func (s *shelf) AuthorizeSource(_ context.Context, _ authz.Caller, a authorizations.Authorization) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.MadeAt, a.RenewedAt = time.Now(), time.Now()
	s.kept = &a
	return nil
}

func (s *shelf) SourceAuthorization(context.Context, tenants.ID, authorizations.Key) (authorizations.Authorization, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return authorizations.Authorization{}, errNothing
	}
	return *s.kept, nil
}

func (s *shelf) SourceAuthorizations(context.Context, tenants.ID, authorizations.Filter) ([]authorizations.Authorization, error) {
	return nil, errNothing
}

func (s *shelf) RevokeSourceAuthorization(context.Context, authz.Caller, authorizations.Revoking) (authorizations.Authorization, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return authorizations.Authorization{}, errNothing
	}
	gone := *s.kept
	s.kept = nil
	return gone, nil
}

func (s *shelf) ClaimRenewal(context.Context, authz.Caller, authorizations.Claim) error { return nil }

func (s *shelf) RenewSourceAuthorization(_ context.Context, _ authz.Caller, a authorizations.Authorization) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.RenewedAt = time.Now()
	a.Generation++
	s.kept = &a
	return nil
}

func (s *shelf) SourceClient(context.Context, tenants.ID, tenants.GUID) ([]byte, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		return nil, time.Time{}, errNothing
	}
	return s.client, s.made, nil
}

func (s *shelf) KeepSourceClient(_ context.Context, _ authz.Caller, _ tenants.GUID, ciphertext []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client, s.made = ciphertext, time.Now()
	return nil
}
