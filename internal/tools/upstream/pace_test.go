package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/wire"
)

func TestAWatchIsReadAsFastAsItsPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := upstream.NewPace()
		began := time.Now()
		for range 1_000 {
			if err := p.Message(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("a burst took %s", took)
		}
		for range 600 {
			_ = p.Message(t.Context())
		}
		if took := time.Since(began); took < 59*time.Second || took > 61*time.Second {
			t.Errorf("600 more messages took %s, want a minute", took)
		}
		began = time.Now()
		stream := p.Read(t.Context(), bytes.NewReader(make([]byte, 3<<20)))
		if n, err := io.Copy(io.Discard, stream); n != 3<<20 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		if took := time.Since(began); took < 63*time.Second || took > 65*time.Second {
			t.Errorf("1 MB behind a burst of 2 MB took %s, want 64 s", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Message(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestAWatchThatFloodsIsReadNoFaster: the pace holds for both eras, and for what
// is no message of the subscription too.
func TestAWatchThatFloodsIsReadNoFaster(t *testing.T) {
	t.Parallel()
	change := `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":ID}}}`
	for name, row := range map[string]struct {
		modern bool
		says   string
	}{
		"modern": {true, event("", change)},
		"legacy": {false, event("", strings.Replace(change, "ID", "1", 1))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRig(t).server(newStub(t, &stub{modern: row.modern, legacy: !row.modern, handle: func(w http.ResponseWriter, r *http.Request, m message) {
				send := stream(w)
				if row.modern {
					send(acknowledged(string(m.ID), `{"toolsListChanged":true}`))
				}
				flood := strings.Repeat(strings.Replace(row.says, "ID", string(m.ID), 1), 100)
				for r.Context().Err() == nil {
					send(flood)
				}
			}}))
			var told atomic.Int64
			burst := make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				ended <- s.Watch(ctx, newRig(t).caller(), tools.Watch{Client: tools.Client{Era: wire.Modern}, Lists: true, Told: func(tools.Event) {
					if told.Add(1) == 900 {
						close(burst)
					}
				}})
			}()
			select {
			case <-burst:
			case <-time.After(20 * time.Second):
				t.Fatal("the burst was not told")
			}
			select {
			case err := <-ended:
				t.Fatalf("ended with %v", err)
			case <-time.After(time.Second):
			}
			if got := told.Load(); got > 1_100 {
				t.Errorf("told %d times in a second", got)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}
