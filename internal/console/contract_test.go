package console_test

import (
	"bytes"
	"flag"
	"net/http"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write openapi.yaml")

func TestContractIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	document, err := newRig(t).console.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.yaml", document, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(document, committed) {
		t.Error("openapi.yaml is not what the operations say; run the test with -update and read the difference")
	}
}

func TestContractIsServed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	document, err := r.console.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	w := r.browser(t).get("/api/openapi.yaml")
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), document) {
		t.Errorf("answers %d and %d bytes, want %d", w.Code, w.Body.Len(), len(document))
	}
	for _, path := range []string{"/api/docs", "/api/schemas/Role", "/api/openapi.json", "/api/nothing"} {
		if w := r.browser(t).get(path); w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s answers %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
	}
}
