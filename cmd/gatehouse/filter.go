package main

import (
	"flag"
	"fmt"
	"time"

	"gatehouse/internal/audit/filter"
	"gatehouse/internal/tenants"
)

// conditions is the flags that say which records.
type conditions struct {
	from, to, text                                          string
	people, clients, tools, kinds, effects, outcomes, roles listed
}

func (c *conditions) register(set *flag.FlagSet) {
	set.StringVar(&c.from, "from", "", "made at this time or later: 2026-03-01, or 2026-03-01T08:00:00Z")
	set.StringVar(&c.to, "to", "", "made before this time")
	set.StringVar(&c.text, "text", "", "occurs in tool, target, detail, reason, the actor's name or the client's id")
	for _, l := range []struct {
		name, usage string
		into        *listed
	}{
		{"person", "object ID of who acted, or of whom it is about", &c.people},
		{"client", "id of the AI client", &c.clients},
		{"tool", "name of the tool", &c.tools},
		{"kind", "what the record is about, such as tool_call or config_change", &c.kinds},
		{"effect", "read, write or destructive", &c.effects},
		{"outcome", "ok, tool_error, refused, fault or unknown", &c.outcomes},
		{"role", "tool role that who acted held", &c.roles},
	} {
		set.Var(l.into, l.name, l.usage+"; again for another, of which any will do")
	}
}

// filter returns the conditions, of which all have to hold.
func (c *conditions) filter() (f filter.Filter, err error) {
	if f.From, err = instant(c.from); err != nil {
		return f, fmt.Errorf("--from: %w", err)
	}
	if f.To, err = instant(c.to); err != nil {
		return f, fmt.Errorf("--to: %w", err)
	}
	for _, p := range c.people {
		id, err := tenants.ParseGUID(p)
		if err != nil {
			return f, fmt.Errorf("--person: %w", err)
		}
		f.People = append(f.People, id)
	}
	f.Clients, f.Tools, f.Kinds, f.Effects, f.Outcomes, f.Roles, f.Text = c.clients, c.tools, c.kinds, c.effects, c.outcomes, c.roles, c.text
	return f, f.Validate()
}

// instant reads a time, or a day, which begins at midnight by UTC.
func instant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Errorf("%q is no time; write 2026-03-01, or 2026-03-01T08:00:00Z", text)
	}
	return t.UTC(), nil
}
