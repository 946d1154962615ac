package manage_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

// TestErasureThatIsAskedForSaysWhereItIsApproved: in the console, by another owner.
func TestErasureThatIsAskedForSaysWhereItIsApproved(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/organizations/contoso/erasures", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"id":"` + exportID + `","state":"asked"}`))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	var out bytes.Buffer
	wanted := manage.Erasure{Person: tenants.NewGUID(), Names: []string{"Daniel Smith", "dan@contoso.example"}}
	if err := manage.AskErasure(t.Context(), client(t, s.URL), wanted, &out); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{exportID, "number of names (2)", s.URL + "/o/contoso/audit/erasures\n"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("it lacks %q:\n%s", part, out.String())
		}
	}
}
