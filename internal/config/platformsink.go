package config

import (
	"net/url"
)

// PlatformSink is where the operator wants the checkpoints of the platform's own log.
// Without a URL they go nowhere else.
type PlatformSink struct {
	PlatformSinkURL    url.URL          `env:"GATEHOUSE_PLATFORM_SINK_URL"`
	PlatformSinkKind   PlatformSinkKind `env:"GATEHOUSE_PLATFORM_SINK_KIND" default:"webhook"`
	PlatformSinkSecret FileSecret       `env:"GATEHOUSE_PLATFORM_SINK_SECRET"`

	// Of storage that is asked as S3 is.
	PlatformSinkKeyID  string `env:"GATEHOUSE_PLATFORM_SINK_KEY_ID"`
	PlatformSinkRegion string `env:"GATEHOUSE_PLATFORM_SINK_REGION"`
}

// PlatformSinkKind is what it understands.
type PlatformSinkKind string

// The kinds.
const (
	PlatformWebhook PlatformSinkKind = "webhook"
	PlatformStorage PlatformSinkKind = "storage"
)

// HasPlatformSink reports whether there is one.
func (c PlatformSink) HasPlatformSink() bool { return c.PlatformSinkURL != (url.URL{}) }

// problems returns what is wrong with the values together.
func (c PlatformSink) problems(e Environment) Errors {
	var p Errors
	if !c.HasPlatformSink() {
		for name, set := range map[string]bool{
			"GATEHOUSE_PLATFORM_SINK_SECRET": !c.PlatformSinkSecret.IsZero(), "GATEHOUSE_PLATFORM_SINK_KEY_ID": c.PlatformSinkKeyID != "", "GATEHOUSE_PLATFORM_SINK_REGION": c.PlatformSinkRegion != "",
		} {
			if set {
				p.needs(name, "GATEHOUSE_PLATFORM_SINK_URL")
			}
		}
		return p
	}
	u := c.PlatformSinkURL
	local := e == Development && u.Scheme == "http" && loopbackHost(u.Hostname())
	if u.Scheme != "https" && !local || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		p.add("GATEHOUSE_PLATFORM_SINK_URL must be an https URL without user and parameters; a signature goes into GATEHOUSE_PLATFORM_SINK_SECRET")
	}
	if c.PlatformSinkSecret.IsZero() {
		p.needs("GATEHOUSE_PLATFORM_SINK_URL", "GATEHOUSE_PLATFORM_SINK_SECRET")
	}
	if (c.PlatformSinkKeyID == "") != (c.PlatformSinkRegion == "") || c.PlatformSinkKeyID != "" && c.PlatformSinkKind != PlatformStorage {
		p.add("GATEHOUSE_PLATFORM_SINK_KEY_ID and GATEHOUSE_PLATFORM_SINK_REGION go together, and with storage as S3 has it")
	}
	return p
}
