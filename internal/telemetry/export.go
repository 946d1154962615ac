package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel"
)

// reportExportErrors sends the SDK's background complaints to the log. The SDK
// has one handler for the whole process; without this one it writes plain text
// to stderr between the JSON lines.
func reportExportErrors(ctx context.Context, log *slog.Logger) {
	ctx = context.WithoutCancel(ctx) // exports go on after Setup
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.LogAttrs(ctx, slog.LevelWarn, "telemetry export failed", Err(err))
	}))
}
