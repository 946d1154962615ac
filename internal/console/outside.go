package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Answers is Idempotency for what is created in no organization. It sees hashes,
// and what is encrypted.
type Answers interface {
	// RecallOutside returns the encrypted answer to the request with this key, or,
	// without one, a reservation. A key of a request of another digest, or of one
	// that is under way, is a fault of kind Conflict.
	RecallOutside(ctx context.Context, key, digest [32]byte) (reservation tenants.GUID, ciphertext []byte, err error)
	RememberOutside(ctx context.Context, reservation tenants.GUID, ciphertext []byte) error
	ForgetOutside(ctx context.Context, reservation tenants.GUID) error
}

// kept returns where the answer to a caller's request with a key is kept: with
// their organization, or outside of any, for the person.
func (c *Console) kept(by authz.Caller, key string) Idempotency {
	if !by.Org().IsZero() {
		return c.Idempotency
	}
	id := by.Identity()
	return outside{c, sha256.Sum256([]byte(id.TID.String() + id.OID.String() + "\x00" + key))}
}

// outside keeps the answer to one request of one person.
type outside struct {
	c    *Console
	hash [32]byte // of the person and the key
}

func (o outside) label() string { return "answer " + hex.EncodeToString(o.hash[:]) }

// Recall implements Idempotency.
func (o outside) Recall(ctx context.Context, _ authz.Caller, _ string, digest [32]byte, _ time.Duration) (tenants.GUID, Answer, error) {
	reservation, ciphertext, err := o.c.Answers.RecallOutside(ctx, o.hash, sha256.Sum256(append(o.hash[:], digest[:]...)))
	if err != nil || !reservation.IsZero() {
		return reservation, Answer{}, err
	}
	plain, err := o.c.Encrypter.Decrypt(ctx, o.label(), ciphertext)
	if err != nil {
		return reservation, Answer{}, err
	}
	var answer Answer
	return reservation, answer, json.Unmarshal(plain, &answer)
}

// Remember implements Idempotency.
func (o outside) Remember(ctx context.Context, _ authz.Caller, reservation tenants.GUID, answer Answer) error {
	plain, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	ciphertext, err := o.c.Encrypter.Encrypt(ctx, o.label(), plain)
	if err != nil {
		return err
	}
	return o.c.Answers.RememberOutside(ctx, reservation, ciphertext)
}

// Forget implements Idempotency.
func (o outside) Forget(ctx context.Context, _ authz.Caller, reservation tenants.GUID) error {
	return o.c.Answers.ForgetOutside(ctx, reservation)
}
