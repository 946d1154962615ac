package directory

import (
	"maps"
	"sync"
	"sync/atomic"

	"gatehouse/internal/emulator/seed"
)

// Directory publishes one World after the other. It is safe for concurrent use.
type Directory struct {
	seed     []seed.Tenant
	graphURL string

	changing sync.Mutex // serialises writers
	world    atomic.Pointer[World]
	resets   uint64
	watcher  func(*Tenant, []Event)
}

// New makes a Directory of a checked seed, which it must not share with anybody
// who writes to it.
func New(tenants []seed.Tenant, graphURL string) *Directory {
	d := &Directory{seed: tenants, graphURL: graphURL}
	d.Reset()
	return d
}

// World is the present picture.
func (d *Directory) World() *World { return d.world.Load() }

// Reset puts everything back to the seed.
func (d *Directory) Reset() {
	d.changing.Lock()
	defer d.changing.Unlock()
	w := newWorld(d.seed, d.graphURL)
	d.resets++
	for _, t := range w.tenants {
		t.history.generation = d.resets
	}
	d.world.Store(w)
}

// Watch has every change of people and groups told to watcher, in order and
// before the next change is made. It must return at once and not change the
// directory. Reset is not told. There is one watcher.
func (d *Directory) Watch(watcher func(*Tenant, []Event)) {
	d.changing.Lock()
	defer d.changing.Unlock()
	d.watcher = watcher
}

// tell tells the watcher what a change came to.
func (d *Directory) tell(before, after *Tenant) {
	events, _ := after.Since(before.Version())
	if d.watcher != nil && len(events) > 0 {
		d.watcher(after, events)
	}
}

// Change replaces one tenant, named by id or domain, by an altered copy. alter
// may write to the copy's maps but not to what they point to: it puts new
// values in. An error from alter leaves everything as it was.
func (d *Directory) Change(tid string, alter func(*Tenant) error) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	now := d.world.Load()
	t, err := now.Tenant(tid)
	if err != nil {
		return err
	}
	next := t.clone()
	if err := alter(next); err != nil {
		return err
	}
	w := *now
	w.tenants = maps.Clone(now.tenants)
	w.tenants[next.ID] = next
	d.world.Store(&w)
	d.tell(t, next)
	return nil
}
