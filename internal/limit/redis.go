package limit

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is an Exchange by way of a Redis or Valkey server. It keeps nothing there
// that outlives the limits it is about, and nobody's name.
type Redis struct{ client redis.UniversalClient }

// NewRedis returns an Exchange that uses a client of the caller's.
func NewRedis(client redis.UniversalClient) *Redis { return &Redis{client} }

// prefix puts all keys into one slot of a cluster, because one script handles
// many of them.
const prefix = "{gatehouse:limit}:"

// spend moves each thing's theoretical arrival time (GCRA) by what was spent,
// under the server's clock, in microseconds. Counts are added up until their
// period is over. It answers with how far ahead each time is, or with the count.
var spend = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local known = {}
for i, key in ipairs(KEYS) do
  local amount, expires = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  if expires > 0 then
    known[i] = redis.call('INCRBY', key, amount)
    redis.call('PEXPIRE', key, expires)
  else
    local due = tonumber(redis.call('GET', key) or '0')
    if due < now then due = now end
    due = due + amount
    redis.call('SET', key, string.format('%.0f', due), 'PX', math.floor((due - now) / 1000) + 1000)
    known[i] = math.floor(due - now)
  end
end
return known
`)

// Exchange implements Exchange.
func (r *Redis) Exchange(ctx context.Context, spent []Spent) ([]Known, error) {
	if len(spent) == 0 {
		if err := r.client.Ping(ctx).Err(); err != nil {
			return nil, fmt.Errorf("ping Redis: %w", err)
		}
		return nil, nil
	}
	keys, args := make([]string, len(spent)), make([]any, 0, 2*len(spent))
	for i, s := range spent {
		keys[i] = prefix + s.Name
		args = append(args, s.amount(), s.expires(time.Now()))
	}
	answer, err := spend.Run(ctx, r.client, keys, args...).Int64Slice()
	if err != nil {
		return nil, fmt.Errorf("share limits through Redis: %w", err)
	}
	if len(answer) != len(spent) {
		return nil, fmt.Errorf("share limits through Redis: %d answers to %d things", len(answer), len(spent))
	}
	known := make([]Known, len(answer))
	for i, n := range answer {
		if spent[i].Until.IsZero() {
			known[i].Ahead = time.Duration(n) * time.Microsecond
		} else {
			known[i].Count = n
		}
	}
	return known, nil
}

// amount is what the script adds: microseconds, rounded up, or a count.
func (s Spent) amount() string {
	if s.Until.IsZero() {
		return strconv.FormatInt(int64((s.Time+time.Microsecond-1)/time.Microsecond), 10)
	}
	return strconv.FormatInt(s.Count, 10)
}

// expires is when a count may be forgotten, in milliseconds from now; 0 says
// that it is a rate. An hour more than the period keeps replicas whose clocks
// differ from counting twice.
func (s Spent) expires(now time.Time) int64 {
	if s.Until.IsZero() {
		return 0
	}
	return max(s.Until.Add(time.Hour).Sub(now).Milliseconds(), 1)
}
