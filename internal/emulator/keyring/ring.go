package keyring

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Shared names the key set all tenants share, as far as they have none of
// their own. What separates those tenants is the issuer, not the key, as in
// Entra.
const Shared = ""

// inSet is how many keys a new set has. The older one is published and signs
// nothing, as if a roll-over had just taken place.
const inSet = 2

// Ring holds the key sets of all tenants. It is safe for concurrent use.
type Ring struct {
	mint    mint
	initial func() ([]*Key, error)
	foreign func() ([]*Key, error) // a key of the consumers tenant

	changing sync.Mutex // serialises changes, which take as long as a key
	mu       sync.Mutex
	sets     map[string]set  // by tenant id; the shared one is missing until it changes
	admitted map[string]bool // tenants that publish the foreign key
	restarts int
}

// New makes a Ring whose first keys are born then. They are made in the
// background and the first use waits for them.
func New(source *Source, born time.Time) *Ring {
	r := &Ring{mint: mint{source.Lane("keys"), born}, sets: map[string]set{}, admitted: map[string]bool{}}
	r.initial = sync.OnceValues(func() ([]*Key, error) { return r.mint.make(Shared, 0, inSet) })
	r.foreign = sync.OnceValues(func() ([]*Key, error) { return r.mint.make("foreign", 0, 1) })
	go r.initial() //nolint:errcheck // whoever asks for the keys gets the error
	return r
}

// of is the set a tenant's tokens are signed with.
func (r *Ring) of(tid string) (set, error) {
	r.mu.Lock()
	own, ok := r.sets[tid]
	if !ok {
		own, ok = r.sets[Shared]
	}
	r.mu.Unlock()
	if ok {
		return own, nil
	}
	keys, err := r.initial()
	return set{keys: keys, signing: inSet - 1, made: inSet}, err
}

// Published are the keys a tenant's tokens may be signed with, oldest first.
func (r *Ring) Published(tid string) ([]*Key, error) {
	s, err := r.of(tid)
	return s.keys, err
}

// Current is the key a tenant's tokens are signed with.
func (r *Ring) Current(tid string) (*Key, error) {
	s, err := r.of(tid)
	if err != nil {
		return nil, err
	}
	return s.signer(), nil
}

// Separated are the ids of the tenants with keys of their own, sorted.
func (r *Ring) Separated() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.sets)), func(tid string) bool { return tid == Shared })
}

// change replaces the set that a tenant signs with. A tenant without keys of
// its own changes the shared set.
func (r *Ring) change(tid string, alter func(set) (set, error)) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	r.mu.Lock()
	if _, own := r.sets[tid]; !own {
		tid = Shared
	}
	epoch := r.restarts
	r.mu.Unlock()
	now, err := r.of(tid)
	if err != nil {
		return err
	}
	next, err := alter(now)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch == r.restarts { // a reset has overtaken this change
		r.sets[tid] = next
	}
	return nil
}

// Add publishes a new key beside the others. The one before goes on signing, so
// that everybody can learn the new one before they meet it.
func (r *Ring) Add(tid string) error {
	return r.change(tid, func(s set) (set, error) {
		fresh, err := r.mint.make(r.series(tid), s.made, 1)
		if err != nil {
			return s, err
		}
		return s.added(fresh[0]), nil
	})
}

// SignWithNewest signs with the newest key. Without a new one it is ErrNothingNew.
func (r *Ring) SignWithNewest(tid string) error { return r.change(tid, set.turned) }

// Drop no longer publishes the oldest key. The key that signs stays:
// ErrNothingOld.
func (r *Ring) Drop(tid string) error { return r.change(tid, set.dropped) }

// Roll does all three at once: it signs with a key that nobody has seen.
func (r *Ring) Roll(tid string) error {
	return r.change(tid, func(s set) (set, error) {
		fresh, err := r.mint.make(r.series(tid), s.made, 1)
		if err != nil {
			return s, err
		}
		next, err := s.added(fresh[0]).turned()
		for err == nil && len(next.keys) > inSet {
			next, err = next.dropped()
		}
		return next, err
	})
}

// series names the keys of the set a tenant signs with.
func (r *Ring) series(tid string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, own := r.sets[tid]; own {
		return tid
	}
	return Shared
}

// Separate gives a tenant keys of its own, which nobody else signs with; the shared
// ones are no longer good for its tokens. If it has some, it gets others.
func (r *Ring) Separate(tid string) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	return r.renew(tid)
}

// Replace makes all keys of all sets new, as after a leak: a token signed before
// verifies nowhere.
func (r *Ring) Replace() error {
	r.changing.Lock()
	defer r.changing.Unlock()
	for _, tid := range append(r.Separated(), Shared) {
		if err := r.renew(tid); err != nil {
			return err
		}
	}
	return nil
}

// renew gives a series of keys a set that has none of the ones before.
func (r *Ring) renew(tid string) error {
	r.mu.Lock()
	now, ok := r.sets[tid]
	epoch := r.restarts
	r.mu.Unlock()
	if !ok && tid == Shared {
		now.made = inSet // the initial ones
	}
	keys, err := r.mint.make(tid, now.made, inSet)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if epoch == r.restarts { // a reset has overtaken this change
		r.sets[tid] = set{keys: keys, signing: inSet - 1, made: now.made + inSet}
	}
	return nil
}

// PublishForeign publishes the foreign key in a tenant's key set.
func (r *Ring) PublishForeign(tid string) (*Key, error) {
	keys, err := r.foreign()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.admitted[tid] = true
	return keys[0], nil
}

// Foreign is the foreign key if the tenant publishes it.
func (r *Ring) Foreign(tid string) (*Key, bool) {
	r.mu.Lock()
	in := r.admitted[tid]
	r.mu.Unlock()
	if !in {
		return nil, false
	}
	keys, err := r.foreign()
	return keys[0], err == nil
}

// Reset goes back to the first keys.
func (r *Ring) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.sets)
	clear(r.admitted)
	r.restarts++
}
