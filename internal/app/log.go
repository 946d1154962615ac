package app

import (
	"context"
	"errors"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/keys"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// newLogReader builds what organizations' logs are read with.
func newLogReader(a *API, o Options, box *secrets.Box, checkpoints *keys.CheckpointSigner) *search.Reader {
	return search.NewReader(search.Parts{
		Store: a.db, Bodies: a.db, Record: a.log.Event, Now: o.Now, Version: Version, Signer: checkpointKeys{checkpoints, o.Config.BaseURL.Host}.holder,
		Key: keyOf(a.db, box), Waits: func(err error) bool { return errors.Is(err, store.ErrWaiting) },
	})
}

// keyOf returns organizations' keys.
func keyOf(db *store.DB, box *secrets.Box) func(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error) {
	return func(ctx context.Context, org tenants.ID) (*secrets.OrgKey, error) {
		wrapped, err := db.WrappedKey(ctx, org)
		if err != nil {
			return nil, err
		}
		return box.Open(ctx, org, wrapped)
	}
}

// holder returns the signer of a key that signs, or has signed, checkpoints.
func (k checkpointKeys) holder(ctx context.Context, key proof.Key) (proof.Signer, error) {
	current, err := k.Current(ctx, proof.Key{})
	if err != nil || current.String() == key.String() {
		return current, err
	}
	return k.Former(ctx, key)
}
