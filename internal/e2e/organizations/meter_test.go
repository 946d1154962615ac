package organizations_test

import (
	"net/http"
	"strconv"
	"sync/atomic"
)

// meter stands before Microsoft Graph, and counts what it is asked and what it says
// that costs.
type meter struct{ requests, units atomic.Int64 }

func (m *meter) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(to, r)
		m.requests.Add(1)
		if units, err := strconv.ParseInt(to.Header().Get("X-Ms-Resource-Unit"), 10, 64); err == nil {
			m.units.Add(units)
		}
	})
}

// reading is what a meter says.
type reading struct{ requests, units int64 }

func (m *meter) read() reading { return reading{m.requests.Load(), m.units.Load()} }
