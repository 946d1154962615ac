package organizations_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// ingestion is an endpoint of the Logs Ingestion API: it takes rows of an app that has
// the role on its one rule, with a token for Azure Monitor, and refuses as the
// documentation says.
type ingestion struct {
	*httptest.Server
	app, tid string

	mu   sync.Mutex
	rows []map[string]any
	away bool
}

const (
	dataRule   = "dcr-0123456789abcdef0123456789abcdef"
	dataStream = "Custom-Gatehouse"
)

func newIngestion(t *testing.T, tid, app string) *ingestion {
	t.Helper()
	i := &ingestion{app: app, tid: tid}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

// ServeHTTP implements http.Handler.
func (i *ingestion) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims := map[string]any{}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(raw, &claims)
	}
	var rows []map[string]any
	refuse := func(status int, code string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": "…"}})
	}
	switch {
	case i.away:
		w.Header().Set("Retry-After", "1")
		refuse(http.StatusServiceUnavailable, "ServerBusy")
	case !bearer || claims["aud"] != "https://monitor.azure.com" || claims["tid"] != i.tid:
		refuse(http.StatusUnauthorized, "InvalidToken")
	case claims["appid"] != i.app:
		refuse(http.StatusForbidden, "OperationFailed")
	case r.Method != http.MethodPost || r.URL.Path != "/dataCollectionRules/"+dataRule+"/streams/"+dataStream:
		refuse(http.StatusNotFound, "NotFound")
	case r.URL.Query().Get("api-version") != "2023-01-01":
		refuse(http.StatusBadRequest, "InvalidApiVersion")
	case len(body) > 1_000_000:
		refuse(http.StatusRequestEntityTooLarge, "ContentLengthLimitExceeded")
	case json.Unmarshal(body, &rows) != nil || len(rows) == 0:
		refuse(http.StatusBadRequest, "InvalidPayload")
	default:
		i.rows = append(i.rows, rows...)
		w.WriteHeader(http.StatusNoContent)
	}
}

// of returns the rows of a kind.
func (i *ingestion) of(kind string) (all []map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, row := range i.rows {
		if row["kind"] == kind {
			all = append(all, row)
		}
	}
	return all
}

func (i *ingestion) goes(away bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.away = away
}
