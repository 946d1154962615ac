//go:build unix

package devstack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// RedisOptions says which server to start. The zero value starts a throw-away
// one from PATH.
type RedisOptions struct {
	ServerURL   string      // redis:// URL of a running server to use instead of starting one
	Places      []string    // directories of Redis programs to try; nil for PATH
	Persistence Persistence // of a server started here
	Log         io.Writer   // receives the server's log; nil for nobody
}

// Persistence says what a Redis holds after it was killed and started again. The
// zero value is the frugal one.
type Persistence int

// The values.
const (
	Forgetful  Persistence = iota // nothing; it keeps nothing on disk
	Remembered                    // what it has answered to, in an append-only file
)

// Redis is a running server, or an imitation of one in this process. Its methods may
// be called concurrently.
type Redis struct {
	url    string
	server *redisServer // nil for a server that is not ours, and for an imitation
	stop   func() error
}

// URL returns the connection string, password included.
func (r *Redis) URL() string { return r.url }

// Stop ends the server within five seconds and removes its files. A server that
// is somebody else's keeps running. Further calls return what the first did.
func (r *Redis) Stop() error { return r.stop() }

// StartRedis starts a real Redis or Valkey, or checks the one named by
// o.ServerURL, and returns when it answers. ctx bounds the start, not the server's
// life.
func StartRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	if o.ServerURL != "" {
		if err := pingRedis(ctx, o.ServerURL); err != nil {
			return nil, fmt.Errorf("reach Redis server: %w", err)
		}
		return &Redis{url: o.ServerURL, stop: func() error { return nil }}, nil
	}
	program, err := findRedis(o.Places)
	if err != nil {
		return nil, err
	}
	a, err := serverAccount()
	if err != nil {
		return nil, err
	}
	sweep(a)
	h, err := makeHome(prefixTemp, a)
	if err != nil {
		return nil, err
	}
	r, err := startRedisIn(ctx, &redisServer{options: o, program: program, home: h, as: a, password: rand.Text()})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Redis: %w", err), h.leave())
	}
	return r, nil
}

// findRedis looks programs up in the given directories, or on PATH.
func findRedis(places []string) (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if places == nil {
			if path, err := exec.LookPath(name); err == nil {
				return path, nil
			}
		}
		for _, dir := range places {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path, nil
			}
		}
	}
	return "", errors.New("find Redis: neither redis-server nor valkey-server is on PATH: install one " +
		"(apt-get install redis-server, brew install redis) or name a running server")
}

// redisServer is a Redis process, or one after the other, and where it lives.
type redisServer struct {
	options  RedisOptions
	program  string
	home     *home
	as       account
	password string
	port     port

	life    sync.Mutex // one of Kill, Restart and Stop at a time
	process atomic.Pointer[process]
}

func startRedisIn(ctx context.Context, s *redisServer) (*Redis, error) {
	p, err := onSomePort(ctx, func(ctx context.Context, number int) error {
		s.port.number = number
		return s.run(ctx)
	})
	s.port = p
	return &Redis{url: s.url(), server: s, stop: sync.OnceValue(s.shutdown)}, err
}

func (s *redisServer) shutdown() error {
	s.life.Lock()
	defer s.life.Unlock()
	return errors.Join(s.process.Load().stop(syscall.SIGTERM), s.home.leave(), s.port.leave())
}

// configuration goes in by stdin, so that the password is on no command line.
func (s *redisServer) configuration() string {
	appendOnly := "no"
	if s.options.Persistence == Remembered {
		appendOnly = "yes"
	}
	return fmt.Sprintf("bind 127.0.0.1\nport %d\nrequirepass %s\ndir %s\nsave \"\"\nappendonly %s\n", s.port.number, s.password, s.home.dir, appendOnly)
}

func (s *redisServer) address() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port.number))
}

func (s *redisServer) url() string { return redisURL(s.address(), s.password) }

// run starts the process on the server's port and returns when it answers.
func (s *redisServer) run(ctx context.Context) error {
	cmd := command(context.WithoutCancel(ctx), s.as, s.home.dir, s.program, "-")
	cmd.Stdin = strings.NewReader(s.configuration())
	running, err := launch(cmd, s.options.Log, syscall.SIGTERM)
	if err != nil {
		return err
	}
	s.process.Store(running)
	err = running.ready(ctx, func(ctx context.Context) error {
		if err := dial(ctx, s.address()); err != nil {
			return err // the client would log every refused connection
		}
		return pingRedis(ctx, s.url())
	})
	if err != nil {
		return errors.Join(err, running.stop(syscall.SIGTERM))
	}
	return nil
}

// redisURL returns the connection string of a password-protected server.
func redisURL(addr, password string) string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", password), Host: addr, Path: "/0"}
	return u.String()
}

// dial connects without saying anything.
func dial(ctx context.Context, addr string) error {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return c.Close()
}

// pingRedis connects as a client does.
func pingRedis(ctx context.Context, dsn string) error {
	o, err := redis.ParseURL(dsn)
	if err != nil {
		return errors.New("read Redis server URL: it must look like redis://user:password@host:port/0")
	}
	o.MaxRetries = -1
	c := redis.NewClient(o)
	return errors.Join(c.Ping(ctx).Err(), c.Close())
}
