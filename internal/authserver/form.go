package authserver

import (
	"io"
	"mime"
	"net/http"
	"net/url"
)

// maxForm bounds the body of a request for tokens: the longest members are a code
// and the URLs of a client, of a redirect and of an endpoint.
const maxForm = 16 << 10

// form reads a request of a client: each parameter once, as RFC 6749 §3.2 wants
// it, and none of them in the URL.
func form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, refuse(invalidRequest, "send a form: Content-Type application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		return nil, refuse(invalidRequest, "the form cannot be read, or is larger than 16 kB")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refuse(invalidRequest, "the form is not well encoded")
	}
	for name, all := range values {
		if len(all) > 1 {
			if name == "resource" {
				return nil, refuse(invalidTarget, "a token is for one resource; ask for each of them by itself")
			}
			return nil, refuse(invalidRequest, "a parameter is sent more than once; send each once")
		}
	}
	return values, nil
}

// publicClient returns the client that asks. All clients are public: one that
// shows a secret takes itself for another.
func publicClient(r *http.Request, f url.Values) (string, error) {
	id, secret := f.Get("client_id"), f.Get("client_secret")
	if name, password, ok := r.BasicAuth(); ok {
		name, err := url.QueryUnescape(name) // RFC 6749 §2.3.1
		if err != nil || id != "" && id != name {
			return "", refuse(invalidClient, "the client id of the Authorization header is not that of the form")
		}
		id, secret = name, secret+password
	}
	switch {
	case id == "":
		return "", refuse(invalidClient, "client_id is missing; send the id that the client was registered with, or the URL of its document")
	case secret != "" || f.Get("client_assertion") != "":
		return "", refuse(invalidClient, "clients have no secret here and no key; register again with token_endpoint_auth_method none")
	}
	return id, nil
}
