package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"gatehouse/internal/access"
	"gatehouse/internal/config"
	"gatehouse/internal/console"
	"gatehouse/internal/limit"
)

// What the limits remember at most, so that their memory is bounded.
const (
	limitedOrganizations = 50_000
	limitedCallers       = 200_000
)

// consoleConcurrency is how many requests of one session or token may be under
// way. Reading a whole configuration is work, so that it is less than a caller of
// tools may have; a page of the console asks for fewer.
const consoleConcurrency = 16

// testMessages is how many an organization sends to its contacts, or an address gets.
var testMessages = limit.Rate{PerSecond: 1.0 / 60, Burst: 5}

// limits are those of the calls and of the console, in step with other replicas
// where there is a Redis.
type limits struct {
	calls   *limit.Limits
	console console.Visitors
	// strangers bounds who asks authorization servers. AI apps that run on servers of
	// their own come from few addresses for many people, so it is as much as a whole
	// organization may ask of its tools.
	strangers *limit.Visitors
	// leavers bounds those of them who leave something behind without having signed in:
	// rows of the database, and records. It is as much as one caller may ask of tools.
	leavers *limit.Visitors
	// tests bounds test messages to contacts.
	tests *limit.Visitors
	sync  *limit.Sync   // nil without Redis
	redis *redis.Client // nil without Redis
}

func newLimits(o Options) (*limits, error) {
	c := limitsOf(o.Config.Limits)
	calls, err := limit.New(c)
	if err != nil {
		return nil, err
	}
	each, err := limit.NewVisitors("session", c.PerCaller, c.MaxCallers)
	if err != nil {
		return nil, err
	}
	address, err := limit.NewVisitors("address", c.PerOrganization, c.MaxOrganizations)
	if err != nil {
		return nil, err
	}
	strangers, err := limit.NewVisitors("stranger", c.PerOrganization, c.MaxOrganizations)
	if err != nil {
		return nil, err
	}
	leavers, err := limit.NewVisitors("leaver", c.PerCaller, c.MaxOrganizations)
	if err != nil {
		return nil, err
	}
	tests, err := limit.NewVisitors("contact test", testMessages, c.MaxOrganizations)
	if err != nil {
		return nil, err
	}
	places, err := limit.NewPlaces(min(consoleConcurrency, c.MaxConcurrentPerCaller))
	if err != nil {
		return nil, err
	}
	l := &limits{calls: calls, console: console.Visitors{Each: each, Address: address, Places: places}, strangers: strangers, leavers: leavers, tests: tests}
	if o.Config.RedisURL == "" {
		return l, nil
	}
	options, err := redis.ParseURL(o.Config.RedisURL.Reveal())
	if err != nil {
		return nil, about("GATEHOUSE_REDIS_URL", errRedisURL)
	}
	l.redis = redis.NewClient(patient(options))
	l.sync = limit.NewSync(limit.NewRedis(l.redis), o.Telemetry.Logger)
	calls.ShareThrough(l.sync)
	each.ShareThrough(l.sync)
	address.ShareThrough(l.sync)
	strangers.ShareThrough(l.sync)
	leavers.ShareThrough(l.sync)
	tests.ShareThrough(l.sync)
	return l, nil
}

// patient leaves trying again to the next exchange, a tenth of a second later,
// and complaining to whoever exchanges.
func patient(o *redis.Options) *redis.Options {
	redis.SetLogger(silent{})
	o.MaxRetries, o.DialerRetries, o.DialTimeout, o.PoolSize = -1, 1, time.Second, 2
	return o
}

// silent is a logger that go-redis may use for the whole process.
type silent struct{}

// Printf implements redis's logging interface.
func (silent) Printf(context.Context, string, ...any) {}

// errRedisURL does not repeat the URL, which may hold a password.
var errRedisURL = errors.New("is not a Redis URL; give one such as rediss://user:password@host:6379/0")

// allowed is what rules about the limits of organizations need to know of those of
// the deployment.
func allowed(c config.Limits) access.Allowance {
	l := limitsOf(c)
	return access.Allowance{
		Organization: access.Pace(l.PerOrganization), Caller: access.Pace(l.PerCaller), Client: access.Pace(l.PerClient), Tool: access.Pace(l.PerTool),
		Quota: l.Quota.Requests,
	}
}

func limitsOf(c config.Limits) limit.Config {
	rate := func(perSecond float64) limit.Rate { return limit.Rate{PerSecond: perSecond, Burst: int(2 * perSecond)} }
	closed := make([]limit.Subject, len(c.ClosedLimits))
	for i, name := range c.ClosedLimits {
		closed[i] = limit.Subject(name)
	}
	return limit.Config{
		PerOrganization: rate(c.OrganizationRate), PerCaller: rate(c.CallerRate), PerClient: rate(c.ClientRate), PerTool: rate(c.ToolRate),
		MaxConcurrentPerOrganization: int(c.OrganizationConcurrency), MaxConcurrentPerCaller: int(c.CallerConcurrency),
		MaxOrganizations: limitedOrganizations, MaxCallers: limitedCallers, Closed: closed,
		Quota: limit.Quota{Requests: c.OrganizationQuota.Requests, Period: limit.Period(c.OrganizationQuota.Period)},
	}
}

// run keeps the limits in step until ctx ends.
func (l *limits) run(ctx context.Context) error {
	if l.sync == nil {
		return nil
	}
	return l.sync.Run(ctx)
}

func (l *limits) close() error {
	if l.redis == nil {
		return nil
	}
	if err := l.redis.Close(); err != nil {
		return fmt.Errorf("close Redis: %w", err)
	}
	return nil
}
