package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/audit"
	"gatehouse/internal/config"
	"gatehouse/internal/telemetry"
)

// productRole is the first argument of a child that is the product.
const productRole = "product"

// productSetup is the product's environment, NAME=value each.
type productSetup struct {
	Environ []string
	Sink    sinkKind
}

// newProduct is the api process with everything on, and the sample tools beside
// its own.
func newProduct(ctx context.Context, raw json.RawMessage) (service, error) {
	var setup productSetup
	if err := json.Unmarshal(raw, &setup); err != nil {
		return nil, fmt.Errorf("read setup: %w", err)
	}
	conf, err := config.Source{Environ: setup.Environ, ReadFile: os.ReadFile}.API()
	if err != nil {
		return nil, err
	}
	tel, err := telemetry.Setup(ctx, telemetry.Options{
		Service: "gatehouse-api", Version: app.Version, LogWriter: os.Stderr, LogLevel: conf.LogLevel,
		OTLPEndpoint: conf.OTLPURL.String(), SampleRatio: conf.TraceRatio,
	})
	if err != nil {
		return nil, err
	}
	options := app.Options{Config: conf, Telemetry: tel, Extra: samples(), Now: time.Now}
	if setup.Sink != ordinary {
		options.Outbox = func(to audit.Outbox) audit.Outbox {
			sinkOf.Outbox, sinkOf.kind = to, setup.Sink
			return sinkOf
		}
	}
	api, err := app.NewAPI(ctx, options)
	if err != nil {
		return nil, errors.Join(err, tel.Shutdown(ctx))
	}
	return func(ctx context.Context, on net.Listener) error {
		background, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		ended := make(chan error, 1)
		go func() { ended <- api.Run(background) }()
		err := app.Server{Handler: api.Handler(), Drain: api.Drain, Grace: conf.ShutdownTimeout, Logger: tel.Logger}.Serve(ctx, on)
		stop()
		return errors.Join(err, <-ended, tel.Shutdown(context.WithoutCancel(ctx)))
	}, nil
}
