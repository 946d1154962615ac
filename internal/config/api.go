package config

import "net/url"

// API is the configuration of cmd/api.
type API struct {
	Process

	Listen string `env:"GATEHOUSE_LISTEN" default:":8080"`

	AuditDatabaseURL Secret `env:"GATEHOUSE_AUDIT_DATABASE_URL,required"`

	Console
	Limits

	// ExtraOrigins are browser origins that every organization accepts.
	ExtraOrigins []string `env:"GATEHOUSE_EXTRA_ORIGINS"`

	// AnyLoopbackPort lets a proxy on this machine pass Host and Origin on as
	// they came: whatever port they name, they mean us.
	AnyLoopbackPort bool `env:"GATEHOUSE_ANY_LOOPBACK_PORT" default:"false"`

	MaxBodyBytes int64 `env:"GATEHOUSE_MAX_BODY_BYTES" default:"4194304"`
}

const (
	minBody = 4 << 10
	maxBody = 64 << 20
)

// problems returns what is wrong with values that were understood one by one.
func (c API) problems() Errors {
	p := c.Process.problems()
	p.listen("GATEHOUSE_LISTEN", c.Listen)
	p.postgres("GATEHOUSE_AUDIT_DATABASE_URL", c.AuditDatabaseURL)
	p.origins("GATEHOUSE_EXTRA_ORIGINS", c.ExtraOrigins)
	if c.MaxBodyBytes < minBody || c.MaxBodyBytes > maxBody {
		p.add("GATEHOUSE_MAX_BODY_BYTES is %d; give a number of bytes between %d and %d", c.MaxBodyBytes, minBody, maxBody)
	}
	p = append(p, c.Console.problems()...)
	p = append(p, c.Limits.problems()...)
	if c.ConsoleClientID != "" && c.ConsoleClientID == c.SharedAppClientID {
		p.add("GATEHOUSE_CONSOLE_CLIENT_ID and GATEHOUSE_SHARED_APP_CLIENT_ID name one app; register two: a token for the console must never be one for tools")
	}
	switch c.Environment {
	case Production:
		c.production(&p)
	case Development:
		c.development(&p)
	}
	return p
}

// production refuses what would make a server pretend to be safe.
func (c API) production(p *Errors) {
	if c.AnyLoopbackPort {
		p.add("GATEHOUSE_ANY_LOOPBACK_PORT is true; it is for a proxy on a developer's machine: unset it")
	}
	for _, origin := range c.ExtraOrigins {
		if u, err := url.Parse(origin); err == nil && u.Scheme == "http" {
			p.add("GATEHOUSE_EXTRA_ORIGINS holds %q; production accepts https origins only", origin)
		}
	}
}

// development refuses what would let anybody but this machine reach it.
func (c API) development(p *Errors) {
	p.local("GATEHOUSE_LISTEN", c.Listen, "localhost:8080")
	if c.AnyLoopbackPort && !loopbackHost(c.BaseURL.Hostname()) {
		p.add("GATEHOUSE_ANY_LOOPBACK_PORT is true, and GATEHOUSE_BASE_URL names the host %q; it needs one of this machine: unset it", c.BaseURL.Hostname())
	}
}
