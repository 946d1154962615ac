package console

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Idempotency remembers answers to creations for a day.
type Idempotency interface {
	// Recall returns what Remember was given for the key, or a fault of kind
	// NotFound.
	Recall(ctx context.Context, org tenants.ID, key [32]byte) (digest [32]byte, answer []byte, err error)
	// Remember keeps the answer to a creation. The first for a key stays.
	Remember(ctx context.Context, by authz.Caller, key, digest [32]byte, answer []byte) error
}

// Once is the part of the input of every operation that creates: with a key, a
// request that is sent again creates nothing again.
type Once struct {
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Any text of your own. The same key with the same body returns the first answer for a day; with another body it is a conflict."`
}

// Created is the answer to a creation.
type Created[T any] struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location" doc:"Where the new resource is."`
	Body     T
}

// once creates unless it has. The id of the new resource follows from the key,
// so that two requests at the same time cannot both succeed.
func once[T any](ctx context.Context, c *Console, by Actor, o Once, v *visit, create func(id tenants.GUID) (T, string, error)) (*Created[T], error) {
	if o.Key == "" {
		return created(create(tenants.NewGUID()))
	}
	identity := by.Caller.Identity()
	key := sha256.Sum256([]byte(identity.Org.String() + identity.OID.String() + v.Operation().OperationID + "\x00" + o.Key))
	digest := sha256.Sum256(v.body)
	known, answer, err := c.Idempotency.Recall(ctx, by.Org(), key)
	switch {
	case err == nil && known != digest:
		return nil, fault.New(fault.Conflict, "Idempotency-Key: another request was sent with this key; use a new one")
	case err == nil:
		out := &Created[T]{}
		return out, json.Unmarshal(answer, out)
	case fault.KindOf(err) != fault.NotFound:
		return nil, err
	}
	id, err := tenants.GUIDFromBytes(key[:16])
	if err != nil {
		return nil, err
	}
	out, err := created(create(id))
	if err != nil {
		return nil, err
	}
	if answer, err = json.Marshal(out); err != nil {
		return nil, err
	}
	return out, c.Idempotency.Remember(ctx, by.Caller, key, digest, answer)
}

func created[T any](representation T, location string, err error) (*Created[T], error) {
	return &Created[T]{tag(representation), location, representation}, err
}
