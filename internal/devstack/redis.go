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
	"syscall"

	"github.com/redis/go-redis/v9"
)

// RedisOptions says which server to start. The zero value starts a throw-away
// one from PATH.
type RedisOptions struct {
	ServerURL string    // redis:// URL of a running server to use instead of starting one
	Places    []string  // directories of Redis programs to try; nil for PATH
	Log       io.Writer // receives the server's log; nil for nobody
}

// Redis is a running server, or an imitation of one in this process.
type Redis struct {
	url  string
	stop func() error
}

// URL returns the connection string, password included.
func (r *Redis) URL() string { return r.url }

// Stop ends the server within five seconds and removes its files. A server that
// is somebody else's keeps running. Further calls return what the first did.
func (r *Redis) Stop() error { return r.stop() }

// StartRedis starts a real Redis or Valkey, or checks the one named by
// o.ServerURL, and returns when it answers. It keeps nothing on disk. ctx
// bounds the start, not the server's life.
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
	r, err := serveRedis(ctx, o, program, redisHome{h, a})
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

// redisHome is where a Redis works, and as whom.
type redisHome struct {
	*home
	as account
}

// serveRedis runs the server, on another port if the first was taken meanwhile.
func serveRedis(ctx context.Context, o RedisOptions, program string, h redisHome) (*Redis, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	for range portAttempts {
		var r *Redis
		if r, err = serveRedisOnce(ctx, o, program, h); !errors.Is(err, errPortTaken) {
			return r, err
		}
	}
	return nil, err
}

func serveRedisOnce(ctx context.Context, o RedisOptions, program string, h redisHome) (*Redis, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	// The configuration goes in by stdin, so the password is on no command line.
	cmd := command(context.WithoutCancel(ctx), h.as, h.dir, program, "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("bind 127.0.0.1\nport %d\nrequirepass %s\ndir %s\nsave \"\"\nappendonly no\n",
		port, password, h.dir))
	p, err := launch(cmd, o.Log, syscall.SIGTERM)
	if err != nil {
		return nil, err
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	dsn := redisURL(addr, password)
	err = p.ready(ctx, func(ctx context.Context) error {
		if err := dial(ctx, addr); err != nil {
			return err // the client would log every refused connection
		}
		return pingRedis(ctx, dsn)
	})
	if err != nil {
		return nil, errors.Join(err, p.stop(syscall.SIGTERM))
	}
	return &Redis{url: dsn, stop: sync.OnceValue(func() error {
		return errors.Join(p.stop(syscall.SIGTERM), h.leave())
	})}, nil
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
