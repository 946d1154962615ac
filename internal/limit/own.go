package limit

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// maxOwn is how many limits an organization can have: as many as a word has bits.
const maxOwn = 64

// Own is the limits that an organization has set for itself, ready to be asked. It
// is immutable; nil has none.
type Own struct{ rules []rule }

// rule is one limit.
type rule struct {
	name         string
	per          tenants.LimitSubject
	client, tool string
	pace         pace  // zero: no rate
	perDay       int64 // zero: no number per day
	closed       bool  // it refuses while the other replicas cannot be heard of

	overRate, overDay, unheard string // public sentences
}

// Compile returns an organization's limits, or an error that names every one that
// is unusable.
func Compile(limits []tenants.Limit) (*Own, error) {
	if len(limits) == 0 {
		return nil, nil //nolint:nilnil // nil has no limits
	}
	if len(limits) > maxOwn {
		return nil, fmt.Errorf("limit: an organization has %d limits and may have %d", len(limits), maxOwn)
	}
	own, errs := &Own{rules: make([]rule, len(limits))}, make([]error, len(limits))
	for i, l := range limits {
		own.rules[i], errs[i] = compile(l)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return own, nil
}

func compile(l tenants.Limit) (rule, error) {
	r := rule{name: l.Name, per: l.Per, client: l.Client, tool: l.Tool, perDay: l.PerDay, closed: l.Uncounted == tenants.Refuse}
	if l.Rate != (tenants.LimitRate{}) {
		rate := rateOf(l.Rate)
		if err := rate.check(l.Name); err != nil {
			return rule{}, err
		}
		r.pace = rate.pace()
	}
	if r.pace == (pace{}) && r.perDay <= 0 || r.perDay < 0 {
		return rule{}, fmt.Errorf("limit: %s has no usable rate and no usable number per day", l.Name)
	}
	by, known := map[tenants.LimitSubject]string{tenants.PerCaller: "by one caller", tenants.PerClient: "by one AI app", tenants.PerTool: "of one tool"}[l.Per]
	if !known {
		return rule{}, fmt.Errorf("limit: %s is per %q, which is none of caller, client, tool", l.Name, l.Per)
	}
	r.overRate = fmt.Sprintf("the organization's limit %q is reached: %s every %s %s, %d at once; retry later", l.Name, calls(int64(l.Rate.Calls)), l.Rate.Every, by, l.Rate.Burst)
	r.overDay = fmt.Sprintf("the organization's limit %q is used up: %s per day %s; wait for the next day (UTC), or ask its administrators for more", l.Name, calls(l.PerDay), by)
	r.unheard = fmt.Sprintf("the organization's limit %q cannot be counted at the moment; try again shortly", l.Name)
	return r, nil
}

func rateOf(r tenants.LimitRate) Rate {
	seconds := 1.0
	if r.Every == tenants.EveryMinute {
		seconds = time.Minute.Seconds()
	}
	return Rate{PerSecond: float64(r.Calls) / seconds, Burst: r.Burst}
}

func calls(n int64) string {
	if n == 1 {
		return "1 call"
	}
	return strconv.FormatInt(n, 10) + " calls"
}

// covers reports whether a call falls under the limit.
func (r *rule) covers(c Call) bool {
	switch r.per {
	case tenants.PerClient:
		return r.client == "" || r.client == c.Client
	case tenants.PerTool:
		return authz.Matches(r.tool, c.Name)
	case tenants.PerCaller:
	}
	return true
}

// counts names what a call is counted under.
func (r *rule) counts(c Call) meterKey {
	k := meterKey{org: c.Org, limit: r.name}
	switch r.per {
	case tenants.PerCaller:
		k.id = c.Caller
	case tenants.PerClient:
		k.name = c.Client
	case tenants.PerTool:
		k.name = c.Name
	}
	return k
}
