package mcphost_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// parting is a server that keeps something for sessions and lets go of it when a
// test says so.
type parting struct {
	*server
	now, most atomic.Int64
	told      atomic.Int64
	let       chan struct{}
}

// End counts how many are under way.
func (p *parting) End(ctx context.Context, _ authz.Caller, _ tools.Call) error {
	p.told.Add(1)
	if now := p.now.Add(1); now > p.most.Load() {
		p.most.Store(now)
	}
	defer p.now.Add(-1)
	select {
	case <-p.let:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestSessionsThatEndTogetherCostLittle: a few are ended at a time, each server is
// given its time, and what is too much is left to end by itself.
func TestSessionsThatEndTogetherCostLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := federate(t)
		p := &parting{server: s, let: make(chan struct{})}
		b.snap = b.viewWith(t, everybody(time.Time{}, staff...), p, `{}`)
		for range 150 {
			token := b.token(map[string]any{"oid": tenants.NewGUID().String()})
			hello := b.legacy(t, ask{method: "initialize", token: token, params: `"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"C","version":"1"}`})
			if w := b.end(t, hello.Header().Get("Mcp-Session-Id"), token); w.Code != http.StatusNoContent {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		synctest.Wait()
		if p.told.Load() != 4 || p.most.Load() != 4 {
			t.Errorf("%d at a time, %d told", p.most.Load(), p.told.Load())
		}
		<-time.After(time.Hour) // none lets go
		if p.told.Load() != 128 || p.most.Load() != 4 || p.now.Load() != 0 {
			t.Errorf("%d at a time, %d told, %d under way", p.most.Load(), p.told.Load(), p.now.Load())
		}
		close(p.let)
		if w := b.end(t, b.open(t, `{}`), b.token(nil)); w.Code != http.StatusNoContent {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		synctest.Wait()
		if p.told.Load() != 129 {
			t.Error("there is no room again afterwards")
		}
	})
}

// TestServerThatPanicsAtTheEndOfASessionTakesNobodyWithIt.
func TestServerThatPanicsAtTheEndOfASessionTakesNobodyWithIt(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	p := &panicking{server: s}
	p.done.Add(1)
	b.snap = b.viewWith(t, everybody(time.Time{}, staff...), p, `{}`)
	if w := b.end(t, b.open(t, `{}`), b.token(nil)); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	p.done.Wait()
}

type panicking struct {
	*server
	done sync.WaitGroup
}

func (p *panicking) End(context.Context, authz.Caller, tools.Call) error {
	defer p.done.Done()
	panic(fault.New(fault.Internal, "at the end"))
}
