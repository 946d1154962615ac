package msgraph

import (
	"net/http"
	"regexp"
	"strings"
)

// keyed matches a key that OData writes in parentheses behind a collection.
var keyed = regexp.MustCompile(`^([A-Za-z0-9]+)\((?:(appId)=)?'([^'/]*)'\)$`)

// addressed serves OData's other spellings of an address: applications(appId='x')
// as applications/appId=x, users('x') as users/x, delta() and
// microsoft.graph.delta() as delta, and addresses that end in a slash.
func addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withoutSlash(r)
		if !strings.Contains(r.URL.Path, "(") && !strings.Contains(r.URL.Path, "/microsoft.graph.delta") {
			next.ServeHTTP(w, r)
			return
		}
		segments := strings.Split(r.URL.Path, "/")
		for i, segment := range segments {
			segments[i] = plainSegment(segment)
		}
		clone := r.Clone(r.Context())
		clone.URL.Path, clone.URL.RawPath = strings.Join(segments, "/"), ""
		next.ServeHTTP(w, clone)
	})
}

// withoutSlash is a request without the slash its address ends in. Behind a colon
// it stays, and is put where it is missing: there begins a path in a drive, which
// may be empty.
func withoutSlash(r *http.Request) *http.Request {
	path, raw := r.URL.Path, r.URL.RawPath
	switch {
	case strings.HasSuffix(path, "/root:"):
		path, raw = path+"/", ""
	case strings.HasSuffix(path, ":/") || len(path) < 2 || !strings.HasSuffix(path, "/"):
		return r
	default:
		path, raw = strings.TrimSuffix(path, "/"), strings.TrimSuffix(raw, "/")
	}
	clone := r.Clone(r.Context())
	clone.URL.Path, clone.URL.RawPath = path, raw
	return clone
}

func plainSegment(segment string) string {
	if parts := keyed.FindStringSubmatch(segment); parts != nil {
		if parts[2] != "" {
			return parts[1] + "/" + parts[2] + "=" + parts[3]
		}
		return parts[1] + "/" + parts[3]
	}
	switch segment {
	case "delta()", "microsoft.graph.delta", "microsoft.graph.delta()":
		return "delta"
	}
	return segment
}
