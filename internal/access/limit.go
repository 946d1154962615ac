package access

import (
	"fmt"
	"slices"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// What an organization's limits may be at most. What is above the deployment's own
// limits has no effect; the bounds keep the arithmetic of times exact.
const (
	MaxLimits     = 50
	MaxLimitCalls = 1_000_000 // of a rate, and at once
	MaxLimitDay   = 1_000_000_000
)

// PutLimit adds a limit, or changes the one of the same name. Its client's id is
// stored in canonical form, and a burst that is left out is all calls of the
// interval. A broken rule is Invalid.
func (c *Configuration) PutLimit(l tenants.Limit) error {
	l = CanonicalLimit(l)
	var found complaints
	found.limit("", l)
	at := c.limitAt(l.Name)
	if at < 0 && len(c.Limits) >= MaxLimits {
		found.add("", fmt.Sprintf("there are %d limits already, which is the most; remove one first", MaxLimits))
	}
	if err := Refuse(found); err != nil {
		return err
	}
	if at < 0 {
		c.Limits = with(c.Limits, l)
	} else {
		c.Limits = replaced(c.Limits, at, l)
	}
	return nil
}

// RemoveLimit removes a limit. A name that no limit has is NotFound.
func (c *Configuration) RemoveLimit(name string) error {
	if c.limitAt(name) < 0 {
		return fault.Newf(fault.NotFound, "limit %.120q does not exist; list the limits for those that do", name)
	}
	c.Limits = without(c.Limits, func(l tenants.Limit) bool { return l.Name == name })
	return nil
}

func (c *Configuration) limitAt(name string) int {
	return slices.IndexFunc(c.Limits, func(l tenants.Limit) bool { return l.Name == name })
}

// CanonicalLimit returns a limit as it is stored.
func CanonicalLimit(l tenants.Limit) tenants.Limit {
	l.Client = canonicalID(l.Client)
	if l.Rate.Burst == 0 {
		l.Rate.Burst = l.Rate.Calls
	}
	if l.Uncounted == "" {
		l.Uncounted = tenants.Admit
	}
	return l
}

func (c *complaints) limit(at Place, l tenants.Limit) {
	if !sourceName.MatchString(l.Name) {
		c.add(at.Field("name"), fmt.Sprintf("%.60q must have 1 to %d lowercase letters, digits and inner hyphens", l.Name, MaxSourceName))
	}
	c.limited(at, l)
	switch {
	case l.Rate != tenants.LimitRate{}:
		c.rate(at.Field("rate"), l.Rate)
	case l.PerDay == 0:
		c.add(at.Field("rate"), "is missing, and so is callsPerDay; give one of them, or both")
	}
	if l.PerDay < 0 || l.PerDay > MaxLimitDay {
		c.add(at.Field("callsPerDay"), fmt.Sprintf("is %d and must be between 1 and %d", l.PerDay, MaxLimitDay))
	}
	if l.Uncounted != tenants.Admit && l.Uncounted != tenants.Refuse {
		c.add(at.Field("whenUncounted"), fmt.Sprintf("%.40q must be admit or refuse", l.Uncounted))
	}
}

// limited checks what a limit is about.
func (c *complaints) limited(at Place, l tenants.Limit) {
	switch l.Per {
	case tenants.PerCaller, tenants.PerClient, tenants.PerTool:
	default:
		c.add(at.Field("per"), fmt.Sprintf("%.40q must be caller, client or tool", l.Per))
		return
	}
	switch client := at.Field("client"); {
	case l.Client == "":
	case l.Per != tenants.PerClient:
		c.add(client, fmt.Sprintf("is for limits per client, and this one is per %s; remove it, or make the limit one per client", l.Per))
	default:
		c.check(client, CheckClientID(l.Client))
	}
	switch tool := at.Field("tool"); {
	case l.Per == tenants.PerTool && l.Tool == "":
		c.add(tool, "is missing; name a tool, or a pattern of tools such as payroll_*")
	case l.Per == tenants.PerTool:
		c.check(tool, authz.CheckPattern(l.Tool))
	case l.Tool != "":
		c.add(tool, fmt.Sprintf("is for limits per tool, and this one is per %s; remove it, or make the limit one per tool", l.Per))
	}
}

func (c *complaints) rate(at Place, r tenants.LimitRate) {
	for _, n := range []struct {
		name string
		is   int
	}{{"calls", r.Calls}, {"burst", r.Burst}} {
		if n.is < 1 || n.is > MaxLimitCalls {
			c.add(at.Field(n.name), fmt.Sprintf("is %d and must be between 1 and %d", n.is, MaxLimitCalls))
		}
	}
	if r.Every != tenants.EverySecond && r.Every != tenants.EveryMinute {
		c.add(at.Field("every"), fmt.Sprintf("%.40q must be second or minute", r.Every))
	}
}

func (c *complaints) limits(of Configuration) {
	seen := map[string]bool{}
	for i, l := range of.Limits {
		at := Place("limits").At(i)
		c.limit(at, l)
		if seen[l.Name] {
			c.add(at.Field("name"), fmt.Sprintf("%q is there twice; remove one", l.Name))
		}
		seen[l.Name] = true
	}
}

// limits warns of limits that nothing falls under, and of those that the
// deployment's own make idle.
func (w *warner) limits(list []tenants.Limit, listed []string) {
	for i, l := range list {
		at := Place("limits").At(i)
		w.unreached(at, l)
		switch {
		case l.Per == tenants.PerTool:
			w.pattern(at.Field("tool"), l.Tool)
		case l.Client != "" && !slices.Contains(listed, l.Client):
			w.add(at.Field("client"), "is a client that is not listed, so it cannot connect; list it under clients")
		}
	}
}

func (c Configuration) limitTotals() section {
	type rate struct {
		Calls int                   `json:"calls"`
		Every tenants.LimitInterval `json:"every"`
		Burst int                   `json:"burst"`
	}
	type limit struct {
		Name      string               `json:"name"`
		Per       tenants.LimitSubject `json:"per"`
		Client    string               `json:"client,omitempty"`
		Tool      string               `json:"tool,omitempty"`
		Rate      rate                 `json:"rate,omitzero"`
		PerDay    int64                `json:"callsPerDay,omitempty"`
		Uncounted tenants.Admission    `json:"whenUncounted"`
	}
	total := section{name: "limits"}
	for _, l := range c.Limits {
		total.bytes += size(limit{l.Name, l.Per, l.Client, l.Tool, rate(l.Rate), l.PerDay, l.Uncounted})
	}
	return total
}
