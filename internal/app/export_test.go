package app

import "net/http"

// SchemaForTest serves the schema of org.yaml.
func SchemaForTest() (http.Handler, error) { return newSchema() }
