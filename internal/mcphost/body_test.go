package mcphost_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/limit"
	"gatehouse/internal/mcphost"
)

// limited gives the bench a limit per caller.
func (b *bench) limited(perCaller limit.Rate) {
	often := limit.Rate{PerSecond: 1e6, Burst: 1e6}
	limits := must(limit.New(limit.Config{
		PerOrganization: often, PerCaller: perCaller, PerClient: often, PerTool: often, MaxConcurrentPerOrganization: 10, MaxConcurrentPerCaller: 10, MaxOrganizations: 10, MaxCallers: 10,
	}))
	b.rebuild(func(o *mcphost.Options) { o.Limits = limits })
}

// costly are arguments of a call that take long to decode.
func costly(bytes int) string {
	var names strings.Builder
	for i := 0; names.Len() < bytes; i++ {
		_, _ = fmt.Fprintf(&names, `"%x":0,`, i)
	}
	return `"name":"absent","arguments":{` + names.String() + `"z":0}`
}

// TestNothingIsDecodedForWhoIsOverTheirLimit compares the quickest of several, so
// that a busy machine makes no difference.
func TestNothingIsDecodedForWhoIsOverTheirLimit(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	a := ask{method: "tools/call", params: costly(900 << 10), token: b.token(nil)}
	quickest := func(status int) time.Duration {
		least := time.Hour
		for range 8 {
			at := time.Now()
			if r := b.legacy(t, a); r.Code != status {
				t.Fatalf("%d %.200s", r.Code, r.Body)
			}
			least = min(least, time.Since(at))
		}
		return least
	}
	served := quickest(http.StatusOK)
	b.limited(limit.Rate{PerSecond: 1e-6, Burst: 1})
	b.legacy(t, ask{method: "ping", token: a.token}).result(t)
	if refused := quickest(http.StatusTooManyRequests); refused > served/3 {
		t.Errorf("a refusal takes %s, an answer %s", refused, served)
	}
}

func TestLargeBodiesCountAsSeveralRequests(t *testing.T) {
	t.Parallel()
	b, _ := federate(t)
	b.limited(limit.Rate{PerSecond: 1e-6, Burst: 10})
	small, large := ask{method: "ping"}, ask{method: "ping", params: `"x":"` + strings.Repeat("x", 8*64<<10) + `"`}
	b.legacy(t, small).result(t)
	b.legacy(t, large).result(t)
	if r := b.legacy(t, small); r.Code != http.StatusTooManyRequests {
		t.Errorf("%d %s", r.Code, r.Body)
	}
}
