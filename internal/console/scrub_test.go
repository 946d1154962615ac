package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// TestLargeRequestsAreToldTheirFirstMistakes sends as many names as a large
// organization's document has. No mistake repeats what was sent, and the answer
// does not take for ever.
func TestLargeRequestsAreToldTheirFirstMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		patterns    int // of each of a hundred permissions
		least, most int // errors
		word        string
	}{
		"small": {1, 100, 100, "pattern"}, "large": {90, 1, 20, "these are the first of 9000 mistakes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			var permissions []string
			for i := range 100 {
				var patterns []string
				for n := range c.patterns {
					patterns = append(patterns, fmt.Sprintf(`"Hunter %d %d"`, i, n))
				}
				permissions = append(permissions, `{"effect":"allow","patterns":[`+strings.Join(patterns, ",")+`]}`)
			}
			began := time.Now()
			w := r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, roles, `{"name":"New","permissions":[`+strings.Join(permissions, ",")+`]}`, nil)
			var p console.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if len(p.Errors) < c.least || len(p.Errors) > c.most || !strings.Contains(p.Detail, c.word) || strings.Contains(w.Body.String(), "Hunter") || time.Since(began) > 10*time.Second {
				t.Errorf("%d errors in %s: %.300s", len(p.Errors), time.Since(began), w.Body)
			}
		})
	}
}
