package platform_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/platform"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/fault"
)

// shelf is a Store that has a head and nothing else.
type shelf struct {
	platform.Store
	head   platform.Head
	broken error
}

func (s *shelf) PlatformLog(context.Context) (platform.Head, error) { return s.head, s.broken }

func (*shelf) PlatformLogKeys(context.Context) ([]seal.LogKey, error) { return nil, nil }

func (s *shelf) PlatformLogSent(_ context.Context, size int64) error {
	s.head.Sent = size
	return nil
}

func (*shelf) PlatformSubtrees(_ context.Context, all []proof.Subtree) ([]proof.Hash, error) {
	return make([]proof.Hash, len(all)), nil
}

const note = "gatehouse.example/platform/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ntime 2026-11-22T12:00:00.000Z database 0\n\n— gatehouse.example AAAA\n"

func newShelf() *shelf {
	return &shelf{head: platform.Head{Origin: "gatehouse.example/platform/log", Size: 3, Checkpoint: []byte(note)}}
}

func TestEverybodyMayAskAboutThePlatformsLog(t *testing.T) {
	t.Parallel()
	s := newShelf()
	var tooOften error
	h := platform.Handler{Prover: platform.Prover{Store: s}, Admit: func(*http.Request) error { return tooOften }, Logger: slog.New(slog.DiscardHandler)}
	ask := func(serve http.HandlerFunc, query string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x"+query, nil))
		return w
	}
	if w := ask(h.Checkpoint, ""); w.Code != http.StatusOK || w.Body.String() != note || w.Header().Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if w := ask(h.Proof, "?since=2"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"size":2`) || w.Header().Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if w := ask(h.Proof, ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "consistency") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, query := range []string{"?since=0", "?since=-1", "?since=02", "?since=x", "?since=4", "?since=99999999999999999999"} {
		if w := ask(h.Proof, query); w.Code != http.StatusBadRequest || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	tooOften = fault.New(fault.Limited, "too many requests").RetryAfter(7 * time.Second)
	for _, serve := range []http.HandlerFunc{h.Checkpoint, h.Proof} {
		if w := ask(serve, ""); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "7" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
	tooOften, s.broken = nil, errors.New("secret")
	if w := ask(h.Checkpoint, ""); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.broken, s.head = nil, platform.Head{}
	for _, serve := range []http.HandlerFunc{h.Checkpoint, h.Proof} {
		if w := ask(serve, ""); w.Code != http.StatusNotFound {
			t.Errorf("%d", w.Code)
		}
	}
}

// outlet is an operator's sink.
type outlet struct {
	got  []int64
	away error
}

func (o *outlet) Platform(_ context.Context, c proof.Checkpoint, text []byte) error {
	if o.away == nil && string(text) == note {
		o.got = append(o.got, c.Size)
	}
	return o.away
}

func TestTheOperatorsSinkGetsWhatHasNotArrived(t *testing.T) {
	t.Parallel()
	s, o := newShelf(), &outlet{away: errors.New("away")}
	c := platform.Courier{Store: s, Sink: o, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
	if err := c.Bring(t.Context()); err == nil || s.head.Sent != 0 {
		t.Error("what did not arrive is noted as if it had")
	}
	o.away = nil
	for range 3 {
		if err := c.Bring(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.got) != 1 || o.got[0] != 3 || s.head.Sent != 3 {
		t.Errorf("%+v %+v", o, s.head)
	}
}

func TestARecorderNeedsEverything(t *testing.T) {
	t.Parallel()
	if _, err := platform.NewRecorder(platform.Options{Store: newShelf()}); err == nil {
		t.Error("a recorder without keys")
	}
}
