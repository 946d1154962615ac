package app

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/secrets"
	"gatehouse/internal/secrets/vaultkey"
	"gatehouse/internal/tenants"
)

// vaults is how this process reaches key vaults: one network for all of them,
// and one identity.
type vaults struct {
	config   config.Process
	outbound *egress.Client
	tracer   trace.Tracer
}

// options are those of one vault key.
func (v vaults) options(key vaultkey.Key) (secrets.VaultOptions, error) {
	doer := v.outbound
	kind := tenants.WorkloadIdentity
	if v.config.KEKVaultCredential == config.ManagedIdentity {
		var err error
		kind = tenants.ManagedIdentity
		if doer, err = newIdentityEgress(v.tracer); err != nil {
			return secrets.VaultOptions{}, err
		}
	}
	credential, err := secrets.NewVaultCredential(secrets.VaultIdentity{
		Kind: kind, ClientID: v.config.KEKVaultIdentity, Cloud: tenants.Cloud(v.config.Cloud), Doer: doer,
	})
	return secrets.VaultOptions{Key: key, Doer: v.outbound, Credential: credential}, err
}

// newIdentityEgress reaches the host's managed identity endpoint and nothing
// else.
func newIdentityEgress(tracer trace.Tracer) (*egress.Client, error) {
	return egress.New(egress.Options{Loopback: egress.OnlyMachine, Timeout: 5 * time.Second, MaxResponseBytes: 64 << 10, Tracer: tracer})
}

// newKEK builds the configured key-encryption key with those before it. It asks
// the vault, if there is one, which key is current.
func (v vaults) newKEK(ctx context.Context) (secrets.KEK, error) {
	previous, err := v.previous()
	if err != nil {
		return nil, about("GATEHOUSE_KEK_PREVIOUS", err)
	}
	if v.config.KEKVaultKey.IsZero() {
		kek, err := secrets.NewLocalKEK(v.config.KEK.Reveal())
		if err != nil {
			return nil, about("GATEHOUSE_KEK", err)
		}
		return secrets.WithPrevious(kek, previous...), nil
	}
	options, err := v.options(v.config.KEKVaultKey)
	if err != nil {
		return nil, about("GATEHOUSE_KEK_VAULT_KEY", err)
	}
	kek, err := secrets.OpenVaultKEK(ctx, options)
	if err != nil {
		return nil, about("GATEHOUSE_KEK_VAULT_KEY", err)
	}
	return secrets.WithPrevious(kek, previous...), nil
}

func (v vaults) previous() ([]secrets.Previous, error) {
	var all []secrets.Previous
	for _, key := range v.config.KEKPrevious.Local() {
		kek, err := secrets.NewLocalKEK(key.Reveal())
		if err != nil {
			return nil, err
		}
		all = append(all, kek)
	}
	for _, key := range v.config.KEKPrevious.Vault() {
		options, err := v.options(key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		vault, err := secrets.NewVault(options)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		all = append(all, vault)
	}
	return all, nil
}
