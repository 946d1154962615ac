//go:build soak

package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// What a replica has while people are cut off.
const (
	tokensRemembered = 10_000
	streamsOpen      = 200
)

// TestSoakRevocationsAreInEffectWithinASecond cuts off sign-ins through the
// management API of one replica while they are used at another, which remembers
// their tokens and holds their streams open: with notifications, and with polling
// alone.
func TestSoakRevocationsAreInEffectWithinASecond(t *testing.T) {
	w := newWorld(t)
	wire := startProxy(t)
	wire.set(deaf)
	began := time.Now()
	here := startReplica(t, w.environment(w.managed()...))
	tokens := w.tokens(t, tokensRemembered+streamsOpen)
	var rows [][2]string
	for n, way := range []struct {
		name string
		at   func() *replica
	}{
		{"with notifications", func() *replica { return startReplica(t, w.environment()) }},
		{"with notifications cut", func() *replica {
			return startReplica(t, w.environment("GATEHOUSE_DATABASE_URL="+wire.through(t, w.api)))
		}},
	} {
		fresh := tokens[n*streamsOpen:][:tokensRemembered]
		c := w.gathered(t, here, way.at(), fresh, streamsOpen)
		stop := c.bystanders(t, fresh[streamsOpen:])
		refused, ended := c.sessions(t, replicaLimit)
		calls := stop()
		if c.open() != 0 {
			t.Errorf("%s: %d streams go on", way.name, c.open())
		}
		for _, part := range []struct {
			what string
			took []time.Duration
		}{{"to the refusal of the token", refused}, {"to the end of its stream", ended}} {
			for _, share := range []int{50, 99, 100} {
				took := percentile(part.took, share)
				if t.Logf("%s, %s, p%d: %s", way.name, part.what, share, took); took > changeLimit && share < 100 {
					t.Errorf("that is more than %s", changeLimit)
				}
				rows = append(rows, [2]string{fmt.Sprintf("%s, %s, p%d", way.name, part.what, share), took.Round(100 * time.Microsecond).String()})
			}
		}
		rows = append(rows, [2]string{way.name + ", calls of others meanwhile, none of them refused", fmt.Sprint(calls)})
	}
	if t.Failed() {
		return
	}
	section{
		title: "A revocation on another replica",
		about: fmt.Sprintf("One replica remembers %d tokens and holds %d streams open, half of them of the initialize revisions. One sign-in after the other is cut off through the "+
			"management API of another replica while it is used without pause, and while two other clients call with all other tokens in turn. Measured is the time from the API's "+
			"answer to the end of the first call that is refused with 401 and a challenge, the call itself included, and to the end of the sign-in's stream.", tokensRemembered, streamsOpen),
		rows: append(append(circumstances(t, time.Since(began)), [2]string{"revocations, each way", fmt.Sprint(streamsOpen)}), rows...),
	}.write(t)
}

// bystanders calls with others' tokens until the function that it returns is called,
// which returns how often. All of the calls have to succeed.
func (c *cutting) bystanders(t *testing.T, tokens []string) (stop func() int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int64
	var all sync.WaitGroup
	for first := range 2 {
		all.Go(func() {
			for n := first; ctx.Err() == nil; n += 2 {
				if r := c.there.with(tokens[n%len(tokens)]).call(whoami); r.status != http.StatusOK {
					t.Errorf("somebody who is not cut off: %s", r)
					return
				}
				calls.Add(1)
			}
		})
	}
	return func() int64 {
		cancel()
		all.Wait()
		return calls.Load()
	}
}
