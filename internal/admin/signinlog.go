package admin

import (
	"context"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

type signIns struct {
	record func(ctx context.Context, by authz.Caller, e audit.Event) error
}

// NewSignIns records who comes in to the console and who goes, with what returns when a
// record is durable.
func NewSignIns(record func(ctx context.Context, by authz.Caller, e audit.Event) error) console.SignIns {
	return signIns{record}
}

// RecordSignIn implements console.SignIns.
func (s signIns) RecordSignIn(ctx context.Context, org tenants.ID, p console.Person, source string) error {
	return s.record(ctx, authz.Actor(p.Identity(org)), audit.Event{Kind: audit.ConsoleSignIn, Source: source, Outcome: audit.OK})
}

// RecordSignOut implements console.SignIns.
func (s signIns) RecordSignOut(ctx context.Context, org tenants.ID, p console.Person, source string) error {
	return s.record(ctx, authz.Actor(p.Identity(org)), audit.Event{Kind: audit.ConsoleSignIn, Source: source, Detail: "sign_out", Outcome: audit.OK})
}

// RecordLockOut implements console.SignIns.
func (s signIns) RecordLockOut(ctx context.Context, org tenants.ID, p console.Person) error {
	return s.record(ctx, authz.Actor(p.Identity(org)), audit.Event{Kind: audit.ConsoleSignIn, Outcome: audit.Refused, Reason: "not_confirmed"})
}
