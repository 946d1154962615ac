package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestReadyWaitsForTheServersWord(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" || asked.Add(1) < 5 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	if err := ready(t.Context(), server.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != 5 {
		t.Errorf("asked %d times, want 5", asked.Load())
	}
}

func TestEveryDoorIsKnockedAtOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	knocks := map[string]int{}
	f, _ := against(t, 4, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		knocks[r.URL.Path]++
		mu.Unlock()
		w.WriteHeader(http.StatusUnauthorized)
	})
	paths := []string{"/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i"}
	if err := f.touch(t.Context(), "localhost", paths, http.StatusUnauthorized); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if knocks[path] != 1 {
			t.Errorf("%s was knocked at %d times", path, knocks[path])
		}
	}
	err := f.touch(t.Context(), "localhost", []string{"/open"}, http.StatusNotFound)
	if err == nil || !strings.Contains(err.Error(), "/open: HTTP 401, want 404") {
		t.Errorf("error = %v, want one that tells both statuses", err)
	}
}
