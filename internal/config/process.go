package config

import (
	"crypto/x509"
	"iter"
	"log/slog"
	"net/url"
	"time"
)

// Process is what the processes of a deployment have in common: how they reach
// its database, Entra and Graph, and open its secrets. They have the same values,
// but for the role in DatabaseURL.
type Process struct {
	Environment Environment `env:"GATEHOUSE_ENVIRONMENT" default:"production"`

	// BaseURL is the public origin of this deployment: a scheme and a host,
	// nothing else, so that paths can be appended to it as they are.
	BaseURL url.URL `env:"GATEHOUSE_BASE_URL,required"`

	DatabaseURL Secret `env:"GATEHOUSE_DATABASE_URL,required"`

	Cloud Cloud `env:"GATEHOUSE_CLOUD" default:"public"`

	KEKSource
	SharedApp
	Mail

	OTLPURL    url.URL    `env:"GATEHOUSE_OTLP_URL"` // zero: nothing is exported
	TraceRatio float64    `env:"GATEHOUSE_TRACE_RATIO" default:"0.01"`
	LogLevel   slog.Level `env:"GATEHOUSE_LOG_LEVEL" default:"info"`

	// EntraURL and GraphURL name an emulator; zero means Microsoft's clouds.
	EntraURL            url.URL `env:"GATEHOUSE_ENTRA_URL"`
	GraphURL            url.URL `env:"GATEHOUSE_GRAPH_URL"`
	AllowLoopbackEgress bool    `env:"GATEHOUSE_ALLOW_LOOPBACK_EGRESS" default:"false"`

	// ExtraCA are authorities that outbound TLS trusts besides the system's.
	ExtraCA []*x509.Certificate `env:"GATEHOUSE_EXTRA_CA"`

	ShutdownTimeout time.Duration `env:"GATEHOUSE_SHUTDOWN_TIMEOUT" default:"5s"`
}

const maxShutdown = 5 * time.Minute

// problems returns what is wrong with values that were understood one by one.
func (c Process) problems() Errors {
	var p Errors
	p.origin("GATEHOUSE_BASE_URL", c.BaseURL)
	p.postgres("GATEHOUSE_DATABASE_URL", c.DatabaseURL)
	p.endpoint("GATEHOUSE_OTLP_URL", c.OTLPURL)
	p.origin("GATEHOUSE_ENTRA_URL", c.EntraURL)
	p.origin("GATEHOUSE_GRAPH_URL", c.GraphURL)
	if !(c.TraceRatio >= 0 && c.TraceRatio <= 1) { // written so that NaN fails too
		p.add("GATEHOUSE_TRACE_RATIO is %v; give a share of traces between 0 and 1", c.TraceRatio)
	}
	if c.ShutdownTimeout <= 0 || c.ShutdownTimeout > maxShutdown {
		p.add("GATEHOUSE_SHUTDOWN_TIMEOUT is %s; give a duration above 0s and up to %s", c.ShutdownTimeout, maxShutdown)
	}
	p = append(p, c.KEKSource.problems(c.Cloud)...)
	p = append(p, c.SharedApp.problems()...)
	p = append(p, c.Mail.problems(c.Environment)...)
	switch c.Environment {
	case Production:
		c.production(&p)
	case Development:
		c.development(&p)
	}
	return p
}

// production refuses what would make a deployment pretend to be safe.
func (c Process) production(p *Errors) {
	if c.BaseURL.Scheme == "http" {
		p.add("GATEHOUSE_BASE_URL uses http; production serves https only: put TLS in front and give its https URL")
	}
	if !c.KEK.IsZero() && !c.AllowLocalKEK {
		p.add("GATEHOUSE_KEK is a local key-encryption key; whoever reads it opens every organization's secrets: " +
			"set GATEHOUSE_ALLOW_LOCAL_KEK=true if that is accepted in production")
	}
	if c.AllowLoopbackEgress {
		p.add("GATEHOUSE_ALLOW_LOOPBACK_EGRESS is true; it opens this machine to tool calls and is for development only: unset it")
	}
	if len(c.ExtraCA) > 0 {
		p.add("GATEHOUSE_EXTRA_CA makes outbound TLS trust an authority of this machine; production trusts the system's only: unset it")
	}
	for name := range c.emulators() {
		p.add("%s names an emulator, whose tokens anybody can make; production talks to Microsoft only: unset it", name)
	}
}

// development refuses what would let this machine ask anybody else's emulator.
func (c Process) development(p *Errors) {
	for name, u := range c.emulators() {
		if !loopbackHost(u.Hostname()) {
			p.add("%s names the host %q; an emulator runs on loopback only", name, u.Hostname())
		}
	}
}

// emulators yields the emulator URLs that are set, beside their variables.
func (c Process) emulators() iter.Seq2[string, url.URL] {
	return func(yield func(string, url.URL) bool) {
		if c.EntraURL != (url.URL{}) && !yield("GATEHOUSE_ENTRA_URL", c.EntraURL) {
			return
		}
		if c.GraphURL != (url.URL{}) {
			yield("GATEHOUSE_GRAPH_URL", c.GraphURL)
		}
	}
}
