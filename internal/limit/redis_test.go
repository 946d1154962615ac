package limit_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"gatehouse/internal/devstack"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// servers are the real thing and the imitation that laptops have.
func servers(t *testing.T) map[string]*redis.Client {
	t.Helper()
	start := map[string]func() (*devstack.Redis, error){
		"real":      func() (*devstack.Redis, error) { return devstack.StartRedis(t.Context(), devstack.RedisOptions{}) },
		"imitation": devstack.StartMiniRedis,
	}
	clients := map[string]*redis.Client{}
	for name, start := range start {
		server, err := start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Stop() })
		options, err := redis.ParseURL(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		clients[name] = redis.NewClient(options)
		t.Cleanup(func() { _ = clients[name].Close() })
	}
	return clients
}

func TestRedisAddsUpWhatReplicasSpend(t *testing.T) {
	t.Parallel()
	for name, client := range servers(t) {
		r, until := limit.NewRedis(client), time.Now().Add(time.Hour)
		for round := range 3 {
			known, err := r.Exchange(t.Context(), []limit.Spent{
				{Name: "caller:a", Time: 10 * time.Second}, {Name: "quota:b", Count: 7, Until: until}, {Name: "caller:c", Time: time.Microsecond},
			})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if want := time.Duration(round+1) * 10 * time.Second; known[0].Ahead > want || known[0].Ahead < want-5*time.Second {
				t.Errorf("%s: ahead %s after %s were spent", name, known[0].Ahead, want)
			}
			if known[1].Count != int64(7*(round+1)) {
				t.Errorf("%s: count %d in round %d", name, known[1].Count, round)
			}
			if known[2].Ahead > time.Millisecond {
				t.Errorf("%s: ahead %s after next to nothing was spent", name, known[2].Ahead)
			}
		}
	}
}

func TestRedisForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	client := servers(t)["real"]
	if _, err := limit.NewRedis(client).Exchange(t.Context(), []limit.Spent{
		{Name: "caller:a", Time: 10 * time.Second}, {Name: "quota:b", Count: 7, Until: time.Now().Add(time.Hour)},
	}); err != nil {
		t.Fatal(err)
	}
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	for _, key := range keys {
		if ttl := client.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > 3*time.Hour {
			t.Errorf("%s lives %s", key, ttl)
		}
	}
}

func TestTwoReplicasShareALimitThroughRedis(t *testing.T) {
	t.Parallel()
	for name, client := range servers(t) {
		c := roomy()
		c.PerOrganization = limit.Rate{PerSecond: 0.001, Burst: 10}
		one, two := newLimits(t, c), newLimits(t, c)
		visitors, others := newVisitors(t), newVisitors(t)
		org, ctx := tenants.NewID(), t.Context()
		syncs := []*limit.Sync{
			through(limit.NewRedis(client), one, visitors),
			through(limit.NewRedis(client), two, others),
		}
		admitted(one, org, tenants.NewGUID(), 9)
		admitted(two, org, tenants.NewGUID(), 1)
		_, _ = visitors.Admit("192.0.2.1"), others.Admit("192.0.2.1")
		for _, s := range append(syncs, syncs[0]) {
			if err := s.Once(ctx); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if got := admitted(two, org, tenants.NewGUID(), 10); got != 0 {
			t.Errorf("%s: the second replica admits %d more", name, got)
		}
		if err := others.Admit("192.0.2.1"); err == nil {
			t.Errorf("%s: a visitor comes a third time", name)
		}
		if !syncs[0].Fresh() {
			t.Errorf("%s: not fresh after an exchange", name)
		}
	}
}

func TestTwoReplicasShareOwnLimitsThroughRedis(t *testing.T) {
	t.Parallel()
	for server, client := range servers(t) {
		for name, mine := range map[string]tenants.Limit{
			"the slowest": {Name: "mine", Per: tenants.PerCaller, Rate: perMinute(1, 1_000_000), PerDay: 10},
			"a rate":      {Name: "mine", Per: tenants.PerCaller, Rate: perMinute(1, 10)},
		} {
			one, two := newLimits(t, roomy()), newLimits(t, roomy())
			c := toolCall(tenants.NewID(), "pay")
			c.Own = own(t, mine)
			syncs := []*limit.Sync{
				through(limit.NewRedis(client), one),
				through(limit.NewRedis(client), two),
			}
			if made(one, c, 9) != 9 || made(two, c, 1) != 1 {
				t.Fatalf("%s, %s: fewer calls are admitted", server, name)
			}
			for _, s := range append(syncs, syncs[0]) {
				if err := s.Once(t.Context()); err != nil {
					t.Fatalf("%s, %s: %v", server, name, err)
				}
			}
			if a, b := made(one, c, 5), made(two, c, 5); a+b != 0 {
				t.Errorf("%s, %s: the replicas admit %d and %d more", server, name, a, b)
			}
		}
	}
}

func newVisitors(t *testing.T) *limit.Visitors {
	t.Helper()
	v, err := limit.NewVisitors("address", limit.Rate{PerSecond: 0.001, Burst: 2}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNoNameLeavesForRedis(t *testing.T) {
	t.Parallel()
	b := newBlackboard()
	l, v := newLimits(t, roomy()), newVisitors(t)
	org, alice := tenants.NewID(), tenants.NewGUID()
	if _, err := l.Acquire(limit.Who{Org: org, Caller: alice, Client: "https://assistant.example/client.json"}); err != nil {
		t.Fatal(err)
	}
	if err := v.Admit("192.0.2.7"); err != nil {
		t.Fatal(err)
	}
	if err := through(b, l, v).Once(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(b.due) != 4 {
		t.Errorf("%d things told, want organization, caller, client and visitor", len(b.due))
	}
	for name := range b.due {
		if len(name) > 48 {
			t.Errorf("%q is no digest", name)
		}
	}
}
