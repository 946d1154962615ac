package access

import (
	"net/url"
	"strings"
)

// maxSoftwareName is how long the name in the software of a registration is, in
// bytes.
const maxSoftwareName = 60

// isSoftware reports whether a client id is the software of registrations: a name
// and the redirect URIs in angle brackets, in order, each once. Package connections
// makes them; another spelling of the same would never be met.
func isSoftware(id string) bool {
	name, rest, _ := strings.Cut(id, " <")
	patterns, closed := strings.CutSuffix(rest, ">")
	if !closed || len(name) > maxSoftwareName || strings.ContainsAny(name, "<>") || CheckName(name) != nil {
		return false
	}
	before := ""
	for uri := range strings.SplitSeq(patterns, "> <") {
		if uri <= before || !isRedirect(uri) {
			return false
		}
		before = uri
	}
	return true
}

// isRedirect reports whether a redirect URI stands in software like this: of http,
// which is on this machine, without a port.
func isRedirect(uri string) bool {
	if strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) {
		return false
	}
	u, err := url.Parse(uri)
	return err == nil && strings.HasPrefix(uri, u.Scheme+":/") && (u.Scheme != "http" || u.Port() == "")
}
