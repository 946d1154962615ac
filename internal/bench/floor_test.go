package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

func TestFloorAnswersInTheSizeAskedFor(t *testing.T) {
	t.Parallel()
	under := &floor{}
	for _, size := range []int{100, 512, 20_000} {
		w := httptest.NewRecorder()
		under.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/"+strconv.Itoa(size), strings.NewReader("{}")))
		body, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) != size || w.Header().Get("Content-Length") != strconv.Itoa(size) {
			t.Errorf("asked for %d bytes, got %d with Content-Length %s", size, len(body), w.Header().Get("Content-Length"))
		}
		if _, err := decode(w.Code, body); err != nil {
			t.Errorf("reply of %d bytes does not count: %v", size, err)
		}
	}
}

func TestFloorRefusesOtherPaths(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/t/example/mcp", "/999999999"} {
		w := httptest.NewRecorder()
		(&floor{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader("{}")))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: HTTP %d, want 404", path, w.Code)
		}
	}
}
