package limit

import (
	"crypto/sha256"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Visitors keeps a bucket for each of those who are told apart by a text only,
// such as an address or a session. It is safe for concurrent use, and bounded: of
// a flood of names those that have used least are forgotten first.
type Visitors struct {
	*table
	began time.Time
}

// NewVisitors returns buckets for at most so many names of a sort at a time, or
// an error that names what is unusable.
func NewVisitors(sort string, r Rate, most int) (*Visitors, error) {
	if err := r.check("PerVisitor"); err != nil {
		return nil, err
	}
	if err := positive("MaxVisitors", most); err != nil {
		return nil, err
	}
	return &Visitors{newTable(sort, r, most), time.Now()}, nil
}

// Admit admits one request or refuses it with Limited and the time to wait. It
// keeps a hash of the name only.
func (v *Visitors) Admit(name string) error {
	sum := sha256.Sum256([]byte(name))
	id, err := tenants.GUIDFromBytes(sum[:16])
	if err != nil {
		return err
	}
	if wait := v.take(key{id: id}, v.now()); wait > 0 {
		return fault.New(fault.Limited, "too many requests; slow down and try again").RetryAfter(max(wait, time.Second))
	}
	return nil
}

func (v *Visitors) now() int64 { return int64(time.Since(v.began)) }
