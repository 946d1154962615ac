package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAdvance bounds one turn of the clock.
const maxAdvance = 10 * 365 * 24 * time.Hour

// routesControl is how tests and people steer the emulator from outside. It
// answers to the Entra host on loopback only, and to whoever holds the token.
//
//	POST /_control/reset
//	POST /_control/clock        {"advance":"1h"}
//	POST /_control/keys/roll
//	POST /_control/members      {"tid","group","add":[],"remove":[]}
//	POST /_control/users/{oid}  {"enabled":false,"deleted":true,"revoke":true}
//	POST /_control/faults       {"endpoint","status","retryAfter":seconds,"latency":"2s","outage":true,"times":1}
//	GET  /_control/journal
func (e *Emulator) routesControl() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_control/reset", command(e.controlReset))
	mux.HandleFunc("POST /_control/clock", command(e.controlClock))
	mux.HandleFunc("POST /_control/keys/roll", command(e.controlRoll))
	mux.HandleFunc("POST /_control/members", command(e.controlMembers))
	mux.HandleFunc("POST /_control/users/{oid}", command(e.controlUser))
	mux.HandleFunc("POST /_control/faults", command(e.controlFault))
	mux.HandleFunc("GET /_control/journal", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"entries": e.Journal()})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !sameEndpoint(r.Host, e.entra) {
			controlError(w, http.StatusForbidden, "the Host header does not name "+e.entra)
			return
		}
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !sameSecret(token, e.controlToken) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="emulator control"`)
			controlError(w, http.StatusUnauthorized, "send Authorization: Bearer <control token>")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// errMissing marks a command about something that is not there.
var errMissing = errors.New("not found")

// command decodes a body strictly, runs a command and answers 204.
func command[B any](run func(r *http.Request, body B) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body B
		if err := decodeStrict(http.MaxBytesReader(w, r.Body, maxForm), &body); err != nil {
			controlError(w, http.StatusBadRequest, err.Error())
			return
		}
		err := run(r, body)
		switch {
		case errors.Is(err, errMissing):
			controlError(w, http.StatusNotFound, err.Error())
		case err != nil:
			controlError(w, http.StatusBadRequest, err.Error())
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

// decodeStrict reads one JSON object without unknown members; no body is {}.
func decodeStrict(body io.Reader, into any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if _, err = d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("read body: there is more than one JSON value; send one object")
	}
	return nil
}

func controlError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

func (e *Emulator) controlReset(_ *http.Request, _ struct{}) error { return e.Reset() }

func (e *Emulator) controlRoll(_ *http.Request, _ struct{}) error { return e.RollKeys() }

func (e *Emulator) controlClock(_ *http.Request, body struct {
	Advance string `json:"advance"`
},
) error {
	d, err := time.ParseDuration(body.Advance)
	if err != nil || d <= 0 || d > maxAdvance {
		return fmt.Errorf("advance %q is not a duration above zero and up to ten years: send one such as 1h or 90s", body.Advance)
	}
	e.Advance(d)
	return nil
}

func (e *Emulator) controlMembers(_ *http.Request, body struct {
	Tenant string   `json:"tid"`
	Group  string   `json:"group"`
	Add    []string `json:"add"`
	Remove []string `json:"remove"`
},
) error {
	if body.Tenant == "" || body.Group == "" {
		return errors.New("tid and group are required: name the tenant and the group whose members change")
	}
	return e.SetMembers(body.Tenant, body.Group, body.Add, body.Remove)
}

func (e *Emulator) controlUser(r *http.Request, body struct {
	Enabled *bool `json:"enabled"`
	Deleted *bool `json:"deleted"`
	Revoke  bool  `json:"revoke"`
},
) error {
	oid := strings.ToLower(r.PathValue("oid"))
	for _, t := range e.world.Load().tenants {
		if _, ok := t.people[oid]; ok {
			return e.SetUser(t.id, oid, UserChange{Enabled: body.Enabled, Deleted: body.Deleted, Revoke: body.Revoke})
		}
	}
	return fmt.Errorf("user %q: %w: give the object id of a seeded user", clip(oid), errMissing)
}

func (e *Emulator) controlFault(_ *http.Request, body struct {
	Endpoint   string `json:"endpoint"`
	Status     int    `json:"status"`
	RetryAfter int    `json:"retryAfter"`
	Latency    string `json:"latency"`
	Outage     bool   `json:"outage"`
	Times      int    `json:"times"`
},
) error {
	var latency time.Duration
	if body.Latency != "" {
		var err error
		if latency, err = time.ParseDuration(body.Latency); err != nil {
			return fmt.Errorf("latency %q is not a duration: send one such as 250ms", body.Latency)
		}
	}
	return e.SetFault(Fault{
		Endpoint: body.Endpoint, Status: body.Status, RetryAfter: time.Duration(body.RetryAfter) * time.Second,
		Latency: latency, Outage: body.Outage, Times: body.Times,
	})
}
