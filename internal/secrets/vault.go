package secrets

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"gatehouse/internal/egress"
	"gatehouse/internal/secrets/vaultkey"
)

// Vault is a key of Azure Key Vault or Managed HSM in all its versions, for
// unwrapping. It is safe for concurrent use.
//
// The vault wraps with RSA-OAEP-256, or A256KW for a symmetric key of a Managed
// HSM. Neither takes associated data, so the vault wraps a random AES-256 key of
// its own for each wrapping, and that key encrypts what is to be wrapped with
// AES-256-GCM. Its associated data are the binding and the identifier of the
// version that wrapped: an organization's key moved to another organization's
// row, or to another version's name, does not open. The inner key serves one
// encryption only, so nonces cannot repeat under it.
//
// An RSA key's public half wraps, and it is public. Whoever can write the table
// can therefore put a key of their own in place of one, which reads nothing that
// exists but would read what is encrypted from then on. A symmetric key of a
// Managed HSM does not allow it.
type Vault struct {
	key    vaultkey.Key
	client *azkeys.Client
}

// VaultOptions is what a Vault is made from; all of it is required.
type VaultOptions struct {
	Key        vaultkey.Key
	Doer       Doer                   // reaches the vault
	Credential azcore.TokenCredential // of an identity that may get, wrap and unwrap with the key
}

// NewVault returns the key without asking the vault for anything. Requests are
// not repeated: who asks has a deadline, and the fault says when to come again.
func NewVault(o VaultOptions) (*Vault, error) {
	if o.Key.IsZero() || o.Doer == nil || o.Credential == nil {
		return nil, errors.New("create vault key: Key, Doer and Credential are all required")
	}
	client, err := azkeys.NewClient(o.Key.Vault(), o.Credential, &azkeys.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: egress.Transport{Doer: o.Doer}, Retry: policy.RetryOptions{MaxRetries: -1},
	}})
	if err != nil {
		return nil, fmt.Errorf("create vault key: %w", err)
	}
	return &Vault{key: o.Key, client: client}, nil
}

// Holds reports whether a version is one of this key's.
func (v *Vault) Holds(version string) bool {
	k, err := vaultkey.Parse(version)
	return err == nil && k.Version() != "" && k.Same(v.key)
}

// Unwrap returns what a VaultKEK of the same key wrapped. It refuses the
// versions of other keys without asking anybody: what a row names must not
// choose whom this process talks to.
func (v *Vault) Unwrap(ctx context.Context, w Wrapped, binding []byte) ([]byte, error) {
	if !v.Holds(w.Version) {
		return nil, unknownVersion(w.Version)
	}
	algorithm, inner, ciphertext, err := openVaulted(w.Ciphertext)
	if err != nil {
		return nil, err
	}
	id := azkeys.ID(w.Version)
	resp, err := v.client.UnwrapKey(ctx, v.key.Name(), id.Version(), azkeys.KeyOperationParameters{Algorithm: &algorithm, Value: inner}, nil)
	if err != nil {
		return nil, vaultFault(ctx, "unwrap key", err)
	}
	cipher, err := subtle.NewAESGCM(resp.Result)
	if err != nil || len(resp.Result) != innerSize {
		return nil, errors.New("unwrap key: what the vault unwrapped is not a key of ours")
	}
	key, err := cipher.Decrypt(ciphertext, vaultBinding(w.Version, binding))
	if err != nil {
		return nil, fmt.Errorf("unwrap key: %w", err)
	}
	return key, nil
}

// VaultKEK is a KEK that a Vault holds.
type VaultKEK struct {
	*Vault
	algorithm azkeys.EncryptionAlgorithm
	current   atomic.Pointer[string]
}

var _ KEK = (*VaultKEK)(nil)

// OpenVaultKEK asks the vault for the key and returns a KEK that wraps with it:
// with the version its URL pins, otherwise with the current one. It fails when the
// key is disabled or cannot wrap, and with Unavailable when the vault cannot be
// asked.
func OpenVaultKEK(ctx context.Context, o VaultOptions) (*VaultKEK, error) {
	v, err := NewVault(o)
	if err != nil {
		return nil, err
	}
	resp, err := v.client.GetKey(ctx, o.Key.Name(), o.Key.Version(), nil)
	if err != nil {
		return nil, vaultFault(ctx, "open vault key", err)
	}
	k := &VaultKEK{Vault: v}
	if resp.Key == nil || resp.Key.Kty == nil {
		return nil, fmt.Errorf("open vault key: the vault's answer about %s names no key type", o.Key)
	}
	if a := resp.Attributes; a != nil && a.Enabled != nil && !*a.Enabled {
		return nil, fmt.Errorf("open vault key: %s is disabled; enable it", o.Key)
	}
	if k.algorithm, err = algorithmOf(*resp.Key.Kty); err != nil {
		return nil, fmt.Errorf("open vault key %s: %w", o.Key, err)
	}
	return k, k.follow(resp.Key.KID)
}

// follow makes the version that the vault has just used the current one: a key
// may get a new version at any time, by hand or by its rotation policy.
func (k *VaultKEK) follow(id *azkeys.ID) error {
	if id == nil || !k.Holds(string(*id)) {
		return fmt.Errorf("vault key: the answer is about another key than %s", k.key)
	}
	version := string(*id)
	k.current.Store(&version)
	return nil
}

// Current implements KEK. Without a pinned version it is the version that the
// vault used last.
func (k *VaultKEK) Current() string { return *k.current.Load() }

// Wrap implements KEK.
func (k *VaultKEK) Wrap(ctx context.Context, key, binding []byte) (Wrapped, error) {
	inner := make([]byte, innerSize)
	_, _ = rand.Read(inner) // never fails: crypto/rand ends the process instead
	resp, err := k.client.WrapKey(ctx, k.key.Name(), k.key.Version(), azkeys.KeyOperationParameters{Algorithm: &k.algorithm, Value: inner}, nil)
	if err != nil {
		return Wrapped{}, vaultFault(ctx, "wrap key", err)
	}
	if err := k.follow(resp.KID); err != nil {
		return Wrapped{}, err
	}
	cipher, err := subtle.NewAESGCM(inner)
	if err != nil {
		return Wrapped{}, fmt.Errorf("wrap key: %w", err)
	}
	version := string(*resp.KID)
	ciphertext, err := cipher.Encrypt(key, vaultBinding(version, binding))
	if err != nil {
		return Wrapped{}, fmt.Errorf("wrap key: %w", err)
	}
	sealed, err := sealVaulted(k.algorithm, resp.Result, ciphertext)
	return Wrapped{Version: version, Ciphertext: sealed}, err
}

// innerSize is the bytes of the key that the vault wraps.
const innerSize = 32

// algorithms are those this package wraps with, by the byte that stands for them
// in a ciphertext.
var algorithms = map[byte]azkeys.EncryptionAlgorithm{1: azkeys.EncryptionAlgorithmRSAOAEP256, 2: azkeys.EncryptionAlgorithmA256KW}

func algorithmOf(kind azkeys.KeyType) (azkeys.EncryptionAlgorithm, error) {
	switch kind {
	case azkeys.KeyTypeRSA, azkeys.KeyTypeRSAHSM:
		return azkeys.EncryptionAlgorithmRSAOAEP256, nil
	case azkeys.KeyTypeOct, azkeys.KeyTypeOctHSM:
		return azkeys.EncryptionAlgorithmA256KW, nil
	case azkeys.KeyTypeEC, azkeys.KeyTypeECHSM:
	}
	return "", fmt.Errorf("a key of type %s cannot wrap keys; create one of type RSA, RSA-HSM or, in a Managed HSM, oct-HSM", kind)
}

// sealVaulted lays out a ciphertext: the algorithm, the length of the wrapped
// inner key in two bytes, that key, then what it encrypts.
func sealVaulted(algorithm azkeys.EncryptionAlgorithm, inner, ciphertext []byte) ([]byte, error) {
	for b, a := range algorithms {
		if a == algorithm && len(inner) > 0 && len(inner) <= 0xffff {
			sealed := binary.BigEndian.AppendUint16([]byte{b}, uint16(len(inner))) //nolint:gosec // checked above
			return append(append(sealed, inner...), ciphertext...), nil
		}
	}
	return nil, fmt.Errorf("wrap key: the vault wrapped %d bytes with %s", len(inner), algorithm)
}

func openVaulted(sealed []byte) (algorithm azkeys.EncryptionAlgorithm, inner, ciphertext []byte, err error) {
	const head = 3
	if len(sealed) >= head {
		algorithm = algorithms[sealed[0]]
		end := head + int(binary.BigEndian.Uint16(sealed[1:head]))
		if algorithm != "" && len(sealed) > end {
			return algorithm, sealed[head:end], sealed[end:], nil
		}
	}
	return "", nil, nil, errors.New("unwrap key: it is not one that a vault wrapped")
}

func vaultBinding(version string, binding []byte) []byte {
	return bind([]byte("gatehouse vault"), []byte(version), binding)
}
