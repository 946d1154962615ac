package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits is what a deployment admits. Rates are requests per second, with twice
// as many at once.
type Limits struct {
	// RedisURL is where replicas tell each other what they have let in; empty:
	// each counts for itself.
	RedisURL Secret `env:"GATEHOUSE_REDIS_URL"`

	OrganizationRate  float64 `env:"GATEHOUSE_ORGANIZATION_RATE" default:"500"`
	CallerRate        float64 `env:"GATEHOUSE_CALLER_RATE" default:"50"`
	ClientRate        float64 `env:"GATEHOUSE_CLIENT_RATE" default:"500"`
	ToolRate          float64 `env:"GATEHOUSE_TOOL_RATE" default:"500"`
	OrganizationQuota Quota   `env:"GATEHOUSE_ORGANIZATION_QUOTA"`

	OrganizationConcurrency int64 `env:"GATEHOUSE_ORGANIZATION_CONCURRENCY" default:"256"`
	CallerConcurrency       int64 `env:"GATEHOUSE_CALLER_CONCURRENCY" default:"64"`

	// ClosedLimits are those that refuse while Redis cannot be reached.
	ClosedLimits []string `env:"GATEHOUSE_CLOSED_LIMITS"`

	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix `env:"GATEHOUSE_TRUSTED_PROXIES"`
}

// Quota is how many requests an organization has in a period; zero is none.
type Quota struct {
	Requests int64
	Period   string // day or month
}

const maxRate = 1_000_000

// closable are the limits that may be asked to refuse.
var closable = []string{"organization", "caller", "client", "tool"}

func (l Limits) problems() Errors {
	var p Errors
	p.redis("GATEHOUSE_REDIS_URL", l.RedisURL)
	p.rate("GATEHOUSE_ORGANIZATION_RATE", l.OrganizationRate)
	p.rate("GATEHOUSE_CALLER_RATE", l.CallerRate)
	p.rate("GATEHOUSE_CLIENT_RATE", l.ClientRate)
	p.rate("GATEHOUSE_TOOL_RATE", l.ToolRate)
	p.rate("GATEHOUSE_ORGANIZATION_CONCURRENCY", float64(l.OrganizationConcurrency))
	p.rate("GATEHOUSE_CALLER_CONCURRENCY", float64(l.CallerConcurrency))
	unknown := slices.DeleteFunc(slices.Clone(l.ClosedLimits), func(name string) bool { return slices.Contains(closable, name) })
	switch {
	case len(unknown) > 0:
		p.add("GATEHOUSE_CLOSED_LIMITS holds %q; use some of %s", unknown[0], strings.Join(closable, ", "))
	case len(l.ClosedLimits) > 0 && l.RedisURL == "":
		p.add("GATEHOUSE_CLOSED_LIMITS names limits that replicas share, and GATEHOUSE_REDIS_URL is not set; set it, or leave the limits open")
	}
	return p
}

// redis accepts the URL form that go-redis understands.
func (p *Errors) redis(name string, s Secret) {
	if s == "" {
		return
	}
	u, err := url.Parse(s.Reveal())
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" {
		p.add("%s must be a Redis URL: rediss://user:password@host:6379/0", name)
	}
}

// parseQuota reads "100000/day".
func parseQuota(s string) (Quota, error) {
	number, period, _ := strings.Cut(s, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || period != "day" && period != "month" {
		return Quota{}, fmt.Errorf("is %q; give a number of requests and day or month: 100000/day", s)
	}
	return Quota{Requests: n, Period: period}, nil
}

// parsePrefixes reads networks; an address is a network of one.
func parsePrefixes(s string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, item := range parseList(s) {
		prefix, err := netip.ParsePrefix(item)
		if address, alone := netip.ParseAddr(item); alone == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil || prefix != prefix.Masked() {
			return nil, fmt.Errorf("holds %q; give addresses or networks: 10.0.0.0/8,192.0.2.1", item)
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("holds %q, which is everybody; anybody could then write any address: give the networks of your proxies", item)
		}
		all = append(all, prefix)
	}
	return all, nil
}
