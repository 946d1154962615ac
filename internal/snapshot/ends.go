package snapshot

import (
	"slices"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// ends are the MCP sessions of one organization that their clients have ended. It
// outlives the views: the end of a session changes nothing that a view is built
// from, and must not cost the whole organization a new one. It is safe for
// concurrent use.
type ends struct {
	mu   sync.RWMutex
	each map[tenants.GUID][]ended // by person, the earliest first
}

type ended struct {
	session   tenants.GUID
	at, until int64 // unix nanoseconds
}

func endsOf(list []authz.EndedSession) *ends {
	e := &ends{each: map[tenants.GUID][]ended{}}
	e.add(list...)
	return e
}

// add notes ends, of each person the newest. What is known already is noted once.
func (e *ends) add(list ...authz.EndedSession) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range list {
		own := e.each[s.Person]
		if slices.ContainsFunc(own, func(known ended) bool { return known.session == s.Session }) {
			continue
		}
		own = append(own, ended{s.Session, s.EndedAt.UnixNano(), s.ExpiresAt.UnixNano()})
		slices.SortStableFunc(own, func(a, b ended) int { return int(min(max(a.at-b.at, -1), 1)) })
		if len(own) > authz.KeptEnds {
			own = slices.Delete(own, 0, len(own)-authz.KeptEnds)
		}
		e.each[s.Person] = own
	}
}

// has reports whether a person's session has ended.
func (e *ends) has(person, session tenants.GUID) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return slices.ContainsFunc(e.each[person], func(known ended) bool { return known.session == session })
}

// forget drops what no session can be opened with any more.
func (e *ends) forget(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for person, own := range e.each {
		own = slices.DeleteFunc(own, func(s ended) bool { return s.until < now.UnixNano() })
		if len(own) == 0 {
			delete(e.each, person)
			continue
		}
		e.each[person] = own
	}
}

// SessionEnded reports whether a person has ended an MCP session, as far as is
// known by now: it may turn true while the view stays the same.
func (s *Snapshot) SessionEnded(person, session tenants.GUID) bool {
	return s.ends.has(person, session)
}

// known returns what is known of the ends of an organization's sessions. It is
// asked before the rows are read, so that whatever these do not show yet is heard
// of; the lock is held.
func (l *Leases) known(org tenants.ID) *ends {
	e, ok := l.ends[org]
	if !ok {
		e = endsOf(nil)
		l.ends[org] = e
	}
	return e
}

// ended notes the end of a session of an organization that is in use here, and
// wakes whoever waits for it; the lock is held.
func (l *Leases) ended(org tenants.ID, e authz.EndedSession) {
	if known, inUse := l.ends[org]; inUse {
		known.add(e)
	}
	if w, ok := l.ending[e.Session]; ok {
		close(w.ended)
		delete(l.ending, e.Session)
	}
}

// waiting is those who wait for the end of one session.
type waiting struct {
	ended chan struct{}
	many  int
}

// Ending returns a channel that is closed once the end of an MCP session is heard
// of, and what stops waiting. Ends that were heard of before are not: whoever asks
// looks for those in the view afterwards.
func (l *Leases) Ending(session tenants.GUID) (ended <-chan struct{}, forget func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, ok := l.ending[session]
	if !ok {
		w = &waiting{ended: make(chan struct{})}
		l.ending[session] = w
	}
	w.many++
	return w.ended, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if w.many--; w.many == 0 && l.ending[session] == w {
			delete(l.ending, session)
		}
	}
}

// forgetEnds drops the ends that can no longer matter, and those of organizations
// that are not in use.
func (l *Leases) forgetEnds() {
	l.mu.Lock()
	var inUse []*ends
	for org, e := range l.ends {
		if _, up := l.slugs[org]; !up {
			delete(l.ends, org) // a load that is under way notices and begins again
			continue
		}
		inUse = append(inUse, e)
	}
	l.mu.Unlock()
	for _, e := range inUse {
		e.forget(l.now())
	}
}
