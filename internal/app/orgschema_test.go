package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"gatehouse/internal/app"
	"gatehouse/internal/orgfile"
)

func TestSchemaIsServedAsIs(t *testing.T) {
	t.Parallel()
	h, err := app.SchemaForTest(url.URL{Scheme: "https", Host: "gatehouse.example"})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, orgfile.SchemaPath, nil))
	want, err := orgfile.Schema("https://gatehouse.example/org.schema.json")
	if err != nil || w.Code != http.StatusOK || w.Body.String() != string(want) || w.Header().Get("Content-Type") != "application/schema+json" {
		t.Errorf("%d %v %v", w.Code, w.Header(), err)
	}
}
