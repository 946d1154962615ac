package app

import (
	"net/http"
	"net/url"

	"gatehouse/internal/orgfile"
)

// newSchema serves the JSON Schema of org.yaml at orgfile.SchemaPath below base.
// It is the same for everybody.
func newSchema(base url.URL) (http.Handler, error) {
	text, err := orgfile.Schema(base.JoinPath(orgfile.SchemaPath).String())
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/schema+json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(text) // the client may be gone
	}), nil
}
