package seal

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// bodyLabel is what a body is encrypted for: it is no use for another call, nor as the
// other half of the same.
func bodyLabel(call audit.ID, part audit.Part) secrets.Label {
	return secrets.Label{Kind: "audit body, " + string(part), ID: call.String()}
}

// BodyStore knows the people of logs.
type BodyStore interface {
	// MeetPerson lets choose say who of those whom a log knows under an id is meant, and
	// notes that their key is in use. If choose is given nobody it likes it returns one
	// with the next number, which is kept; next is 0 while that is not to be had, and
	// choose is asked again. A log that has not begun is Unavailable.
	MeetPerson(ctx context.Context, org tenants.ID, id PersonID, choose func(there []Person, next int32) (Person, error)) error
}

// BodyKeys finds the keys that bodies are encrypted under, and keeps them for a while.
// It is safe for concurrent use.
type BodyKeys struct {
	store BodyStore
	now   func() time.Time

	mu   sync.Mutex
	held map[heldBy]heldKey
}

type heldBy struct {
	org tenants.ID
	id  PersonID
}

type heldKey struct {
	cipher bodyCipher
	until  time.Time
}

// BodyKeyLife is for how long a process goes on with a key without asking whether it is
// still there: what it encrypts after that was destroyed, nobody reads any more.
const BodyKeyLife = 5 * time.Minute

// NewBodyKeys returns BodyKeys.
func NewBodyKeys(store BodyStore, now func() time.Time) *BodyKeys {
	return &BodyKeys{store: store, now: now, held: map[heldBy]heldKey{}}
}

// Cipher returns what encrypts the bodies of somebody's calls: under their own key, or
// the organization's where they cannot be told from others by an object id.
func (k *BodyKeys) Cipher(ctx context.Context, key *secrets.OrgKey, who authz.Identity) (audit.BodyCipher, error) {
	if who.OID.IsZero() {
		return bodyCipher{0, key}, nil
	}
	by := heldBy{key.Org(), PersonID{who.TID, who.OID}}
	if c, held := k.recall(by); held {
		return c, nil
	}
	var c bodyCipher
	err := k.store.MeetPerson(ctx, by.org, by.id, func(there []Person, next int32) (p Person, err error) {
		for i := len(there) - 1; i >= 0; i-- { // of somebody whose key was damaged the last one is good
			if opened, err := key.OpenDataKey(personLabel(there[i].Number), there[i].Key); err == nil {
				c = bodyCipher{there[i].Number, opened}
				return there[i], nil
			}
		}
		if next == 0 {
			return Person{}, nil
		}
		p = Person{Number: next, TID: by.id.TID, OID: by.id.OID}
		var made *secrets.DataKey
		p.Key, made, err = key.NewDataKey(personLabel(next))
		c = bodyCipher{next, made}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	if c.key == nil {
		return nil, fault.New(fault.Internal, "the log gives somebody no number")
	}
	k.keep(by, c)
	return c, nil
}

func (k *BodyKeys) recall(by heldBy) (bodyCipher, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h, there := k.held[by]
	return h.cipher, there && k.now().Before(h.until)
}

func (k *BodyKeys) keep(by heldBy, c bodyCipher) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.held) >= mostKeys {
		clear(k.held)
	}
	k.held[by] = heldKey{c, k.now().Add(BodyKeyLife)}
}

// bodyCipher is a person's key at work.
type bodyCipher struct {
	person int32
	key    interface {
		Encrypt(l secrets.Label, plaintext []byte) ([]byte, error)
	}
}

// Person implements audit.BodyCipher.
func (c bodyCipher) Person() int32 { return c.person }

// Encrypt implements audit.BodyCipher.
func (c bodyCipher) Encrypt(call audit.ID, part audit.Part, plain []byte) ([]byte, error) {
	return c.key.Encrypt(bodyLabel(call, part), plain)
}

// OpenBody returns the text of a body as it was encrypted. One of a person whose key is
// destroyed is NotFound; one that is not as it was stored is Internal.
func (o *Opener) OpenBody(b audit.Body) ([]byte, error) {
	if b.Person == 0 {
		return o.key.Decrypt(bodyLabel(b.Call, b.Part), b.Encrypted)
	}
	p, err := o.people(b.Person)
	if err != nil {
		return nil, err
	}
	if len(p.Key) == 0 {
		return nil, fault.New(fault.NotFound, "the person whose call it was has been erased, and the body with them")
	}
	key, err := o.key.OpenDataKey(personLabel(b.Person), p.Key)
	if err != nil {
		return nil, err
	}
	return key.Decrypt(bodyLabel(b.Call, b.Part), b.Encrypted)
}
