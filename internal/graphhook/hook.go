package graphhook

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// Path is where Graph tells, below the deployment's origin. {id} is a Hook's.
const Path = "/graph/notifications/{id}"

// prefix is Path without the id.
const prefix = "/graph/notifications/"

// Hook is a subscription of an organization's, of which it has one for each resource.
type Hook struct {
	ID           tenants.GUID // random, ours: stands in the address
	Resource     string       // graph.WatchPeople or graph.WatchGroups
	StateHash    [32]byte     // SHA-256 of the secret that Graph sends along
	Subscription tenants.GUID // Graph's id; zero: Graph has not confirmed it
	RenewAt      time.Time    // zero: as soon as possible
}

// newHook is one for a resource, with the secret that only Graph is to know.
func newHook(resource string) (Hook, string) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	state := base64.RawURLEncoding.EncodeToString(random[:])
	return Hook{ID: tenants.NewGUID(), Resource: resource, StateHash: sha256.Sum256([]byte(state))}, state
}

// knows reports whether whoever shows the state is who was told it. It takes as long
// whatever is shown.
func (h Hook) knows(state string) bool {
	sum := sha256.Sum256([]byte(state))
	return subtle.ConstantTimeCompare(sum[:], h.StateHash[:]) == 1
}

// Store keeps hooks, and what is due.
type Store interface {
	// HookByID returns whose a hook is. One that is not there is NotFound, no sooner
	// than another is returned.
	HookByID(ctx context.Context, id tenants.GUID) (tenants.ID, Hook, error)
	// AskRenewal makes a hook's renewal due.
	AskRenewal(ctx context.Context, by authz.Caller, id tenants.GUID) error
	// HurryChore makes a chore due at an instant, unless it is due before.
	HurryChore(ctx context.Context, by authz.Caller, chore string, at time.Time) error
	// HurryUnasked has everybody asked about at an instant who has not been since another.
	HurryUnasked(ctx context.Context, by authz.Caller, since, at time.Time) error
}

// Book is where the worker writes down an organization's hooks.
type Book interface {
	Hooks(ctx context.Context, org tenants.ID) ([]Hook, error)
	// PutHook adds a hook, in place of the one for its resource.
	PutHook(ctx context.Context, by authz.Caller, h Hook) error
	// KeepHook notes under which id Graph has a hook, and when to renew it. One that is
	// not there any more is left so.
	KeepHook(ctx context.Context, by authz.Caller, h Hook) error
	DropHooks(ctx context.Context, by authz.Caller) error
}
