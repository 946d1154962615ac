package chaos_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// neighbourWithin is how long a call of an organization may take while another
// one floods: a hundred times what it takes alone.
const neighbourWithin = 5 * time.Second

// flood lets clients send as fast as they can, and counts the statuses.
type flood struct {
	ok, limited, odd atomic.Int64
	unhinted         atomic.Int64 // 429 that does not say when to come back
	lastOdd          atomic.Value
}

func (f *flood) note(r reply) {
	switch {
	case worked(r):
		f.ok.Add(1)
	case r.status == http.StatusTooManyRequests:
		f.limited.Add(1)
		if n, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || n < 1 {
			f.unhinted.Add(1)
		}
	default:
		f.odd.Add(1)
		f.lastOdd.Store(r.String())
	}
}

func TestFloodOfOneOrganizationSparesTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := startReplica(t, w.environment("GATEHOUSE_ORGANIZATION_RATE=20", "GATEHOUSE_CALLER_RATE=1000"))
	f := &flood{}
	token := w.token(t, contoso(), "alice", demo.VisualStudioCode)
	var stopping atomic.Bool
	ended := make(chan struct{}, 8)
	for range cap(ended) {
		c := r.client(contoso(), token)
		go func() {
			for !stopping.Load() {
				f.note(c.call(whoami))
			}
			ended <- struct{}{}
		}()
	}
	eventually(t, replicaLimit, "the flood meets its limit", func() bool { return f.limited.Load() > 100 })
	neighbour := r.client(fabrikam(), w.token(t, fabrikam(), "alice", demo.VisualStudioCode))
	for i := range 30 { // within the neighbour's own burst of 40
		if got := neighbour.call(whoami); !worked(got) || got.ended.Sub(got.began) > neighbourWithin {
			t.Errorf("call %d of the neighbour: %s", i, got)
		}
	}
	stopping.Store(true)
	for range cap(ended) {
		<-ended
	}
	if f.ok.Load() == 0 || f.odd.Load() > 0 || f.unhinted.Load() > 0 {
		t.Errorf("the flood saw %d results, %d limits (%d without a hint) and %d others, such as %v",
			f.ok.Load(), f.limited.Load(), f.unhinted.Load(), f.odd.Load(), f.lastOdd.Load())
	}
}

// hostile are names of tools that no log likes: NUL, lone surrogates, bytes that
// are no UTF-8, overlong ones, a megabyte.
var hostile = map[string]string{
	"NUL":            `a\u0000b`,
	"lone surrogate": `\ud800`,
	"invalid UTF-8":  "\xff\xfe",
	"overlong NUL":   "\xc0\x80",
	"control":        `\u0001\u001b[2J\u2028`,
	"quotes":         `\"}],\\`,
	"a megabyte":     strings.Repeat("x", 1<<20),
}

func TestHostileBytesOfOneOrganizationSpareTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := startReplica(t, w.environment())
	token := w.token(t, contoso(), "alice", demo.VisualStudioCode)
	var stopping atomic.Bool
	ended := make(chan struct{}, len(hostile))
	var sent atomic.Int64
	for name, tool := range hostile {
		c := r.client(contoso(), token)
		go func() {
			for !stopping.Load() {
				if got := c.hostile(t, tool); got.status == 0 || got.status >= http.StatusInternalServerError {
					t.Errorf("%s: %s", name, got)
				}
				sent.Add(1)
			}
			ended <- struct{}{}
		}()
	}
	eventually(t, replicaLimit, "hostile calls", func() bool { return sent.Load() > 100 })
	neighbour := r.client(fabrikam(), w.token(t, fabrikam(), "alice", demo.VisualStudioCode))
	var receipts []receipt
	for i := range 50 {
		got := neighbour.call(whoami)
		if !worked(got) || got.ended.Sub(got.began) > neighbourWithin {
			t.Errorf("call %d of the neighbour: %s", i, got)
		}
		record, _ := got.result()
		receipts = append(receipts, receipt{whoami, record})
	}
	if got := r.client(contoso(), token).call(whoami); !worked(got) {
		t.Errorf("the sender's own good call: %s", got)
	}
	stopping.Store(true)
	for range cap(ended) {
		<-ended
	}
	readLedger(t, w, fabrikam()).check(t, receipts, nil)
	l := readLedger(t, w, contoso())
	l.check(t, nil, w.witness.seen())
	if len(l.outcomes) < 100 {
		t.Errorf("only %d attempts are on record", len(l.outcomes))
	}
}

// hostile calls a tool of that name in a revision without a header for it.
func (c *client) hostile(t *testing.T, tool string) reply {
	t.Helper()
	return c.legacy(t, http.MethodPost, "", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+tool+`","arguments":{"text":"`+tool+`"}}}`)
}
