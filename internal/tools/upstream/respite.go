package upstream

import (
	"time"

	"gatehouse/internal/fault"
)

// respite is how long a token endpoint is left alone after it gave no token, or one
// that the server did not accept: longer each time, until one is accepted. It
// belongs to one credential, because a server whose credential changes is a new
// one. Whoever has its grants locked may use it.
type respite struct {
	failures int
	until    time.Time
	why      error // what the endpoint said; nil: it gave a token
}

const (
	firstRespite   = time.Second
	longestRespite = time.Minute
)

// begin begins one, for at least as long as the endpoint wants it.
func (r *respite) begin(now time.Time, why error) {
	step := min(firstRespite<<min(r.failures, 10), longestRespite)
	r.failures++
	r.until, r.why = now.Add(max(step, fault.RetryAfter(why))), why
}

// lasts reports whether the endpoint is left alone.
func (r *respite) lasts(now time.Time) bool { return now.Before(r.until) }

// refusal is what the endpoint has said and would say again, with when it is asked
// next; nil: it may be asked.
func (r *respite) refusal(now time.Time) error {
	if r.why == nil || !r.lasts(now) {
		return nil
	}
	return fault.Wrap(fault.KindOf(r.why), fault.Public(r.why), r.why).RetryAfter(r.until.Sub(now))
}
