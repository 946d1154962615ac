package upstream

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// levels are those of log messages (RFC 5424, in words).
var levels = []string{"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}

// setLevel asks a legacy server for messages of a level, if the session is not
// set to it already.
func (s *Server) setLevel(ctx context.Context, a asker, session *session, level string) error {
	if level == "" || !session.can.Log || !slices.Contains(levels, level) || session.levelNow() == level {
		return nil
	}
	_, err := s.simple(ctx, a, session, wire.MethodSetLevel, wire.AppendString([]byte(`{"level":`), level))
	if err == nil || answered(err) { // a server that refuses goes on without
		session.setLevel(level)
		return nil
	}
	return err
}

func (x *session) levelNow() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.level
}

func (x *session) setLevel(level string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.level = level
}

// leveled notes that a client has set the level of its session with a legacy
// server, for a later session that takes its place.
func (x *exchange) leveled(ctx context.Context, session *session) {
	session.setLevel(x.call.Client.LogLevel)
	if x.s.shares(x.call.Client) {
		x.s.share(ctx, x.asker(), x.call.Client, session)
	}
}

// wanted are the levels that sessions of legacy clients want of a modern server,
// which keeps none itself.
type wanted struct {
	mu  sync.Mutex
	all map[tenants.GUID]wantedLevel
}

type wantedLevel struct {
	level string
	read  time.Time
}

const (
	mostLevels = 10_000
	levelLife  = 30 * time.Second // until what another replica was told is read
)

func (w *wanted) get(session tenants.GUID, now time.Time) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, ok := w.all[session]
	return known.level, ok && now.Sub(known.read) < levelLife
}

func (w *wanted) put(session tenants.GUID, l wantedLevel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil || len(w.all) >= mostLevels {
		w.all = map[tenants.GUID]wantedLevel{} // what is forgotten is read again
	}
	w.all[session] = l
}

// keepLevel answers logging/setLevel in place of a modern server: the level goes
// with each request from then on.
func (x *exchange) keepLevel(ctx context.Context) (tools.Result, error) {
	client := x.call.Client
	if !slices.Contains(levels, client.LogLevel) {
		return tools.Result{}, wire.InvalidParams("the level must be one of debug, info, notice, warning, error, critical, alert, emergency")
	}
	if client.Session.IsZero() {
		return tools.Result{}, nil
	}
	now := x.s.hub.o.Now()
	x.s.wanted.put(client.Session, wantedLevel{client.LogLevel, now})
	if x.s.shares(client) {
		x.s.share(ctx, x.asker(), client, &session{level: client.LogLevel, expires: now.Add(sessionLife)})
	}
	return tools.Result{}, nil
}

// level returns the level that goes with a request to a modern server.
func (x *exchange) level(ctx context.Context) string {
	client := x.call.Client
	if client.LogLevel != "" || client.Era != wire.Legacy || !x.s.shares(client) {
		return client.LogLevel
	}
	now := x.s.hub.o.Now()
	if level, ok := x.s.wanted.get(client.Session, now); ok {
		return level
	}
	stored, err := x.s.storedSession(ctx, x.by.Org(), client.Session)
	if err != nil {
		stored = &session{}
	}
	x.s.wanted.put(client.Session, wantedLevel{stored.level, now})
	return stored.level
}

// share stores a session for other replicas.
func (s *Server) share(ctx context.Context, a asker, client tools.Client, x *session) {
	key := s.key(client.Session)
	ciphertext, err := s.seal(key, x)
	if err == nil {
		err = s.hub.o.Sessions.PutUpstreamSession(ctx, a.by, StoredSession{SessionKey: key, Ciphertext: ciphertext, ExpiresAt: x.expires})
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.hub.o.Logger.LogAttrs(ctx, slog.LevelWarn, "session with a source is not shared with other replicas",
			slog.String(telemetry.LogSource, s.conn.Source.ID.String()), telemetry.Err(err))
	}
}
