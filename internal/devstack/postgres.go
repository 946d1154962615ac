//go:build unix

package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Durability says whether the server waits for the disk.
type Durability int

// The zero value is the honest one.
const (
	Durable  Durability = iota // what is committed survives a crash of the machine
	Volatile                   // faster, and in memory if there is room; for unit tests only
)

// The limits of starting a server.
const (
	startTimeout  = time.Minute // cold disks and busy machines included
	initTimeout   = 5 * time.Minute
	portAttempts  = 5
	superuser     = "postgres"
	maxConnection = 300 // many test packages and replicas at once
)

// PostgresOptions says which server to start. The zero value starts a
// throw-away, durable one.
type PostgresOptions struct {
	ServerURL  string            // superuser DSN of a running server to use instead of starting one
	Data       string            // directory whose server state is kept between starts; "" for a throw-away server
	Durability Durability        // of a server started here
	Settings   map[string]string // more settings of postgresql.conf
	Places     []string          // directories of PostgreSQL programs to try; nil for PATH and the usual ones
	Cache      string            // keeps the npm package; "" for a directory of this user's under the temporary one
	Log        io.Writer         // receives the server's log; nil for nobody
	Progress   io.Writer         // receives a line before something that takes long; nil for nobody
}

// Postgres is a running server. Its methods may be called concurrently.
type Postgres struct {
	base url.URL
	run  func(context.Context) error // starts it on its port; the others are as zero for a server that is not ours
	home *home
	port port
	stop func() error

	life    sync.Mutex // one of Kill, Restart and Stop at a time
	process atomic.Pointer[process]
}

// StartPostgres starts a server, or checks the one named by o.ServerURL, and
// returns when it answers. ctx bounds the start, not the server's life. The
// server is the caller's to Stop.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	if o.ServerURL != "" {
		return attach(ctx, o.ServerURL)
	}
	a, err := serverAccount()
	if err != nil {
		return nil, err
	}
	sweep(a)
	h, err := postgresHome(o, a)
	if err != nil {
		return nil, err
	}
	p, err := startIn(ctx, o, a, h)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), h.leave())
	}
	return p, nil
}

// attach uses a server that somebody else runs.
func attach(ctx context.Context, dsn string) (*Postgres, error) {
	base, err := url.Parse(dsn)
	if err != nil || (base.Scheme != "postgres" && base.Scheme != "postgresql") {
		return nil, errors.New("read PostgreSQL server URL: it must look like postgres://user:password@host:port/database")
	}
	p := &Postgres{base: *base, stop: func() error { return nil }}
	if err := p.ping(ctx); err != nil {
		return nil, fmt.Errorf("reach PostgreSQL server at %s: %w", base.Host, err)
	}
	return p, nil
}

func postgresHome(o PostgresOptions, a account) (*home, error) {
	if o.Data != "" {
		return keptHome(o.Data, a)
	}
	if o.Durability == Volatile {
		dir, err := volatileDir(memoryDir, memoryRoom, a)
		if err != nil {
			return nil, err
		}
		return makeHomeIn(dir, prefixTemp, a)
	}
	return makeHome(prefixTemp, a)
}

// startIn starts a server in h, making its files first if there are none.
func startIn(ctx context.Context, o PostgresOptions, a account, h *home) (*Postgres, error) {
	wanted, err := filesVersion(h)
	if err != nil {
		return nil, err
	}
	b, err := findBinaries(ctx, o, a, wanted)
	if err != nil {
		return nil, err
	}
	if wanted == 0 {
		err = initFiles(ctx, h, a, b)
	} else if wanted != b.major {
		err = fmt.Errorf("the files in %s were written by PostgreSQL %d, and only %d is here: "+
			"install %[2]d again or start fresh", h.files(), wanted, b.major)
	}
	if err != nil {
		return nil, err
	}
	password, err := os.ReadFile(h.file(passwordFile))
	if err != nil {
		return nil, fmt.Errorf("read password: %w", err)
	}
	p := &Postgres{home: h, base: url.URL{Scheme: "postgres", User: url.UserPassword(superuser, strings.TrimSpace(string(password)))}}
	p.stop = sync.OnceValue(func() error { return p.shutdown(o) })
	p.run = func(ctx context.Context) error { return p.serve(ctx, o, a, b) }
	p.port, err = onSomePort(ctx, func(ctx context.Context, number int) error {
		p.base.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(number))
		return p.run(ctx)
	})
	return p, err
}

// serve runs the server on the port that its URL names.
func (p *Postgres) serve(ctx context.Context, o PostgresOptions, a account, b binaries) error {
	argv := append([]string{b.path("postgres"), "-D", p.home.files()}, settings(o, p.base.Port())...)
	// The server outlives ctx, so it is not tied to it.
	cmd := command(context.WithoutCancel(ctx), a, p.home.dir, argv...)
	running, err := launch(cmd, o.Log, firstSignal(o))
	if err != nil {
		return err
	}
	p.process.Store(running)
	if err := running.ready(ctx, p.ping); err != nil {
		return errors.Join(err, running.stop(syscall.SIGQUIT))
	}
	return nil
}

// ping connects once.
func (p *Postgres) ping(ctx context.Context) error {
	return p.asSuperuser(ctx, func(c *pgx.Conn) error { return c.Ping(ctx) })
}

// URL returns the superuser's connection string for a database of the server.
// Row level security does not bind the superuser: tests of isolation connect as
// roles they create.
func (p *Postgres) URL(database string) string {
	u := p.base
	u.Path = "/" + database
	return u.String()
}

// Done is closed when a server started here has ended, whoever ended it; after a
// Restart another is. For a server that is somebody else's it is nil.
func (p *Postgres) Done() <-chan struct{} {
	running := p.process.Load()
	if running == nil {
		return nil
	}
	return running.exited
}

// Stop ends the server within five seconds, leaves no process, and removes a
// throw-away server's files. A server that is somebody else's keeps running.
// Further calls return what the first did.
func (p *Postgres) Stop() error { return p.stop() }

func (p *Postgres) shutdown(o PostgresOptions) error {
	p.life.Lock()
	defer p.life.Unlock()
	err := p.process.Load().stop(firstSignal(o), syscall.SIGQUIT)
	return errors.Join(err, evict(p.home.dir), p.home.leave(), p.port.leave())
}

// firstSignal is how to end the server: kept files deserve a checkpoint (fast
// shutdown), throw-away ones do not (immediate shutdown).
func firstSignal(o PostgresOptions) syscall.Signal {
	if o.Data != "" {
		return syscall.SIGINT
	}
	return syscall.SIGQUIT
}
