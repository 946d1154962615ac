package proof

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"gatehouse/internal/fault"
)

// Key verifies checkpoints. As text it is the verifier key of signed notes: a name,
// a hash and an Ed25519 key, joined by plus signs (C2SP signed-note).
type Key struct {
	note.Verifier
	public ed25519.PublicKey
	text   string
}

// NewKey returns the key of a name. A name that is empty, or holds white space or a
// plus sign, is Invalid.
func NewKey(name string, public ed25519.PublicKey) (Key, error) {
	text, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return Key{}, fault.Wrap(fault.Invalid, "the key has no such name, or is none of Ed25519", err)
	}
	return ParseKey(text)
}

// ParseKey reads what String returns.
func ParseKey(text string) (Key, error) {
	v, err := note.NewVerifier(text)
	if err != nil {
		return Key{}, fault.Newf(fault.Invalid, "%.120q is no key; a key is name+hash+base64, as the organization's log page shows it", text)
	}
	parts := strings.SplitN(text, "+", 3) // base64 may hold plus signs
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != 1 {
		return Key{}, fault.Newf(fault.Invalid, "%.120q is no key of Ed25519", text)
	}
	return Key{v, raw[1:], text}, nil
}

// Public returns the Ed25519 key.
func (k Key) Public() ed25519.PublicKey { return k.public }

// String returns the key as text.
func (k Key) String() string { return k.text }

// Signer signs checkpoints.
type Signer struct {
	Key
	private crypto.Signer
}

// NewSigner returns a signer of a name. A private key that is none of Ed25519 is
// Invalid.
func NewSigner(name string, private crypto.Signer) (Signer, error) {
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		return Signer{}, fault.New(fault.Invalid, "checkpoints are signed with Ed25519")
	}
	key, err := NewKey(name, public)
	return Signer{key, private}, err
}

// Sign implements note.Signer.
func (s Signer) Sign(msg []byte) ([]byte, error) {
	return s.private.Sign(nil, msg, crypto.Hash(0))
}

// Succession is how a key names the next one, in the log itself.
type Succession struct {
	From, To  Key
	Signature []byte // of From
}

// Succeed has a key name its successor for one log.
func (s Signer) Succeed(origin string, next Key) (Succession, error) {
	signature, err := s.Sign(succession(origin, s.Key, next))
	if err != nil {
		return Succession{}, fmt.Errorf("sign succession: %w", err)
	}
	return Succession{From: s.Key, To: next, Signature: signature}, nil
}

// Check says whether the old key has named the new one for this log; otherwise it is
// Invalid.
func (s Succession) Check(origin string) error {
	if !s.From.Verify(succession(origin, s.From, s.To), s.Signature) {
		return fault.Newf(fault.Invalid, "key %s has not named %s its successor", s.From.Name(), s.To.Name())
	}
	return nil
}

// succession is what the old key signs.
func succession(origin string, from, to Key) []byte {
	return []byte("gatehouse key succession v1\n" + origin + "\n" + from.text + "\n" + to.text + "\n")
}
