package admin

import (
	"context"

	"gatehouse/internal/audit/keep"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// ErasureStore notes who is to be erased from logs.
type ErasureStore interface {
	KeyStore
	Erasures(ctx context.Context, org tenants.ID) ([]tenants.Erasure, error)
	AskErasure(ctx context.Context, by authz.Caller, id, person tenants.GUID, who []byte) error
	ApproveErasure(ctx context.Context, by authz.Caller, id tenants.GUID) error
	WithdrawErasure(ctx context.Context, by authz.Caller, id tenants.GUID) error
}

// ErasureParts is what erasures are asked for with. Every field is required.
type ErasureParts struct {
	Store ErasureStore
	Keys  *secrets.Box
}

type erasures struct{ ErasureParts }

// NewErasures keeps whom an erasure is about encrypted.
func NewErasures(p ErasureParts) console.Erasures { return erasures{p} }

func (e erasures) key(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error) {
	_, _, wrapped, err := e.Store.CredentialOf(ctx, org)
	if err != nil {
		return nil, err
	}
	return e.Keys.Open(ctx, org, wrapped)
}

// Erasures returns who is to be erased, or was. Who has been erased nobody knows.
func (e erasures) Erasures(ctx context.Context, org tenants.ID) ([]console.ErasureOf, error) {
	all, err := e.Store.Erasures(ctx, org)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	key, err := e.key(ctx, org)
	if err != nil {
		return nil, err
	}
	out := make([]console.ErasureOf, len(all))
	for i, a := range all {
		out[i].Erasure = a
		if a.Who == nil {
			continue
		}
		who, err := keep.Decrypt(key, a)
		if err != nil {
			return nil, err
		}
		out[i].Person = who.OID
	}
	return out, nil
}

// Ask asks for an erasure.
func (e erasures) Ask(ctx context.Context, by authz.Caller, id tenants.GUID, n console.NewErasure) error {
	who := keep.Who{OID: n.Person, Names: n.Names}
	if err := who.Validate(); err != nil {
		return err
	}
	key, err := e.key(ctx, by.Org())
	if err != nil {
		return err
	}
	text, err := who.Encrypt(key, id)
	if err != nil {
		return err
	}
	return e.Store.AskErasure(ctx, by, id, who.OID, text)
}

// Approve has an erasure done. Nobody approves that of themself, and the person is
// named again.
func (e erasures) Approve(ctx context.Context, by authz.Caller, id, person tenants.GUID) error {
	all, err := e.Erasures(ctx, by.Org())
	if err != nil {
		return err
	}
	for _, a := range all {
		switch {
		case a.ID != id || a.Person.IsZero():
		case a.Person == by.Identity().OID:
			return fault.New(fault.Forbidden, "nobody approves their own erasure: what they did would go from the log by their own hand; ask another owner")
		case a.Person != person:
			return fault.New(fault.Invalid, "person: is not the object ID of whom this erasure is about; give it again as it was given")
		default:
			return e.Store.ApproveErasure(ctx, by, id)
		}
	}
	return e.Store.ApproveErasure(ctx, by, id) // which says what is the matter
}

// Withdraw takes a request back.
func (e erasures) Withdraw(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return e.Store.WithdrawErasure(ctx, by, id)
}
