package emulator

import (
	"fmt"

	"gatehouse/internal/emulator/keyring"
)

// KeyPhase is one step of a roll-over of signing keys.
type KeyPhase string

// The phases of a roll-over, in order. Verifiers that read the key set between
// the first two notice nothing.
const (
	KeyAdd  KeyPhase = "add"  // publish a new key, which signs nothing yet
	KeySign KeyPhase = "sign" // sign with the newest key; the others stay published
	KeyDrop KeyPhase = "drop" // no longer publish the oldest key
)

// RollKeys makes a new signing key that nobody has seen and signs with it from
// now on: all phases at once, as when Entra rolls without notice. The previous
// key stays published, the one before it does not. Tenants with keys of their
// own keep them.
func (e *Emulator) RollKeys() error { return e.keys.Roll(keyring.Shared) }

// RollTenantKeys does the same to the keys of one tenant. A tenant without keys
// of its own is an error.
func (e *Emulator) RollTenantKeys(tid string) error {
	id, err := e.keysOf(tid)
	if err != nil {
		return err
	}
	return e.keys.Roll(id)
}

// RollPhase takes one step of a roll-over: of the shared keys, or of a tenant
// that has its own. Signing without a new key and dropping the key that signs
// are errors.
func (e *Emulator) RollPhase(tid string, phase KeyPhase) error {
	id, err := e.keysOf(tid)
	if err != nil {
		return err
	}
	switch phase {
	case KeyAdd:
		return e.keys.Add(id)
	case KeySign:
		return e.keys.SignWithNewest(id)
	case KeyDrop:
		return e.keys.Drop(id)
	}
	return fmt.Errorf("phase %q is unknown: use add, sign or drop, or none for all of them", phase)
}

// keysOf finds whose keys to roll; no tenant stands for the shared ones.
func (e *Emulator) keysOf(tid string) (string, error) {
	if tid == "" {
		return keyring.Shared, nil
	}
	t, err := e.world().Tenant(tid)
	if err != nil {
		return "", err
	}
	if !among(t.ID, e.keys.Separated()...) {
		return "", fmt.Errorf("tid: tenant %s has no keys of its own: separate them first, or roll the shared keys", t.Name)
	}
	return t.ID, nil
}

// EmergencyRoll replaces every signing key of every tenant at once, as after a
// leak: whatever was signed before verifies nowhere any more, here included.
// Refresh tokens stay good.
func (e *Emulator) EmergencyRoll() error { return e.keys.Replace() }

// SeparateKeys gives a tenant signing keys of its own. Entra reserves the right
// to do that at any time (docs/identity-platform/access-tokens.md); a verifier
// that keeps keys by key id alone, or reads another tenant's set, notices.
func (e *Emulator) SeparateKeys(tid string) error {
	t, err := e.world().Tenant(tid)
	if err != nil {
		return err
	}
	return e.keys.Separate(t.ID)
}

// Sign signs any claims with the tenant's current key, for tests that need a
// token Entra would not issue. header adds to and overrides typ, alg and kid; the
// signature is RS256 whatever it says.
func (e *Emulator) Sign(tid string, header, claims map[string]any) (string, error) {
	t, err := e.world().Tenant(tid)
	if err != nil {
		return "", err
	}
	key, err := e.keys.Current(t.ID)
	if err != nil {
		return "", err
	}
	return key.Sign(header, claims)
}

// SignWithForeignKey signs claims with a key of the seed.Consumers tenant and puts
// that key into tid's key set, where its "issuer" names the other tenant: the
// signature is good and the token must still be refused.
func (e *Emulator) SignWithForeignKey(tid string, claims map[string]any) (string, error) {
	t, err := e.world().Tenant(tid)
	if err != nil {
		return "", err
	}
	key, err := e.keys.PublishForeign(t.ID)
	if err != nil {
		return "", err
	}
	return key.Sign(nil, claims)
}
