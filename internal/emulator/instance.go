package emulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// network is one cloud as instance discovery describes it.
type network struct {
	Preferred string   `json:"preferred_network"`
	Cache     string   `json:"preferred_cache"`
	Aliases   []string `json:"aliases"`
}

// instances is the answer of instance discovery. Version 1.0, which ADAL asked
// for, has the first member only.
type instances struct {
	Discovery string    `json:"tenant_discovery_endpoint"`
	Version   string    `json:"api-version,omitempty"`
	Metadata  []network `json:"metadata,omitempty"`
}

// instanceDiscovery tells MSAL whether an authority is one of Microsoft's and
// which names it has. This emulator is a cloud of its own: it knows itself and
// none of Microsoft's hosts.
//
// The refusals are those of the live endpoint as another emulator's tests record
// them: 500501, 500502, 50050 and, for a host that is not known, 50049 (which
// MSAL's own documentation shows as well).
func (e *Emulator) instanceDiscovery(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	version, endpoint, issuer := query.Get("api-version"), query.Get("authorization_endpoint"), query.Get("issuer")
	if !among(version, "1.0", "1.1") {
		e.writeRefusal(w, r, refuse(500501))
		return
	}
	if (endpoint == "") == (issuer == "") {
		e.writeRefusal(w, r, refuse(500502))
		return
	}
	name := "authorization_endpoint"
	if endpoint == "" {
		name = "issuer"
	}
	discovery, no := e.discoveryOf(name, endpoint+issuer)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	answer := instances{Discovery: discovery}
	if version == "1.1" {
		answer.Version, answer.Metadata = version, []network{{host(e.entra), host(e.entra), e.aliases()}}
	}
	e.publish(w, nil, answer)
}

// discoveryOf is where the metadata of an authorization endpoint or an issuer
// lies, v2 for a v2 one.
func (e *Emulator) discoveryOf(name, raw string) (string, *refusal) {
	u, err := url.Parse(raw)
	// Entra insists on https; an emulator reached by plain http takes its own.
	if err != nil || u.Host == "" || u.Scheme != "https" && !strings.HasPrefix(e.entra, u.Scheme+"://") {
		return "", refuse(50050, name)
	}
	if !slices.Contains(e.aliases(), strings.ToLower(u.Host)) {
		return "", refuse(50049)
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if tenant == "" {
		return "", refuse(50050, name)
	}
	version := ""
	if slices.Contains(strings.Split(rest, "/"), "v2.0") {
		version = "/v2.0"
	}
	return e.entra + "/" + tenant + version + "/.well-known/openid-configuration", nil
}

// aliases are the host names under which this emulator is reached: its own
// first, and the other names of this machine when that is one.
func (e *Emulator) aliases() []string {
	self := host(e.entra)
	out := []string{self}
	if !local(self) {
		return out
	}
	u, err := url.Parse(e.entra)
	if err != nil { // New has parsed it
		return out
	}
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if u.Port() != "" {
			name += ":" + u.Port()
		}
		if name != self {
			out = append(out, name)
		}
	}
	return out
}
