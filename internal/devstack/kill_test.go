//go:build unix

package devstack_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/devstack"
)

func TestKilledPostgreSQLComesBackAsItWas(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Durable})
	home, before := homeOf(t, p.URL("postgres")), p.URL("postgres")
	execute(t, before, "CREATE TABLE notes AS SELECT 'kept' AS text")
	client, err := pgx.Connect(t.Context(), before) // its backend has a process group of its own
	must(t, err)
	defer func() { _ = client.Close(context.WithoutCancel(t.Context())) }()
	for range 3 {
		ended := p.Done()
		must(t, p.Kill())
		if left := workersIn(t, home); len(left) > 0 {
			t.Fatalf("processes %v are left", left)
		}
		select {
		case <-ended:
		default:
			t.Error("Done is not closed")
		}
		must(t, p.Kill()) // again
		must(t, p.Restart(t.Context()))
		if p.URL("postgres") != before {
			t.Errorf("it is at %s now", p.URL("postgres"))
		}
		if got := scan[string](t, before, "SELECT text FROM notes"); got != "kept" {
			t.Errorf("note is %q", got)
		}
	}
	if err := client.Ping(t.Context()); err == nil {
		t.Error("a connection has outlived the server")
	}
	must(t, p.Kill())
	must(t, p.Stop())
	if !gone(home) {
		t.Errorf("%s is still there", home)
	}
}

func TestKilledRedisComesBackWithWhatItIsToRemember(t *testing.T) {
	t.Parallel()
	for persistence, want := range map[devstack.Persistence]string{devstack.Forgetful: "", devstack.Remembered: "value"} {
		r, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{Persistence: persistence})
		must(t, err)
		t.Cleanup(func() { must(t, r.Stop()) })
		before := r.URL()
		c := redisClient(t, before)
		home := c.ConfigGet(t.Context(), "dir").Val()["dir"]
		must(t, c.Set(t.Context(), "key", "value", 0).Err())
		must(t, r.Kill())
		if left := workersIn(t, home); len(left) > 0 {
			t.Fatalf("processes %v are left", left)
		}
		must(t, r.Kill()) // again
		must(t, r.Restart(t.Context()))
		if got := c.Get(t.Context(), "key").Val(); got != want || r.URL() != before {
			t.Errorf("persistence %d: key holds %q, want %q; at %s, was at %s", persistence, got, want, r.URL(), before)
		}
		must(t, r.Kill())
		must(t, r.Stop())
		if !gone(home) {
			t.Errorf("%s is still there", home)
		}
	}
}

func TestOnlyWhatWasStartedHereIsKilled(t *testing.T) {
	t.Parallel()
	real := startPostgres(t, devstack.PostgresOptions{Durability: devstack.Volatile})
	named, err := devstack.StartPostgres(t.Context(), devstack.PostgresOptions{ServerURL: real.URL("postgres")})
	must(t, err)
	redis := startRedis(t)
	other, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{ServerURL: redis.URL()})
	must(t, err)
	imitation, err := devstack.StartMiniRedis()
	must(t, err)
	t.Cleanup(func() { must(t, imitation.Stop()) })
	for name, refusal := range map[string]error{
		"named PostgreSQL killed": named.Kill(), "named PostgreSQL restarted": named.Restart(t.Context()),
		"named Redis killed": other.Kill(), "named Redis restarted": other.Restart(t.Context()),
		"imitation killed": imitation.Kill(), "imitation restarted": imitation.Restart(t.Context()),
	} {
		if refusal == nil || !strings.Contains(refusal.Error(), "not started here") {
			t.Errorf("%s: %v", name, refusal)
		}
	}
	running := errors.Join(real.Restart(t.Context()), redis.Restart(t.Context()))
	if running == nil || strings.Count(running.Error(), "has not ended") != 2 {
		t.Errorf("restarted while they run: %v", running)
	}
	if got := scan[int](t, real.URL("postgres"), "SELECT 1"); got != 1 {
		t.Error("the server was killed")
	}
	must(t, redisClient(t, redis.URL()).Ping(t.Context()).Err())
}
