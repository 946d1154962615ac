package access

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// The bounds of sources.
const (
	MaxSources    = 50
	MaxSourceName = 32
	MaxSourceURL  = 2_000 // bytes
	MaxTimeout    = 5 * time.Minute
	MinTimeout    = time.Second
	MaxConcurrent = 100 // requests to one source at a time
)

// Deployment is what the rules about sources, tools and limits need to know of the
// deployment.
type Deployment struct {
	Tools    []string // names of the tools that it can run by itself
	Loopback Loopback
	Allowed  Allowance
}

// Loopback says whether a source may run on the same machine.
type Loopback uint8

// Production refuses loopback; development may allow it.
const (
	RefuseLoopback Loopback = iota
	AllowLoopback
)

// PutSource adds a source, with a fresh id unless it has one, or changes the
// source of the same id, and returns it. Secret is the ciphertext of what is
// secret of its credential, bound to the credential's id; nil keeps what there
// is, which is possible as long as the secret goes where it went before
// (SameSecret). A broken rule is Invalid, a name that is taken is Conflict.
func (c *Configuration) PutSource(s tools.Source, secret []byte, d Deployment) (tools.Source, error) {
	if s.ID.IsZero() {
		s.ID = tenants.NewGUID()
	}
	var found complaints
	found.source("", s, d)
	at := c.sourceAt(s.ID)
	if at < 0 && len(c.Sources) >= MaxSources {
		found.add("", fmt.Sprintf("there are %d sources already, which is the most; remove one first", MaxSources))
	}
	var was tools.Source
	if at >= 0 {
		was = c.Sources[at]
	}
	found.secret("", was, s, secret)
	if err := Refuse(found); err != nil {
		return tools.Source{}, err
	}
	for _, other := range c.Sources {
		if other.ID != s.ID && other.Name == s.Name {
			return tools.Source{}, refuse(fault.Conflict, []Problem{{"name", fmt.Sprintf("a source is called %q already; choose another name, or change that source", s.Name)}})
		}
	}
	c.bring(s.Credential.ID, secret)
	s.Credential.Scopes = slices.Clone(s.Credential.Scopes)
	if at < 0 {
		c.Sources = with(c.Sources, s)
	} else {
		c.Sources = replaced(c.Sources, at, s)
	}
	return s, nil
}

// RemoveSource removes a source and every approval of what it offers. An id that
// no source has is NotFound.
func (c *Configuration) RemoveSource(id tenants.GUID) error {
	if c.sourceAt(id) < 0 {
		return noSource(id)
	}
	c.Sources = without(c.Sources, func(s tools.Source) bool { return s.ID == id })
	c.Approvals = without(c.Approvals, func(a tools.Approval) bool { return a.Source == id })
	return nil
}

func (c *Configuration) sourceAt(id tenants.GUID) int {
	return slices.IndexFunc(c.Sources, func(s tools.Source) bool { return s.ID == id })
}

func noSource(id tenants.GUID) error {
	return fault.Newf(fault.NotFound, "source %s does not exist; list the sources for the ids there are", id)
}

// sourceName becomes the beginning of tool names, up to an underscore that it
// cannot hold itself: no two sources can clash but by being called the same.
var sourceName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$`)

// source adds what is wrong with a source by itself.
func (c *complaints) source(at Place, s tools.Source, d Deployment) {
	name := at.Field("name")
	if !sourceName.MatchString(s.Name) {
		c.add(name, fmt.Sprintf("%.60q must have 1 to %d lowercase letters, digits and inner hyphens", s.Name, MaxSourceName))
	} else if own := slices.IndexFunc(d.Tools, func(tool string) bool { return tool == s.Name || strings.HasPrefix(tool, s.Name+"_") }); own >= 0 {
		c.add(name, fmt.Sprintf("%q begins the platform's own tool %s; choose another", s.Name, d.Tools[own]))
	}
	c.check(at.Field("title"), CheckName(s.Title))
	c.check(at.Field("url"), checkSourceURL(s.URL, d.Loopback))
	if s.Naming != tools.Prefixed && s.Naming != tools.Bare {
		c.add(at.Field("naming"), fmt.Sprintf("%.40q is no naming; use prefixed or bare", s.Naming))
	}
	switch s.Review {
	case tools.Hold, tools.AllowAll:
	case tools.AllowReadOnly:
		if !s.Trusted {
			c.add(at.Field("review"), "allow_read_only takes the source's word for what only reads; mark it as trusted, or use hold")
		}
	default:
		c.add(at.Field("review"), fmt.Sprintf("%.40q is no policy; use hold, allow_all or allow_read_only", s.Review))
	}
	if s.Timeout < MinTimeout || s.Timeout > MaxTimeout {
		c.add(at.Field("timeout"), fmt.Sprintf("is %s and must be between %s and %s", s.Timeout, MinTimeout, MaxTimeout))
	}
	if s.Concurrent < 1 || s.Concurrent > MaxConcurrent {
		c.add(at.Field("concurrent"), fmt.Sprintf("is %d and must be between 1 and %d", s.Concurrent, MaxConcurrent))
	}
	c.sourceCredential(at.Field("credential"), s.Credential, d.Loopback)
}

// checkSourceURL says what is wrong with a URL that we are to send requests to.
func checkSourceURL(text string, loopback Loopback) error {
	u, err := url.Parse(text)
	if err == nil && secretParameter(u) != "" {
		return fault.Newf(fault.Invalid, "carries what looks like a secret in its parameter %.60q, and everybody who may look at sources reads it; give it as a credential instead, of the kind header", secretParameter(u))
	}
	return checkWebhookURL(text, loopback)
}

// checkWebhookURL is checkSourceURL for URLs that are secrets themselves, as those
// of the workflows of Microsoft Teams are. Where a name leads is decided when it is
// dialled, by the address.
func checkWebhookURL(text string, loopback Loopback) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > MaxSourceURL || u.Hostname() == "" || u.Opaque != "":
		return fault.Newf(fault.Invalid, "is no URL of at most %d bytes; use one such as https://mcp.example.com/mcp", MaxSourceURL)
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return fault.New(fault.Invalid, "holds a character that no URL has; encode it")
	case u.User != nil:
		return fault.New(fault.Invalid, "carries a user name; give it as a credential instead")
	case strings.Contains(text, "#"):
		return fault.New(fault.Invalid, "has a fragment, which is never sent; drop it")
	case isPrivate(u.Hostname()) && (loopback != AllowLoopback || !isLoopback(u.Hostname())):
		return fault.New(fault.Invalid, "is a private address, and those cannot be reached; use the public name of the server")
	case !reachablePort(u, loopback):
		return fault.Newf(fault.Invalid, "names port %s, and servers are reached on port 443 only; let the server, or a proxy in front of it, answer there", u.Port())
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback == AllowLoopback && isLoopback(u.Hostname()):
		return nil
	default:
		return fault.New(fault.Invalid, "must begin with https://")
	}
}

// secretNames are what parameters of a URL are called that hold a secret, or end
// with behind another word.
var secretNames = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:api[-_.]?key|apikey|key|token|secret|password|passwd|pwd|auth|authorization|credentials?|sig|signature|code|jwt|bearer)$`)

// compound is where a word begins in a name such as accessToken.
var compound = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// secretParameter returns the first parameter of a URL that looks like a secret;
// empty where none does.
func secretParameter(u *url.URL) string {
	for _, pair := range strings.FieldsFunc(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		escaped, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(escaped)
		if err != nil {
			name = escaped
		}
		if value != "" && secretNames.MatchString(compound.ReplaceAllString(name, "${1}_${2}")) {
			return name
		}
	}
	return ""
}

// reachablePort reports whether connections to the port of a URL are made, as
// package egress decides: to 443, and to any of this machine where it may be used.
func reachablePort(u *url.URL, loopback Loopback) bool {
	switch u.Port() {
	case "", "443":
		return true
	}
	host := strings.ToLower(u.Hostname())
	return loopback == AllowLoopback && (isLoopback(host) || strings.HasSuffix(host, ".localhost"))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback() && !ip.Is4In6()
}

// carrierNAT are the addresses that providers share among their customers (RFC
// 6598).
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// isPrivate reports whether a host is this machine, or written as an address of a
// network that is nobody's or not everybody's.
func isPrivate(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
	}
	ip = ip.Unmap()
	return !ip.IsGlobalUnicast() || ip.IsPrivate() || carrierNAT.Contains(ip)
}

// origin is what of a URL says who is asked: its scheme, host and port.
func origin(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
