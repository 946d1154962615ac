package emulator

import (
	"errors"
	"maps"
	"sync"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
)

// misstatements are what tokens of a tenant say that is not so.
type misstatements struct {
	mu sync.Mutex
	of map[string]map[string]string // claims by tenant
}

func (m *misstatements) set(tid string, claims map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[string]map[string]string{}
	}
	m.of[tid] = maps.Clone(claims)
}

func (m *misstatements) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of = nil
}

// apply puts them into the claims of a token that an app gets for itself. One for
// Microsoft Graph stays as it is: the emulator's own would refuse it.
func (m *misstatements) apply(claims map[string]any, i issue) {
	if i.who != nil || i.ask.resource.ID == seed.MicrosoftGraph {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, value := range m.of[i.tenant.ID] {
		claims[name] = value
	}
}

// Misstate makes the tokens that apps of a tenant, named by id or domain, get for
// themselves say something that is not so: a wrong "iss" or "tid", say. Tokens for
// Microsoft Graph stay right. No claims end it.
func (e *Emulator) Misstate(tid string, claims map[string]string) error {
	t, ok := e.world().Find(tid)
	if !ok {
		return directory.Missing("tid", tid, "give the id or a domain of a seeded tenant")
	}
	for name, value := range claims {
		if name == "" || value == "" {
			return errors.New("claims has a name or a value that is empty: leave it out, or send no claims at all to have none misstated")
		}
	}
	e.misstated.set(t.ID, claims)
	return nil
}

// SetUserConsent says whether the people of a tenant may consent to apps for
// themselves: "allowed" or "disabled", as in a seed's settings.
func (e *Emulator) SetUserConsent(tid, policy string) error {
	if !among(policy, "allowed", "disabled") {
		return errors.New(`userConsent is "allowed" or "disabled": send one of them`)
	}
	return e.directory.Change(tid, func(t *directory.Tenant) error {
		t.Settings.UserConsent = policy
		return nil
	})
}
