package mcphost_test

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// noMail is a mailbox that nobody writes to, and sessions without subscriptions.
type noMail struct{}

func (noMail) OpenLetters(context.Context, authz.Caller, time.Time, ...tenants.GUID) error {
	return nil
}

func (noMail) KeepLetter(context.Context, authz.Caller, tenants.GUID, time.Time) error { return nil }

func (noMail) PutLetter(context.Context, authz.Caller, tenants.GUID, []byte, time.Time) error {
	return nil
}

func (noMail) TakeLetter(ctx context.Context, _ tenants.ID, _ tenants.GUID) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (noMail) CloseLetter(context.Context, authz.Caller, tenants.GUID) error { return nil }

func (noMail) Subscriptions(context.Context, tenants.ID, tenants.GUID) (mcphost.Note, error) {
	return mcphost.Note{}, nil
}

func (noMail) PutSubscriptions(context.Context, authz.Caller, tenants.GUID, mcphost.Note, time.Time) error {
	return nil
}

func (noMail) Subscribing(tenants.ID, tenants.GUID) (<-chan struct{}, func()) {
	return nil, func() {}
}

func (noMail) Refresh(context.Context, tenants.ID, tenants.GUID) error { return nil }

func (noMail) Changed(context.Context, tenants.ID, tenants.GUID) {}

func (noMail) StaleFor(context.Context, authz.Caller, authz.Assertion, *snapshot.Snapshot) {}

func (noMail) SawEntraClient(context.Context, authz.Caller, tenants.GUID) error { return nil }
