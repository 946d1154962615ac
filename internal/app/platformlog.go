package app

import (
	"context"
	"net"
	"net/http"
	"sync"

	"gatehouse/internal/audit/platform"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/notify"
	"gatehouse/internal/sinks"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// commonLog is the platform's own log, as a worker adds to it.
type commonLog struct {
	recorder *platform.Recorder
	courier  *platform.Courier // nil: the operator has no sink
	web      *egress.Client    // of the courier
}

// newCommonLog builds what adds to it and, where the operator says so, what brings its
// checkpoints elsewhere.
func newCommonLog(f *foundation, db *store.DB, c config.PlatformSink) (*commonLog, error) {
	p := f.process
	host := p.config.BaseURL.Host
	recorder, err := platform.NewRecorder(platform.Options{
		Store: db, Keys: checkpointKeys{f.checkpoints, host}, Host: host, Now: p.now, Logger: p.telemetry.Logger,
		Clock: func() proof.Clock { return proof.Clock{Source: "database", Ahead: db.ClockAhead()} },
	})
	l := &commonLog{recorder: recorder}
	if err != nil || !c.HasPlatformSink() {
		return l, err
	}
	l.web, err = egress.New(egress.Options{
		Loopback: loopbackOf(p.config), Timeout: sinkPatience, MaxResponseBytes: sinkReply, Tracer: p.telemetry.Tracer, Trust: p.config.ExtraCA,
	})
	if err != nil {
		return l, err
	}
	to, err := operatorsSink(p, c, l.web)
	l.courier = &platform.Courier{Store: db, Sink: to, Now: p.now, Logger: p.telemetry.Logger}
	return l, err
}

func operatorsSink(p process, c config.PlatformSink, web *egress.Client) (platform.Sink, error) {
	secret := func() (string, error) {
		now, err := c.PlatformSinkSecret.Again()
		return now.Reveal(), err
	}
	if c.PlatformSinkKind == config.PlatformStorage {
		return sinks.PlatformStorage{
			Storage: sinks.Storage{Web: web}, Secret: secret, Now: p.now,
			Sink: tenants.Sink{Kind: tenants.StorageSink, URL: c.PlatformSinkURL.String(), KeyID: c.PlatformSinkKeyID, Region: c.PlatformSinkRegion},
		}, nil
	}
	sender, err := notify.New(notify.Options{Web: web, Host: p.config.BaseURL.Hostname(), Now: p.now})
	return sinks.PlatformWebhook{Sender: sender, URL: c.PlatformSinkURL.String(), Secret: secret, Now: p.now}, err
}

// run adds to the log, and brings its checkpoints, until ctx ends.
func (l *commonLog) run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { l.recorder.Run(ctx) })
	if l.courier != nil {
		both.Go(func() { l.courier.Run(ctx) })
	}
	both.Wait()
}

// close gives up the way out.
func (l *commonLog) close() {
	if l != nil && l.web != nil {
		l.web.Close()
	}
}

// platformProofs proves to organizations what is in it.
func platformProofs(db *store.DB) platform.Prover { return platform.Prover{Store: db} }

// platformRoutes are what everybody may ask about the platform's log, by address as
// often as an organization may ask of its tools.
func (a *API) platformRoutes(ours func(pattern string, handler func(http.ResponseWriter, *http.Request))) {
	h := platform.Handler{
		Prover: platformProofs(a.db), Logger: a.logger,
		Admit: func(r *http.Request) error {
			address, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				address = r.RemoteAddr
			}
			return a.limits.leavers.Admit("platform log " + whereabouts(address))
		},
	}
	ours("GET "+platform.CheckpointPath, h.Checkpoint)
	ours("GET "+platform.ProofPath, h.Proof)
}
