//go:build unix

package devstack_test

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"gatehouse/internal/devstack"
)

// redisClient returns a client of the server at dsn.
func redisClient(t *testing.T, dsn string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(dsn)
	must(t, err)
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// startRedis starts a server that the test stops.
func startRedis(t *testing.T) *devstack.Redis {
	t.Helper()
	r, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{})
	must(t, err)
	t.Cleanup(func() { must(t, r.Stop()) })
	return r
}

func TestRedisAnswersAndLeavesNothing(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	c := redisClient(t, r.URL())
	must(t, c.Set(t.Context(), "key", "value", 0).Err())
	if got := c.Get(t.Context(), "key").Val(); got != "value" {
		t.Errorf("key holds %q", got)
	}
	home := c.ConfigGet(t.Context(), "dir").Val()["dir"]
	if len(workersIn(t, home)) == 0 {
		t.Fatal("no process works in the server's home")
	}
	began := time.Now()
	must(t, r.Stop())
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Stop took %v", took)
	}
	if left := workersIn(t, home); len(left) > 0 || !gone(home) {
		t.Errorf("processes %v remain, or %s", left, home)
	}
	must(t, r.Stop()) // again
}

func TestRedisAsksForItsPassword(t *testing.T) {
	t.Parallel()
	imitation, err := devstack.StartMiniRedis()
	must(t, err)
	t.Cleanup(func() { must(t, imitation.Stop()) })
	for name, r := range map[string]*devstack.Redis{"real": startRedis(t), "imitation": imitation} {
		u, err := url.Parse(r.URL())
		must(t, err)
		u.User = nil
		if err := redisClient(t, u.String()).Ping(t.Context()).Err(); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
			t.Errorf("%s Redis without password: %v", name, err)
		}
	}
}

func TestNamedRedisIsUsedAndLeftRunning(t *testing.T) {
	t.Parallel()
	real := startRedis(t)
	r, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{ServerURL: real.URL()})
	must(t, err)
	must(t, r.Stop())
	must(t, redisClient(t, r.URL()).Ping(t.Context()).Err())
}

func TestUnusableRedisIsExplained(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o    devstack.RedisOptions
		want string
	}{
		{devstack.RedisOptions{ServerURL: "http://:hush@localhost"}, "redis://user:password@host:port/0"},
		{devstack.RedisOptions{Places: []string{t.TempDir()}}, "apt-get install redis-server"},
	} {
		_, err := devstack.StartRedis(t.Context(), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("error is %v, want one that says %q", err, c.want)
		}
	}
}

func TestImitatedRedisExpiresKeys(t *testing.T) {
	t.Parallel()
	r, err := devstack.StartMiniRedis()
	must(t, err)
	t.Cleanup(func() { must(t, r.Stop()) })
	c := redisClient(t, r.URL())
	must(t, c.Set(t.Context(), "short", "", 500*time.Millisecond).Err())
	must(t, c.Set(t.Context(), "long", "", time.Hour).Err())
	if c.Exists(t.Context(), "short").Val() != 1 {
		t.Fatal("the key expired at once")
	}
	eventually(t, "the key expires", func() bool { return c.Exists(t.Context(), "short").Val() == 0 })
	if c.Exists(t.Context(), "long").Val() != 1 {
		t.Error("a key expired before its time")
	}
}

func TestStoppedImitationNoLongerAnswers(t *testing.T) {
	t.Parallel()
	r, err := devstack.StartMiniRedis()
	must(t, err)
	c := redisClient(t, r.URL())
	must(t, c.Ping(t.Context()).Err())
	must(t, r.Stop())
	must(t, r.Stop())
	u, err := url.Parse(r.URL())
	must(t, err)
	if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host); err == nil {
		_ = conn.Close()
		t.Error("it still answers")
	}
}
