package manage_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/manage"
)

func TestDoctorShowsWhatIsNoticed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		alerts string
		want   string
	}{
		"something":         {`{"items":[{"severity":"critical","title":"The federated credential does not fit","text":"It is gone.","remedy":"Enter exactly:\nIssuer: i\u001b[2J","since":"2026-11-22T09:00:00Z"}]}`, "open: 1\n\nCRITICAL  The federated credential does not fit\n  since 2026-11-22T09:00:00Z\n  It is gone.\n  Enter exactly:\n  Issuer: i"},
		"nothing":           {`{"items":[]}`, ""},
		"an older platform": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			mux.HandleFunc("POST /api/organizations/contoso/doctor", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"at":"2026-11-22T09:00:00Z","findings":[],"notChecked":[]}`))
			})
			mux.HandleFunc("GET /api/organizations/contoso/alerts", func(w http.ResponseWriter, r *http.Request) {
				if row.alerts == "" {
					w.Header().Set("Content-Type", "application/problem+json")
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write([]byte(`{"type":"urn:gatehouse:problem:not_found","title":"Not found","status":404,"detail":"nothing"}`))
					return
				}
				if r.URL.Query().Get("state") != "open" {
					t.Errorf("asked is %s", r.URL)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(row.alerts))
			})
			s := httptest.NewServer(mux)
			t.Cleanup(s.Close)
			var out strings.Builder
			healthy, err := manage.Doctor(t.Context(), client(t, s.URL), "", &out)
			if err != nil || !healthy {
				t.Fatal(healthy, err)
			}
			if !strings.Contains(out.String(), row.want) || strings.Contains(out.String(), "Noticed") != (row.want != "") || strings.Contains(out.String(), "\x1b") {
				t.Errorf("%q", out.String())
			}
		})
	}
}
