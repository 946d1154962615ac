package emulator

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"gatehouse/internal/emulator/reply"
)

// readForm reads the parameters of a request, in query and body. A body larger
// than reply.MaxBody is none, and no parameter may come twice (RFC 6749 §3.1 and §3.2).
func readForm(w http.ResponseWriter, r *http.Request) *refusal {
	r.Body = http.MaxBytesReader(w, r.Body, reply.MaxBody)
	if err := r.ParseForm(); err != nil {
		return refuse(9002313, "The parameters are not a form.")
	}
	if name, twice := repeated(r.Form); twice {
		return refuse(9000411, reply.Clip(name))
	}
	return nil
}

// repeated is a parameter that comes more than once. MSAL.js sends its correlation
// id, which is for diagnosis, in query and body.
func repeated(form url.Values) (string, bool) {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if len(form[name]) > 1 && name != "client-request-id" {
			return name, true
		}
	}
	return "", false
}
