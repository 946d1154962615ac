package platform

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// Where everybody asks.
const (
	CheckpointPath = "/platform/checkpoint" // the newest checkpoint, as it is signed
	ProofPath      = "/platform/proof"      // a proof of everybody's: since=N
)

// Handler answers everybody, without an account.
type Handler struct {
	Prover Prover
	Admit  func(r *http.Request) error // refuses with fault.Limited whoever asks too often
	Logger *slog.Logger
}

// fresh is how long an answer may be kept, by whomever. The log grows once an hour.
const fresh = 5 * time.Minute

// Checkpoint answers CheckpointPath.
func (h Handler) Checkpoint(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, "text/plain; charset=utf-8", func(ctx context.Context) ([]byte, error) {
		head, err := h.Prover.Store.PlatformLog(ctx)
		if err == nil && head.Size == 0 {
			err = errEmpty
		}
		return head.Checkpoint, err
	})
}

// Proof answers ProofPath.
func (h Handler) Proof(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, "application/json", func(ctx context.Context) ([]byte, error) {
		since, err := sinceOf(r)
		if err != nil {
			return nil, err
		}
		return h.Prover.Everybody(ctx, since)
	})
}

func sinceOf(r *http.Request) (int64, error) {
	text := r.URL.Query().Get("since")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return 0, fault.New(fault.Invalid, "since: it is the size of the platform's checkpoint that you hold, the number on its second line")
	}
	return n, nil
}

func (h Handler) answer(w http.ResponseWriter, r *http.Request, media string, body func(ctx context.Context) ([]byte, error)) {
	w.Header().Set("Access-Control-Allow-Origin", "*") // it is everybody's
	w.Header().Set("X-Content-Type-Options", "nosniff")
	err := h.Admit(r)
	var out []byte
	if err == nil {
		out, err = body(r.Context())
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(fresh.Seconds())))
	_, _ = w.Write(out) // whoever has gone away has gone away
}

func (h Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := map[fault.Kind]int{fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.Limited: http.StatusTooManyRequests, fault.Unavailable: http.StatusServiceUnavailable}[fault.KindOf(err)]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if status >= http.StatusInternalServerError {
		h.Logger.LogAttrs(r.Context(), slog.LevelError, "the platform's log cannot be shown", telemetry.Err(err))
	}
	if wait := fault.RetryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, fault.Public(err))
}
