package authz

import (
	"net/url"
	"strings"
)

// A URI that a template makes has no permission name in the catalog, and it can be
// spelled in more than one way. So that a deny is about what a server reads and
// not about how somebody has written it, a deny and the URI are compared as a
// generous server reads both: every percent-encoding decoded, however often it was
// encoded; letters of ASCII without their case; backslashes as slashes, and several
// slashes as one; without what says nothing in the authority. Too much is denied
// where a server makes a difference that this does not.

// readings returns what a server might take the URI for, in that form: all of it,
// and what is left without its fragment or its query, and without a slash at its
// end.
func readings(uri string) []string {
	all := []string{PlainURI(uri)}
	for _, mark := range [...]string{"#", "?"} {
		if before, _, found := strings.Cut(all[0], mark); found {
			all = append(all, before)
		}
	}
	for _, r := range all {
		if short := strings.TrimRight(r, "/"); short != r {
			all = append(all, short)
		}
	}
	return all
}

// PlainURI returns a URI in the form in which denies are compared with it. It takes
// time linear in the URI.
func PlainURI(uri string) string { return plainAuthority(plainText(uri)) }

// asterisk stands for a "*" that is meant literally.
const asterisk = '\x01'

// plainText returns a part of a URI in that form.
func plainText(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		b = unfold(append(b, s[i]))
	}
	kept := b[:0]
	for _, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c == '\\':
			c = '/'
		case c == '*':
			c = asterisk
		}
		if c != '/' || len(kept) == 0 || kept[len(kept)-1] != '/' {
			kept = append(kept, c)
		}
	}
	return string(kept)
}

// unfold decodes what the text ends in, until it ends in no encoded byte.
func unfold(b []byte) []byte {
	for n := len(b); n >= 3 && b[n-3] == '%'; n = len(b) {
		decoded, err := url.PathUnescape(string(b[n-3:]))
		if err != nil {
			break
		}
		b = append(b[:n-3], decoded...)
	}
	return b
}

// webPorts are the ports that say nothing, by scheme.
var webPorts = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443"}

// plainAuthority leaves out what says nothing about where something is: the host
// of a file that is on the server itself (RFC 8089 §2), and on the web the name of
// who asks, the port that is meant anyway, and the dot at a host's end.
func plainAuthority(s string) string {
	scheme, rest, ok := strings.Cut(s, ":/")
	if !ok {
		return s
	}
	authority, path, whole := strings.Cut(rest, "/")
	if !whole {
		return s
	}
	if scheme == "file" && authority == "localhost" {
		return "file:/" + path
	}
	port, web := webPorts[scheme]
	if !web {
		return s
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":"+port), ":")
	return scheme + ":/" + strings.TrimSuffix(host, ".") + "/" + path
}

// barrier is a deny of resources, as it bears on URIs that templates make.
type barrier struct {
	patterns []string    // of resources, without their prefix
	plain    []string    // the same, in the form in which denies are compared
	deny     *permission // what it depends on; nil: nothing
}

// newBarrier returns the barrier of a deny, nil where it is about no resource in
// particular: "*" is about the template too.
func newBarrier(patterns []string, deny *permission) *barrier {
	b := &barrier{deny: deny}
	for _, p := range patterns {
		uri, ok := strings.CutPrefix(p, resourcePrefix)
		if !ok {
			continue
		}
		b.patterns = append(b.patterns, uri)
		begin, rest, star := strings.Cut(uri, "*")
		text := PlainURI(begin)
		for star {
			var part string
			part, rest, star = strings.Cut(rest, "*")
			text += "*" + plainText(part)
		}
		b.plain = append(b.plain, text)
	}
	if b.patterns == nil {
		return nil
	}
	return b
}

// bars reports whether the deny is about the URI, whose readings are given.
func (b *barrier) bars(uri string, readings []string) bool {
	for i, p := range b.patterns {
		if glob(p, uri) {
			return true
		}
		for _, r := range readings {
			if glob(b.plain[i], r) {
				return true
			}
		}
	}
	return false
}

// reaches reports whether the deny may be about a URI that begins so.
func (b *barrier) reaches(begin string) bool {
	begin = certain(PlainURI(begin))
	for _, p := range b.plain {
		p, _, _ = strings.Cut(p, "*")
		if p = certain(p); strings.HasPrefix(p, begin) || strings.HasPrefix(begin, p) {
			return true
		}
	}
	return false
}

// certain leaves out an authority whose end is not known, where it may be one in
// another spelling.
func certain(begin string) string {
	scheme, rest, ok := strings.Cut(begin, ":/")
	if ok && (scheme == "file" || webPorts[scheme] != "") && !strings.Contains(rest, "/") {
		return scheme + ":/"
	}
	return begin
}
