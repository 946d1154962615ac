package store

import (
	"strings"
	"sync"

	"gatehouse/internal/tenants"
)

// bells wake whoever in this process waits for something that a row says. What
// rings them is a hint: whoever is woken looks for themselves.
type bells struct {
	mu   sync.Mutex
	hung map[place]map[chan struct{}]bool
}

// place is a row that somebody waits for.
type place struct {
	org tenants.ID
	id  tenants.GUID
}

func newBells() *bells { return &bells{hung: map[place]map[chan struct{}]bool{}} }

// hang returns a channel that receives after a ring, and what takes it down.
// Rings that nobody has heeded yet are one.
func (b *bells) hang(at place) (rings chan struct{}, down func()) {
	rings = make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hung[at] == nil {
		b.hung[at] = map[chan struct{}]bool{}
	}
	b.hung[at][rings] = true
	return rings, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if delete(b.hung[at], rings); len(b.hung[at]) == 0 {
			delete(b.hung, at)
		}
	}
}

// ring wakes everybody at a row.
func (b *bells) ring(at place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for rings := range b.hung[at] {
		wake(rings)
	}
}

// heard rings for what a notification says. What says nothing rings for nobody.
func (b *bells) heard(payload string) {
	org, id, _ := strings.Cut(payload, " ")
	var at place
	var err error
	if at.org, err = tenants.ParseID(org); err != nil {
		return
	}
	if at.id, err = tenants.ParseGUID(id); err == nil {
		b.ring(at)
	}
}

// ringAll wakes everybody, because what was said meanwhile has been missed.
func (b *bells) ringAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, all := range b.hung {
		for rings := range all {
			wake(rings)
		}
	}
}

// waiting returns the rows that somebody waits for, by organization.
func (b *bells) waiting() map[tenants.ID][]tenants.GUID {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := make(map[tenants.ID][]tenants.GUID)
	for at := range b.hung {
		rows[at.org] = append(rows[at.org], at.id)
	}
	return rows
}

func wake(rings chan struct{}) {
	select {
	case rings <- struct{}{}:
	default:
	}
}
