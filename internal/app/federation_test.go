package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/telemetry"
)

func newAPI(t *testing.T, d storetest.Database) *app.API {
	t.Helper()
	c := configuration(t, d, 1)
	tel, err := telemetry.Setup(t.Context(), telemetry.Options{Service: "test", Version: "0", LogWriter: io.Discard, LogLevel: c.LogLevel})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.NewAPI(t.Context(), app.Options{Config: c, Telemetry: tel, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // what has run and is stopped lets go of the database
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		stop()
		if err := a.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return a
}

func ask(t *testing.T, a *app.API, path string, into any) {
	t.Helper()
	recorder := httptest.NewRecorder()
	a.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:8080"+path, nil))
	if recorder.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, recorder.Code, recorder.Body)
	}
	if err := json.NewDecoder(recorder.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestEveryReplicaServesTheSameKeys(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	type keySet struct{ Keys []struct{ Kid, Alg string } }
	first := map[string]keySet{}
	for range 2 {
		a := newAPI(t, d)
		var metadata struct {
			Issuer string `json:"issuer"`
			Keys   string `json:"jwks_uri"`
		}
		ask(t, a, "/federation/.well-known/openid-configuration", &metadata)
		if metadata.Issuer != "http://localhost:8080/federation" || metadata.Keys != "http://localhost:8080/federation/keys" {
			t.Errorf("metadata = %+v", metadata)
		}
		for path, algorithm := range map[string]string{"/federation/keys": "RS256", "/oauth/keys": "ES256"} {
			var set keySet
			ask(t, a, path, &set)
			if len(set.Keys) != 1 || set.Keys[0].Alg != algorithm || first[path].Keys != nil && set.Keys[0] != first[path].Keys[0] {
				t.Errorf("%s = %+v, another replica's %+v", path, set, first[path])
			}
			first[path] = set
		}
	}
}
