package admin

import (
	"sync"
	"time"

	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// examination is what was found out about one connection.
type examination struct {
	connection tenants.Connection
	verified   error
	verifiedAt time.Time // zero: never
	report     *onboarding.Report
}

// examinations remembers what was found out last, in this process only. What was
// found of another connection than the present one is forgotten.
type examinations struct {
	mu  sync.Mutex
	all map[tenants.ID]examination
}

// maxExaminations bounds the memory: a report is some ten kilobytes.
const maxExaminations = 2000

func newExaminations() *examinations { return &examinations{all: map[tenants.ID]examination{}} }

func (m *examinations) of(o tenants.Organization) examination {
	e := m.all[o.ID]
	if !sameExamined(e.connection, o.Connection) {
		return examination{connection: o.Connection}
	}
	return e
}

// sameExamined reports whether what was found of one connection is true of the
// other.
func sameExamined(a, b tenants.Connection) bool {
	return tenants.SameProof(a, b) && a.Resource == b.Resource && a.Scope == b.Scope && a.AppRole == b.AppRole &&
		a.Versions == b.Versions && a.Apps == b.Apps && a.GroupsClaim == b.GroupsClaim && a.GroupSource == b.GroupSource && a.AsksAsApp() == b.AsksAsApp()
}

func (m *examinations) remember(o tenants.Organization, change func(*examination)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.of(o)
	change(&e)
	if _, known := m.all[o.ID]; !known && len(m.all) >= maxExaminations {
		for other := range m.all {
			delete(m.all, other)
			break
		}
	}
	m.all[o.ID] = e
}

// forget lets everything be found out anew.
func (m *examinations) forget(org tenants.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, org)
}

// last returns what was found out when the connection was last proved; a zero
// time in it means never.
func (m *examinations) last(o tenants.Organization) examination {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(o)
}

func (m *examinations) report(o tenants.Organization) *onboarding.Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(o).report
}
