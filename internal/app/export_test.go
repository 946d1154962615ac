package app

import (
	"net/http"
	"net/url"
)

// SchemaForTest serves the schema of org.yaml.
func SchemaForTest(base url.URL) (http.Handler, error) { return newSchema(base) }
