package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/config"
	"gatehouse/internal/telemetry"
)

// line decodes the only line that was logged.
func line(t *testing.T, out *bytes.Buffer) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	out.Reset()
	return fields
}

func TestLogLineCarriesTheTraceOfItsContext(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tel := setup(t, telemetry.Options{LogWriter: &out})
	ctx, span := tel.Operations.Start(t.Context(), telemetry.Operation{Method: "tools/call"})
	defer span.End(ctx, telemetry.Succeeded())
	ids := trace.SpanContextFromContext(ctx)

	for name, log := range map[string]*slog.Logger{
		"plain":      tel.Logger,
		"attributes": tel.Logger.With(slog.String("a", "b")),
		"group":      tel.Logger.With(slog.String("a", "b")).WithGroup("g").With(slog.String("c", "d")),
	} {
		log.LogAttrs(ctx, slog.LevelInfo, "x", slog.String("e", "f"))
		fields := line(t, &out)
		if fields["trace_id"] != ids.TraceID().String() || fields["span_id"] != ids.SpanID().String() {
			t.Errorf("%s: ids are not at the top level of %v", name, fields)
		}
		if name == "plain" {
			continue
		}
		if fields["a"] != "b" {
			t.Errorf("%s: %v", name, fields)
		}
		if g, grouped := fields["g"].(map[string]any); name == "group" && (!grouped || g["c"] != "d" || g["e"] != "f" || len(g) != 2) {
			t.Errorf("%s: %v", name, fields)
		}
	}
}

func TestLogLineWithoutASpanHasNoIDs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	setup(t, telemetry.Options{LogWriter: &out}).Logger.LogAttrs(t.Context(), slog.LevelInfo, "x")
	if fields := line(t, &out); fields["trace_id"] != nil || fields["span_id"] != nil {
		t.Errorf("fields = %v", fields)
	}
}

func TestLogHonoursItsLevel(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	setup(t, telemetry.Options{LogWriter: &out}).Logger.LogAttrs(t.Context(), slog.LevelDebug, "x")
	setup(t, telemetry.Options{LogWriter: &out, LogLevel: slog.LevelError}).Logger.LogAttrs(t.Context(), slog.LevelWarn, "x")
	if out.Len() > 0 {
		t.Errorf("logged %q", out.String())
	}
	setup(t, telemetry.Options{LogWriter: &out, LogLevel: slog.LevelDebug}).Logger.LogAttrs(t.Context(), slog.LevelDebug, "x")
	if out.Len() == 0 {
		t.Error("debug was asked for and not logged")
	}
}

func TestLogHidesSecretsAndShowsCauses(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := setup(t, telemetry.Options{LogWriter: &out}).Logger
	log.LogAttrs(t.Context(), slog.LevelWarn, "x", slog.Any("secret", config.Secret("hunter2")), telemetry.Err(errors.New("why")))
	fields := line(t, &out)
	if fields["secret"] != "•••" || fields["error"] != "why" {
		t.Errorf("fields = %v", fields)
	}
}
