package authserver

import (
	"encoding/json"
	"strconv"
	"strings"

	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// How large and how deep a client's metadata document may be (draft "OAuth Client
// ID Metadata Document", security considerations).
const (
	maxDocument = 5 << 10
	maxDepth    = 16
)

// document is what a client's metadata document says that we go by.
type document struct {
	name      string
	redirects []string
	keys      []byte // that it proves itself with them, "jwks" and "jwks_uri" as they are; nil without

	proves  bool              // it authenticates, with a key
	set     []connections.Key // of "jwks"
	keysURL string            // "jwks_uri", where there is no set
}

// readDocument reads the document found at a URL. One that breaks a rule is
// Invalid.
func readDocument(url string, body []byte) (document, error) {
	members, err := wire.Members(body, wire.Limits{MaxBytes: maxDocument, MaxDepth: maxDepth})
	if err != nil {
		return document{}, broken(url, err.Error())
	}
	d := document{}
	if why := d.read(url, members); why != "" {
		return document{}, broken(url, why)
	}
	return d, nil
}

func broken(url, why string) error {
	return fault.Newf(fault.Invalid, "the client document %.200q cannot be used: %s; whoever publishes it has to mend it", url, why)
}

// read returns what is wrong with the members of a document, or nothing.
func (d *document) read(url string, members []wire.Member) (why string) {
	if id, ok := wire.Text(wire.Value(members, "client_id")); !ok || id != url {
		return "client_id is not the very URL that the document was found at"
	}
	name, ok := wire.Text(wire.Value(members, "client_name"))
	if !ok || strings.TrimSpace(name) == "" {
		return "client_name has to be there, as a text"
	}
	redirects, why := readRedirects(members)
	if why != "" {
		return why
	}
	if why := secretObjection(members); why != "" {
		return why
	}
	*d = document{name: name, redirects: redirects}
	if why := d.readProof(members); why != "" {
		return why
	}
	if d.proves { // one that stops is another client, whatever keys it goes on to name
		d.keys = append(d.keys, "private_key_jwt"...)
	}
	for _, member := range []string{"jwks", "jwks_uri"} {
		if value := wire.Value(members, member); value != nil {
			d.keys = append(append(d.keys, member...), value...)
		}
	}
	return ""
}

// readRedirects returns "redirect_uris", or says what is wrong with it.
func readRedirects(members []wire.Member) (redirects []string, why string) {
	redirects, ok := wire.Texts(wire.Value(members, "redirect_uris"))
	if !ok || len(redirects) == 0 || len(redirects) > connections.MaxRedirects {
		return nil, "redirect_uris has to be there, as a list of 1 to " + strconv.Itoa(connections.MaxRedirects) + " texts"
	}
	for _, uri := range redirects {
		if err := connections.CheckRedirect(uri); err != nil {
			return nil, "redirect_uris: " + fault.Public(err)
		}
	}
	return redirects, ""
}

// secretObjection refuses whatever is secret in a document that everybody can read,
// and proofs that nobody here asks for.
func secretObjection(members []wire.Member) string {
	for _, name := range []string{"client_secret", "client_secret_expires_at"} {
		if wire.Value(members, name) != nil {
			return name + " may not be there: everybody can read the document"
		}
	}
	if value := wire.Value(members, "token_endpoint_auth_method"); value != nil {
		switch method, ok := wire.Text(value); {
		case !ok:
			return "token_endpoint_auth_method has to be a text"
		case strings.HasPrefix(method, "client_secret_"):
			return "token_endpoint_auth_method is one with a shared secret, which nobody can have with a document; use none"
		case method != "none" && method != "private_key_jwt":
			return "token_endpoint_auth_method has to be none or private_key_jwt"
		}
	}
	return keyObjection(wire.Value(members, "jwks"))
}

// readProof reads with which keys a client authenticates, if it declares that it does:
// from then on it has to.
func (d *document) readProof(members []wire.Member) (why string) {
	if method, _ := wire.Text(wire.Value(members, "token_endpoint_auth_method")); method != "private_key_jwt" {
		return ""
	}
	set, url := wire.Value(members, "jwks"), wire.Value(members, "jwks_uri")
	if (set == nil) == (url == nil) {
		return "token_endpoint_auth_method is private_key_jwt, which needs either jwks or jwks_uri"
	}
	d.proves = true
	if set != nil {
		var err error
		if d.set, err = connections.ReadKeys(set); err != nil {
			return "jwks: " + fault.Public(err)
		}
		return ""
	}
	var ok bool
	if d.keysURL, ok = wire.Text(url); !ok {
		return "jwks_uri has to be a text"
	}
	if err := connections.CheckKeysURL(d.keysURL); err != nil {
		return fault.Public(err)
	}
	return ""
}

func keyObjection(set []byte) string {
	if set == nil {
		return ""
	}
	const malformed = "jwks has to be a JSON Web Key Set"
	members, err := wire.MembersOf(set)
	var keys []json.RawMessage
	if err != nil || json.Unmarshal(wire.Value(members, "keys"), &keys) != nil {
		return malformed
	}
	for _, key := range keys {
		parts, err := wire.MembersOf(key)
		if err != nil {
			return malformed
		}
		if connections.IsSecretKey(parts) {
			return "jwks has a private or a shared key, which everybody can read: take it out and stop using it"
		}
	}
	return ""
}
