package app

import (
	"context"
	"net/http"

	"gatehouse/internal/fault"
)

// healthz says that the process answers. It never depends on anything else, so
// that an outage elsewhere does not make an orchestrator kill every replica.
func healthz(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("ok\n"))
}

// readyz says whether a process is ready, and if not, why.
func readyz(ready func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r.Context()); err != nil {
			w.Header().Set("Retry-After", comeBack)
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(fault.Public(err) + "\n"))
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	}
}

// comeBack is how many seconds whoever asked for readiness should wait: about
// what a replica needs to be current again once its database answers.
const comeBack = "1"

// ready says whether this replica can serve: its views are current and its log
// takes records.
func (a *API) ready(context.Context) error {
	if err := a.leases.Fresh(); err != nil {
		return err
	}
	if a.log.Load().Failing {
		return fault.New(fault.Unavailable, "the audit log takes no records; check the audit database")
	}
	return nil
}
