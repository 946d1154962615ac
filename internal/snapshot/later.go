package snapshot

import "gatehouse/internal/tenants"

// Later returns a channel that is closed once an organization is known to have
// reached a version after the given one: at once if it has already. Whoever then
// asks Get for the view shares one load with everybody else who does. All who
// wait for one organization share one channel, so that a waiter costs nothing
// here.
func (l *Leases) Later(org tenants.ID, than int64) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latest[org] > than {
		return passed
	}
	c, ok := l.later[org]
	if !ok {
		c = make(chan struct{})
		l.later[org] = c
	}
	return c
}

// passed is the channel of what has happened.
var passed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// reached notes an organization's version and wakes whoever waits for one. The
// caller holds the lock and has taken an earlier view down: whoever is woken
// looks for a view without it.
func (l *Leases) reached(org tenants.ID, version int64) {
	if version <= l.latest[org] {
		return
	}
	l.latest[org] = version
	if c, ok := l.later[org]; ok {
		close(c)
		delete(l.later, org)
	}
}
