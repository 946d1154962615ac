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
