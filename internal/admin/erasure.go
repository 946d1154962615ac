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
	// KnowsPerson reports whether the log or the directory has a person.
	KnowsPerson(ctx context.Context, org tenants.ID, person tenants.GUID) (bool, error)
	// LogWords returns what the organization has named.
	LogWords(ctx context.Context, org tenants.ID) ([]string, error)
	AskErasure(ctx context.Context, by authz.Caller, id, person tenants.GUID, who []byte) error
	ApproveErasure(ctx context.Context, by authz.Caller, id, person tenants.GUID) error
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
		out[i].Person, out[i].Names = who.OID, who.Names
	}
	return out, nil
}

// Ask asks for an erasure.
func (e erasures) Ask(ctx context.Context, by authz.Caller, id tenants.GUID, n console.NewErasure) error {
	who := keep.Who{OID: n.Person, Names: n.Names}
	texts, err := e.Store.LogWords(ctx, by.Org())
	if err != nil {
		return err
	}
	if err := who.Validate(keep.NewVocabulary(texts...)); err != nil {
		return err
	}
	known, err := e.Store.KnowsPerson(ctx, by.Org(), who.OID)
	if err != nil {
		return err
	}
	if !known {
		return fault.New(fault.Invalid, "person: neither the log nor the directory, as far as it was asked, has anybody with this object ID, so there is nothing to erase; copy it from the Entra admin center, under Users")
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

// Approve has an erasure done. Nobody approves that of themselves; the person is named
// again, and how many names will be looked for is said again.
func (e erasures) Approve(ctx context.Context, by authz.Caller, id tenants.GUID, again console.ApprovedErasure) error {
	all, err := e.Erasures(ctx, by.Org())
	if err != nil {
		return err
	}
	for _, a := range all {
		switch {
		case a.ID != id || a.Person.IsZero():
		case a.Person == by.Identity().OID:
			return fault.New(fault.Forbidden, "nobody approves their own erasure: what they did would go from the log by their own hand; ask another owner")
		case a.Person != again.Person:
			return fault.New(fault.Invalid, "person: is not the object ID of whom this erasure is about; give it again as it was given")
		case len(a.Names) != again.Names:
			return fault.New(fault.Invalid, "names: is not how many names this erasure looks for; read them in listErasures, and say how many there are")
		default:
			return e.Store.ApproveErasure(ctx, by, id, a.Person)
		}
	}
	return e.Store.ApproveErasure(ctx, by, id, again.Person) // which says what is the matter
}

// Withdraw takes a request back.
func (e erasures) Withdraw(ctx context.Context, by authz.Caller, id tenants.GUID) error {
	return e.Store.WithdrawErasure(ctx, by, id)
}
