package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/store"
	"gatehouse/internal/telemetry"
)

// RunAPI builds the api process and serves until ctx ends. It logs to logs.
func RunAPI(ctx context.Context, c config.API, logs io.Writer, now func() time.Time) (err error) {
	tel, err := telemetry.Setup(ctx, telemetry.Options{
		Service: "gatehouse-api", Version: Version, LogWriter: logs, LogLevel: c.LogLevel,
		OTLPEndpoint: c.OTLPURL.String(), SampleRatio: c.TraceRatio,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shutdown(ctx, tel, c.ShutdownTimeout)) }()
	api, err := NewAPI(ctx, Options{Config: c, Telemetry: tel, Now: now})
	if err != nil {
		return err
	}
	return api.ListenAndRun(ctx, c)
}

// RunWorker builds the worker and has it work until ctx ends. It logs to logs.
func RunWorker(ctx context.Context, c config.Worker, logs io.Writer, now func() time.Time) (err error) {
	tel, err := telemetry.Setup(ctx, telemetry.Options{
		Service: "gatehouse-worker", Version: Version, LogWriter: logs, LogLevel: c.LogLevel,
		OTLPEndpoint: c.OTLPURL.String(), SampleRatio: c.TraceRatio,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shutdown(ctx, tel, c.ShutdownTimeout)) }()
	worker, err := NewWorker(ctx, WorkerOptions{Config: c, Telemetry: tel, Now: now})
	if err != nil {
		return err
	}
	return worker.ListenAndRun(ctx, c)
}

// ListenAndRun serves on the configured address until ctx ends; then it lets
// requests under way finish, and what they record be written.
func (a *API) ListenAndRun(ctx context.Context, c config.API) error {
	listeners, err := Listen(ctx, c.Listen)
	if err != nil {
		return errors.Join(err, a.disconnect())
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(background) }()
	a.logger.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("base_url", c.BaseURL.String()), slog.String("listen", listeners[0].Addr().String()))
	err = Server{Handler: a.Handler(), Drain: a.Drain, Grace: c.ShutdownTimeout, Logger: a.logger}.Serve(ctx, listeners...)
	stop()
	err = errors.Join(err, <-ended)
	a.logger.LogAttrs(ctx, slog.LevelInfo, "stopped")
	return err
}

func shutdown(ctx context.Context, tel *telemetry.Telemetry, grace time.Duration) error {
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return tel.Shutdown(timed)
}

// Migrate brings the schema to the newest version and says what it applied.
func Migrate(ctx context.Context, c config.Migrate, out io.Writer) error {
	applied, err := store.Migrate(ctx, c.DatabaseURL.Reveal())
	for _, name := range applied {
		_, _ = fmt.Fprintln(out, "applied", name)
	}
	if err == nil && len(applied) == 0 {
		_, _ = fmt.Fprintln(out, "nothing to do")
	}
	return about("GATEHOUSE_MIGRATE_DATABASE_URL", err)
}
