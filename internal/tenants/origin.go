package tenants

import (
	"regexp"

	"gatehouse/internal/fault"
)

const (
	// OriginPattern is a browser origin as a browser writes it (RFC 6454 §6.2): of
	// https, or of http on this machine.
	OriginPattern = `^(https://([a-z0-9_][a-z0-9_.-]*|\[[0-9a-f:.]+\])|http://(localhost|127\.0\.0\.1|\[::1\]))(:[1-9][0-9]{0,4})?$`
	// DefaultPortPattern is one with the port that browsers leave out.
	DefaultPortPattern = `^(https:.*:443|http:.*:80)$`
)

var (
	origins      = regexp.MustCompile(OriginPattern)
	defaultPorts = regexp.MustCompile(DefaultPortPattern)
)

// CheckOrigin says what is wrong with a browser origin. It does not repeat it.
func CheckOrigin(s string) error {
	if !origins.MatchString(s) || defaultPorts.MatchString(s) {
		return fault.New(fault.Invalid, "is not a browser origin; write scheme and host in lower case, and only a port that is not the default one: https://app.example")
	}
	return nil
}
