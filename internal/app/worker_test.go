package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/config"
	"gatehouse/internal/devstack"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/telemetry"
)

// worker builds a worker on a database URL and a Redis.
func worker(t *testing.T, database, redis string) (*app.Worker, error) {
	t.Helper()
	c, err := config.Source{Environ: []string{
		"GATEHOUSE_ENVIRONMENT=development", "GATEHOUSE_BASE_URL=http://localhost:8080", "GATEHOUSE_WORKER_LISTEN=localhost:0",
		"GATEHOUSE_DATABASE_URL=" + database, "GATEHOUSE_REDIS_URL=" + redis, "GATEHOUSE_KEK=" + encoded(1), "GATEHOUSE_SWEEP_INTERVAL=1s",
	}}.Worker()
	if err != nil {
		t.Fatal(err)
	}
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{Service: "test", Version: "0", LogWriter: io.Discard, LogLevel: c.LogLevel})
	if err != nil {
		t.Fatal(err)
	}
	return app.NewWorker(t.Context(), app.WorkerOptions{Config: c, Telemetry: tel, Now: time.Now})
}

func TestWorkerNeedsItsOwnRole(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	for name, url := range map[string]string{"of the api": d.API, "of the audit writer": d.Audit, "of a superuser": d.Superuser} {
		if _, err := worker(t, url, "redis://localhost:1/0"); err == nil || !strings.Contains(err.Error(), "GATEHOUSE_DATABASE_URL") {
			t.Errorf("the role %s: %v", name, err)
		}
	}
}

func TestWorkerSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	server, err := devstack.StartRedis(t.Context(), devstack.RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	w, err := worker(t, storetest.New(t).Worker, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	wantHealth(t, w, "/healthz", http.StatusOK, "ok")
	wantHealth(t, w, "/readyz", http.StatusServiceUnavailable, "database") // nothing has been read yet
	running, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	wantHealth(t, w, "/readyz", http.StatusOK, "ready")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	wantHealth(t, w, "/readyz", http.StatusServiceUnavailable, "Redis")
	wantHealth(t, w, "/healthz", http.StatusOK, "ok")
}

// wantHealth waits until a path answers so.
func wantHealth(t *testing.T, w *app.Worker, path string, status int, text string) {
	t.Helper()
	deadline, tick := time.NewTimer(30*time.Second), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		recorder := httptest.NewRecorder()
		w.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil))
		if recorder.Code == status && strings.Contains(recorder.Body.String(), text) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s answers %d: %s", path, recorder.Code, recorder.Body)
		}
	}
}
