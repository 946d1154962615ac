package oauth

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
)

// protected is what a source says about itself (RFC 9728 §2).
type protected struct {
	resource, issuer string
	scopes           []string
}

const protectedName = "oauth-protected-resource"

// protected reads the protected resource metadata of a source.
func (c *Client) protected(ctx context.Context, source *url.URL, challenge Challenge) (protected, error) {
	if _, why := c.address(source.String()); why != "" {
		return protected{}, fault.Newf(fault.Upstream, "nobody can sign in to this source: its URL %s; an admin can correct it", why)
	}
	places := []string{wellKnown(source, protectedName, pathOf(source)), wellKnown(source, protectedName, "")}
	if challenge.ResourceMetadata != "" {
		if _, why := c.address(challenge.ResourceMetadata); why != "" {
			return protected{}, unusable(source.Host, "resource_metadata "+why)
		}
		places = []string{challenge.ResourceMetadata}
	}
	members, place, err := c.first(ctx, places)
	switch {
	case errors.Is(err, errAbsent):
		return protected{}, fault.Wrap(fault.KindOf(err), source.Host+" does not say where people sign in, in protected resource metadata (RFC 9728): "+fault.Public(err)+"; tell whoever runs it", err)
	case err != nil:
		return protected{}, err
	}
	return c.resource(&reader{members: members}, source, place)
}

// resource reads metadata found at a place.
func (c *Client) resource(r *reader, source *url.URL, place string) (protected, error) {
	p := protected{resource: r.endpoint(c, "resource"), scopes: r.scopes("scopes_supported")}
	if len(p.scopes) == 0 {
		p.scopes = nil
	}
	if p.resource == "" || !describes(p.resource, source, place) {
		r.fail("it is about another resource than the one at this URL")
	}
	servers := r.list("authorization_servers")
	if len(servers) == 0 {
		r.fail("authorization_servers names none")
	}
	if r.why != "" {
		return protected{}, unusable(source.Host, r.why)
	}
	p.issuer = servers[0]
	return p, nil
}

// describes reports whether metadata found at a place is about a source: it names
// the source's very URL, or the place is the well-known one of what it names, and
// the source lies below that (RFC 9728 §3.3).
func describes(resource string, source *url.URL, place string) bool {
	u, err := url.Parse(resource)
	if err != nil || u.Scheme != source.Scheme || !strings.EqualFold(u.Host, source.Host) || u.RawQuery != "" && u.RawQuery != source.RawQuery {
		return false
	}
	if pathOf(u) == pathOf(source) {
		return true
	}
	return place == wellKnown(u, protectedName, pathOf(u)) && strings.HasPrefix(pathOf(source), pathOf(u)+"/")
}
