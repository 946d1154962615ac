package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel"
)

// reportExportErrors sends the SDK's background complaints to the log. The SDK
// has one handler for the whole process; without this one it writes plain text
// to stderr between the JSON lines.
func reportExportErrors(log *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.LogAttrs(context.Background(), slog.LevelWarn, "telemetry export failed", Err(err))
	}))
}
