package upstream

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// Options is what a Hub needs. All fields but Sessions, MaxResult and Turned are
// required.
type Options struct {
	Egress    *egress.Client
	Sessions  Sessions // nil: sessions are kept in memory only
	Now       func() time.Time
	Logger    *slog.Logger
	Version   string // of this program, for servers to read
	MaxResult int    // bytes of one result; 0: 16 MB

	// Turned is told of a server that has turned out well, or not well, and was not
	// known to be. It is called between requests and returns at once; health tells
	// how the server is whenever it is asked.
	Turned func(org tenants.ID, source tenants.GUID, health func() Health)
}

const defaultMaxResult = 16 << 20

func (o Options) check() error {
	switch {
	case o.Egress == nil:
		return errors.New("upstream: Egress is nil")
	case o.Now == nil:
		return errors.New("upstream: Now is nil")
	case o.Logger == nil:
		return errors.New("upstream: Logger is nil")
	case o.Version == "":
		return errors.New("upstream: Version is empty")
	case o.MaxResult < 0:
		return errors.New("upstream: MaxResult is negative")
	}
	return nil
}

// Hub holds the servers behind us that views of organizations have asked for. It
// may be used concurrently.
type Hub struct {
	o          Options
	limits     wire.Limits
	clientInfo []byte // what we call ourselves, an object
	agent      string // User-Agent
	replica    string // begins the ids of our requests
	background chan struct{}
	memory     *memory

	mu      sync.Mutex
	servers map[serverKey]*Server
}

type serverKey struct {
	org    tenants.ID
	source tenants.GUID
}

// maxDepth is how deep what a server sends may be nested: the 64 levels of a
// definition or result, and what is around them.
const maxDepth = 80

// New returns a Hub without servers, or an error that names the option that is
// missing.
func New(o Options) (*Hub, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.MaxResult == 0 {
		o.MaxResult = defaultMaxResult
	}
	info := wire.AppendString([]byte(`{"name":"gatehouse","title":"Gatehouse","version":`), o.Version)
	return &Hub{
		o: o, limits: wire.Limits{MaxBytes: o.MaxResult, MaxDepth: maxDepth},
		clientInfo: append(info, '}'), agent: "gatehouse/" + o.Version, replica: rand.Text()[:12],
		background: make(chan struct{}, maxBackground), servers: map[serverKey]*Server{}, memory: newMemory(o.MaxResult),
	}, nil
}

// Server returns the server of a connection: the one it returned before if
// nothing about the connection has changed, so that sessions, connections and
// health outlive the view that asked.
func (h *Hub) Server(c Connection) *Server {
	key := serverKey{c.Org, c.Source.ID}
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.servers[key]
	if ok && known.conn.same(c) {
		known.refresh(c)
		return known
	}
	if !ok {
		h.makeRoom()
	}
	s := newServer(h, c)
	h.servers[key] = s
	return s
}

// maxServers bounds the servers that are found again by a later view. One that is
// forgotten goes on for the views that have it.
const maxServers = 50_000

func (h *Hub) makeRoom() {
	if len(h.servers) < maxServers {
		return
	}
	for key := range h.servers {
		delete(h.servers, key)
		return
	}
}

// Close ends the sessions with servers that no other replica uses. It returns when
// they have ended, or ctx or a moment has. Nothing is asked of the hub afterwards.
func (h *Hub) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, courtesy)
	defer cancel()
	h.mu.Lock()
	servers := slices.Collect(maps.Values(h.servers))
	h.mu.Unlock()
	var ending sync.WaitGroup
	defer ending.Wait()
	for _, s := range servers {
		if gone := s.sessions.empty(); len(gone) > 0 {
			ending.Go(func() { s.endAll(ctx, gone) })
		}
	}
}

// maxBackground bounds what is done behind an answer: sessions that are ended.
const maxBackground = 16

// behind runs do soon, unless too much waits already: what is done there is a
// courtesy to the other side.
func (h *Hub) behind(ctx context.Context, do func(ctx context.Context)) {
	select {
	case h.background <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-h.background }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), courtesy)
		defer cancel()
		do(ctx)
	}()
}

// courtesy is how long we wait for an answer that nobody needs.
const courtesy = 3 * time.Second
