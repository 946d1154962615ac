package limit

import (
	"crypto/sha256"
	"hash/maphash"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Visitors keeps a bucket for each of those who are told apart by a text only,
// such as an address or a session. It is safe for concurrent use, and bounded: of
// a flood of names those that have used least are forgotten first.
type Visitors struct {
	visitors [shards]callers
	seed     maphash.Seed
}

// NewVisitors returns buckets for at most so many names at a time, or an error
// that names what is unusable.
func NewVisitors(r Rate, most int) (*Visitors, error) {
	if err := r.check("PerVisitor"); err != nil {
		return nil, err
	}
	if err := positive("MaxVisitors", most); err != nil {
		return nil, err
	}
	v := &Visitors{seed: maphash.MakeSeed()}
	for i := range shards {
		v.visitors[i] = newCallers(r, share(most))
	}
	return v, nil
}

// Admit admits one request or refuses it with Limited and the time to wait. It
// keeps a hash of the name only.
func (v *Visitors) Admit(name string) error {
	sum := sha256.Sum256([]byte(name))
	id, err := tenants.GUIDFromBytes(sum[:16])
	if err != nil {
		return err
	}
	k := key{caller: id}
	if wait := v.visitors[maphash.Comparable(v.seed, k)%shards].take(k, time.Now()); wait > 0 {
		return fault.New(fault.Limited, "too many requests; slow down and try again").RetryAfter(max(wait, time.Second))
	}
	return nil
}
