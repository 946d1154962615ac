package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"gatehouse/internal/secrets/vaultkey"
)

// KEKSource is the key-encryption key, from one of two sources, and those before
// it.
type KEKSource struct {
	KEK           Key          `env:"GATEHOUSE_KEK" unless:"GATEHOUSE_KEK_VAULT_KEY"`
	AllowLocalKEK bool         `env:"GATEHOUSE_ALLOW_LOCAL_KEK" default:"false"`
	KEKVaultKey   vaultkey.Key `env:"GATEHOUSE_KEK_VAULT_KEY"`
	KEKPrevious   PreviousKEKs `env:"GATEHOUSE_KEK_PREVIOUS"`

	// KEKVaultCredential is ManagedIdentity or WorkloadIdentity;
	// KEKVaultIdentity the client id of a user-assigned identity, or empty.
	KEKVaultCredential AppCredential `env:"GATEHOUSE_KEK_VAULT_CREDENTIAL" default:"managed_identity"`
	KEKVaultIdentity   string        `env:"GATEHOUSE_KEK_VAULT_IDENTITY"`
}

// problems returns what is wrong with the sources together.
func (c KEKSource) problems(cloud Cloud) Errors {
	var p Errors
	if !c.KEK.IsZero() && !c.KEKVaultKey.IsZero() {
		p.add("GATEHOUSE_KEK and GATEHOUSE_KEK_VAULT_KEY are both set; keep the current one, and move the other to GATEHOUSE_KEK_PREVIOUS if it has wrapped keys")
	}
	p.guid("GATEHOUSE_KEK_VAULT_IDENTITY", c.KEKVaultIdentity)
	if c.KEKVaultCredential != ManagedIdentity && c.KEKVaultCredential != WorkloadIdentity {
		p.add("GATEHOUSE_KEK_VAULT_CREDENTIAL is %q; a vault is reached with managed_identity or workload_identity, which no secret can replace", c.KEKVaultCredential)
	}
	for name, keys := range map[string][]vaultkey.Key{"GATEHOUSE_KEK_VAULT_KEY": {c.KEKVaultKey}, "GATEHOUSE_KEK_PREVIOUS": c.KEKPrevious.Vault()} {
		for _, k := range keys {
			if !k.IsZero() && Cloud(k.Cloud()) != cloud {
				p.add("%s names a vault of the cloud %s, and GATEHOUSE_CLOUD is %s; the platform reaches vaults of its own cloud only", name, k.Cloud(), cloud)
			}
		}
	}
	return p
}

// PreviousKEKs are key-encryption keys that still unwrap what they wrapped. No
// log, error or JSON document shows them.
type PreviousKEKs struct {
	local []Key
	vault []vaultkey.Key
}

// Local returns those that were GATEHOUSE_KEK.
func (p PreviousKEKs) Local() []Key { return p.local }

// Vault returns those that were GATEHOUSE_KEK_VAULT_KEY.
func (p PreviousKEKs) Vault() []vaultkey.Key { return p.vault }

// Format hides the keys from every verb.
func (PreviousKEKs) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the keys.
func (PreviousKEKs) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the keys, in JSON too.
func (PreviousKEKs) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// parsePrevious reads keys and URLs of keys, separated by commas or, as is handy
// in a file, line breaks. It never repeats what it was given.
func parsePrevious(s string) (PreviousKEKs, error) {
	var p PreviousKEKs
	for i, item := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		var err error
		if strings.HasPrefix(item, "https:") {
			var k vaultkey.Key
			k, err = vaultkey.Parse(item)
			p.vault = append(p.vault, k)
		} else {
			var k Key
			k, err = parseKey(item)
			p.local = append(p.local, k)
		}
		if err != nil {
			return PreviousKEKs{}, fmt.Errorf("holds an item, number %d, that %w", i+1, err)
		}
	}
	if len(p.local)+len(p.vault) == 0 {
		return PreviousKEKs{}, errors.New("holds no key; unset it")
	}
	return p, nil
}
