package admin

import (
	"crypto/sha256"
	"sync"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// membersMemory remembers what Microsoft Graph has said of memberships.
type membersMemory struct {
	life time.Duration

	mu      sync.Mutex
	answers map[membersKey]members
}

// maxMembers bounds what is remembered.
const maxMembers = 5_000

// membersKey names a question about memberships: who, and a hash of the groups.
type membersKey struct {
	tid    tenants.TID
	oid    tenants.GUID
	groups [sha256.Size]byte
}

type members struct {
	of []tenants.GUID
	at time.Time
}

func newMembersMemory(life time.Duration) *membersMemory {
	return &membersMemory{life: life, answers: map[membersKey]members{}}
}

func keyOf(p console.Person, groups []tenants.GUID) membersKey {
	hash := sha256.New()
	for _, g := range groups {
		raw := g.Bytes()
		hash.Write(raw[:])
	}
	return membersKey{p.TID, p.OID, [sha256.Size]byte(hash.Sum(nil))}
}

func (r *membersMemory) recall(key membersKey, now time.Time) (members, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.answers[key]
	return known, ok && now.Sub(known.at) < r.life
}

// remember makes room by forgetting what is too old, and if that is not enough
// whatever comes first.
func (r *membersMemory) remember(key membersKey, m members) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.answers) >= maxMembers {
		for k, known := range r.answers {
			if m.at.Sub(known.at) >= r.life {
				delete(r.answers, k)
			}
		}
	}
	for k := range r.answers {
		if len(r.answers) < maxMembers {
			break
		}
		delete(r.answers, k)
	}
	r.answers[key] = m
}
