package connections

import (
	"net/url"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
)

// How many redirect URIs a client may have, and how long each may be, in bytes.
const (
	MaxRedirects = 20
	MaxRedirect  = 512
)

// knownSchemes are private-use schemes that are no reversed domain name, as RFC 8252
// §7.1 wants them, and that AI clients use all the same.
var knownSchemes = map[string]bool{
	"cursor":          true, // cursor://anysphere.cursor-mcp/oauth/callback (Cursor, "Model Context Protocol", static OAuth)
	"vscode":          true, // extensions of VS Code, such as Cline (VS Code API, env.uriScheme and UriHandler)
	"vscode-insiders": true, // the same
	"vscodium":        true, // the same in VSCodium (product.json, urlProtocol)
	"windsurf":        true, // the same in Windsurf
	"warp":            true, // warp://mcp/oauth2callback (Warp, source of its MCP client)
}

// CheckRedirect says what is wrong with a redirect URI that a client names: the
// answer, with the code in it, may go to an https URL, to this machine over http,
// or to an application by its private-use scheme (RFC 8252 §7). Whatever a browser
// could read otherwise than we do is refused.
func CheckRedirect(uri string) error {
	if why := objection(uri); why != "" {
		return fault.Newf(fault.Invalid, "redirect URI %.120q %s", uri, why)
	}
	return nil
}

// objection says what is wrong with a redirect URI, or nothing.
func objection(uri string) string {
	if len(uri) > MaxRedirect {
		return "is longer than " + strconv.Itoa(MaxRedirect) + " bytes"
	}
	u, why := parse(uri)
	if why != "" {
		return why
	}
	switch _, machine := portless(uri); {
	case u.Scheme == "https":
		return hostObjection(u.Host)
	case u.Scheme == "http" && machine:
		return hostObjection(u.Host)
	case u.Scheme == "http":
		return "is http to another machine; use https, or http on localhost, 127.0.0.1 or [::1]"
	case !knownSchemes[u.Scheme] && !reversedDomain(u.Scheme):
		return "has a scheme that no redirect may have; use https, http on localhost, 127.0.0.1 or [::1], or a reversed domain name of yours, such as com.example.app"
	}
	return ""
}

// parse reads a URI that means the same to every reader, or says why it does not.
func parse(uri string) (u *url.URL, why string) {
	if why := spellingObjection(uri); why != "" {
		return nil, why
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "":
		return nil, "is no absolute URI"
	case !strings.HasPrefix(uri, u.Scheme+":"):
		return nil, "has capital letters in its scheme; write it in lower case"
	case !strings.HasPrefix(uri, u.Scheme+":/"):
		return nil, "has no slash after its scheme; a redirect may be https, http on localhost, 127.0.0.1 or [::1], or an app's own scheme that is a reversed domain name, such as com.example.app:/callback"
	case u.User != nil:
		return nil, "names a user; leave that out"
	case dotted(u.Path):
		return nil, "has a path with the segment . or ..; leave that out"
	}
	return u, ""
}

// spellingObjection refuses fragments and what no URI may hold (RFC 3986 §2), which
// browsers mend each in its own way.
func spellingObjection(uri string) string {
	for i := range len(uri) {
		switch c := uri[i]; {
		case c == '#':
			return "has a fragment; leave that out"
		case c == '%' && (len(uri) < i+3 || !isHex(uri[i+1]) || !isHex(uri[i+2])):
			return "has a percent sign without two hexadecimal digits"
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			return "has a character that no URI has; write it with percent signs, and a host name in ASCII (xn--)"
		}
	}
	return ""
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// dotted reports whether a path, unescaped, has a segment that readers may resolve.
func dotted(path string) bool {
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// reversedDomain reports whether a scheme has at least two labels.
func reversedDomain(scheme string) bool {
	labels := strings.Split(scheme, ".")
	for _, label := range labels {
		if label == "" {
			return false
		}
	}
	return len(labels) > 1
}

// MatchRedirect returns the redirect URI that an authorization request means: the
// one that it asks for, if that is registered, or the only one if it asks for none.
// URIs are compared byte by byte; of http on this machine the port may be any (RFC
// 8252 §7.3), because a client takes whichever is free.
func MatchRedirect(registered []string, asked string) (string, bool) {
	if asked == "" && len(registered) == 1 {
		asked = registered[0]
	}
	if CheckRedirect(asked) != nil {
		return "", false
	}
	pattern, _ := portless(asked)
	for _, uri := range registered {
		if other, _ := portless(uri); other == pattern {
			return asked, true
		}
	}
	return "", false
}

// machines are the beginnings of http URIs of this machine.
var machines = [...]string{"http://localhost", "http://127.0.0.1", "http://[::1]"}

// portless returns an http URI of this machine without its port; machine is false
// for any other URI, which is returned as it is.
func portless(uri string) (pattern string, machine bool) {
	for _, begin := range machines {
		rest, ok := strings.CutPrefix(uri, begin)
		if !ok {
			continue
		}
		if port, ok := strings.CutPrefix(rest, ":"); ok {
			rest = strings.TrimLeft(port, "0123456789")
		}
		if rest == "" || rest[0] == '/' || rest[0] == '?' {
			return begin + rest, true
		}
	}
	return uri, false
}

// RedirectHost is what people are shown of where an answer goes: the host in ASCII,
// or the scheme that names an application. The URI is one that CheckRedirect lets
// pass.
func RedirectHost(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return ""
	case u.Scheme == "https" || u.Scheme == "http":
		return u.Hostname()
	}
	return u.Scheme
}

// Loopback reports whether an answer goes to this machine, where any program may be
// listening. The addresses that name no machine lead there too.
func Loopback(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && (isMachine(u.Hostname()) || isUnspecified(u.Hostname()))
}
