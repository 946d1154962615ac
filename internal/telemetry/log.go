package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// newHandler returns a JSON handler whose lines carry the ids of the span in
// their context.
func newHandler(w io.Writer, level slog.Leveler) slog.Handler {
	root := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})
	return &handler{root: root, scoped: root}
}

// handler adds trace_id and span_id at the top level of every line, also below
// WithGroup: scoped has everything applied, root with grouped replayed on top
// is the same handler with room for the ids in front of the first group.
type handler struct {
	root    slog.Handler // attributes from before the first group
	scoped  slog.Handler
	grouped []func(slog.Handler) slog.Handler // what came from the first group on
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.scoped.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return h.scoped.Handle(ctx, r)
	}
	target := h.root.WithAttrs([]slog.Attr{
		slog.String(LogTraceID, span.TraceID().String()),
		slog.String(LogSpanID, span.SpanID().String()),
	})
	for _, apply := range h.grouped {
		target = apply(target)
	}
	return target.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	if len(h.grouped) == 0 {
		root := h.root.WithAttrs(attrs)
		return &handler{root: root, scoped: root}
	}
	return h.then(func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) })
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.then(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
}

func (h *handler) then(apply func(slog.Handler) slog.Handler) slog.Handler {
	grouped := append(slices.Clone(h.grouped), apply)
	return &handler{root: h.root, scoped: apply(h.scoped), grouped: grouped}
}
