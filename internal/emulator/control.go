package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/reply"
)

// maxAdvance bounds one turn of the clock.
const maxAdvance = 10 * 365 * 24 * time.Hour

// routesControl is how tests and people steer the emulator from outside. It
// answers to the Entra host on loopback only, and to whoever holds the token.
//
//	POST /_control/reset
//	POST /_control/clock        {"advance":"1h"}
//	POST /_control/keys/roll    {} or {"phase":"add|sign|drop","tid"}
//	POST /_control/keys/emergency
//	POST /_control/keys/tenant  {"tid"}
//	POST /_control/members      {"tid","group","add":[],"remove":[]}
//	POST /_control/users/{oid}  {"enabled":false,"deleted":true,"revoke":true,"directoryRoles":[]}
//	POST /_control/settings     {"tid","userConsent":"allowed|disabled"}
//	POST /_control/claims       {"tid","claims":{"iss":"https://other.example"}}
//	POST /_control/faults       {"endpoint","tid","path","status","code","retryAfter":seconds,"latency":"2s","outage":true,"times":1}
//	POST /_control/ca           {"tid","rule":{"id","name","users":[],"clients":[],"resources":[],"authContext","require","every":"1h"},"remove":true}
//	POST /_control/challenge    {"path":"/v1.0/me","acrs":"c1"}
//	POST /_control/serviceaccount {"namespace","name","audience","seconds":3600}, answers {"token"}
//	POST /_control/notifications {"subscription","lifecycle":"reauthorizationRequired"|"subscriptionRemoved"|"missed"}
//	GET  /_control/journal
func (e *Emulator) routesControl() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_control/reset", command(e.controlReset))
	mux.HandleFunc("POST /_control/clock", command(e.controlClock))
	mux.HandleFunc("POST /_control/keys/roll", command(e.controlRoll))
	mux.HandleFunc("POST /_control/keys/emergency", command(e.controlEmergency))
	mux.HandleFunc("POST /_control/keys/tenant", command(e.controlSeparate))
	mux.HandleFunc("POST /_control/members", command(e.controlMembers))
	mux.HandleFunc("POST /_control/users/{oid}", command(e.controlUser))
	mux.HandleFunc("POST /_control/settings", command(e.controlSettings))
	mux.HandleFunc("POST /_control/claims", command(e.controlClaims))
	mux.HandleFunc("POST /_control/faults", command(e.controlFault))
	mux.HandleFunc("POST /_control/ca", command(e.controlPolicy))
	mux.HandleFunc("POST /_control/serviceaccount", e.controlServiceAccount)
	mux.HandleFunc("POST /_control/notifications", command(e.controlNotify))
	mux.HandleFunc("POST /_control/challenge", command(e.controlChallenge))
	mux.HandleFunc("GET /_control/journal", func(w http.ResponseWriter, _ *http.Request) {
		reply.JSON(w, http.StatusOK, map[string]any{"entries": e.Journal()})
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

// command decodes a body strictly, runs a command and answers 204.
func command[B any](run func(r *http.Request, body B) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body B
		if err := reply.Decode(http.MaxBytesReader(w, r.Body, reply.MaxBody), &body); err != nil {
			controlError(w, http.StatusBadRequest, misread(err))
			return
		}
		err := run(r, body)
		switch {
		case errors.Is(err, directory.ErrMissing):
			controlError(w, http.StatusNotFound, err.Error())
		case err != nil:
			controlError(w, http.StatusBadRequest, err.Error())
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

// misread says what is wrong with a body: of a value of the wrong type, which field
// it is and what to send.
func misread(err error) string {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Field == "" {
		return err.Error()
	}
	wanted := "an object"
	switch wrong.Type.Kind() { //nolint:exhaustive // what commands are made of
	case reflect.Int:
		wanted = "a whole number, without quotes"
	case reflect.String:
		wanted = "a text, in quotes"
	case reflect.Bool:
		wanted = "true or false, without quotes"
	case reflect.Slice:
		wanted = "a list, in brackets"
	}
	return wrong.Field + " is of JSON's type " + wrong.Value + ": send " + wanted
}

func controlError(w http.ResponseWriter, status int, text string) {
	reply.JSON(w, status, map[string]string{"error": text})
}

func (e *Emulator) controlReset(_ *http.Request, _ struct{}) error { return e.Reset() }

func (e *Emulator) controlRoll(_ *http.Request, body struct {
	Phase  KeyPhase `json:"phase"`
	Tenant string   `json:"tid"`
},
) error {
	switch {
	case body.Phase != "":
		return e.RollPhase(body.Tenant, body.Phase)
	case body.Tenant != "":
		return e.RollTenantKeys(body.Tenant)
	}
	return e.RollKeys()
}

func (e *Emulator) controlEmergency(_ *http.Request, _ struct{}) error { return e.EmergencyRoll() }

func (e *Emulator) controlSeparate(_ *http.Request, body struct {
	Tenant string `json:"tid"`
},
) error {
	if body.Tenant == "" {
		return errors.New("tid is required: name the tenant that gets keys of its own")
	}
	return e.SeparateKeys(body.Tenant)
}

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
	Enabled *bool    `json:"enabled"`
	Deleted *bool    `json:"deleted"`
	Revoke  bool     `json:"revoke"`
	Roles   []string `json:"directoryRoles"`
},
) error {
	oid := strings.ToLower(r.PathValue("oid"))
	for _, t := range e.world().All() {
		if _, ok := t.People[oid]; ok {
			return e.SetUser(t.ID, oid, UserChange{Enabled: body.Enabled, Deleted: body.Deleted, Revoke: body.Revoke, Roles: body.Roles})
		}
	}
	return directory.Missing("user", oid, "give the object id of a seeded user")
}

func (e *Emulator) controlSettings(_ *http.Request, body struct {
	Tenant  string `json:"tid"`
	Consent string `json:"userConsent"`
},
) error {
	return e.SetUserConsent(body.Tenant, body.Consent)
}

func (e *Emulator) controlClaims(_ *http.Request, body struct {
	Tenant string            `json:"tid"`
	Claims map[string]string `json:"claims"`
},
) error {
	return e.Misstate(body.Tenant, body.Claims)
}

func (e *Emulator) controlFault(_ *http.Request, body struct {
	Endpoint   string `json:"endpoint"`
	Tenant     string `json:"tid"`
	Path       string `json:"path"`
	Status     int    `json:"status"`
	Code       int    `json:"code"`
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
		Endpoint: body.Endpoint, Tenant: body.Tenant, Path: body.Path, Status: body.Status, Code: body.Code,
		RetryAfter: time.Duration(body.RetryAfter) * time.Second,
		Latency:    latency, Outage: body.Outage, Times: body.Times,
	})
}

func (e *Emulator) controlNotify(_ *http.Request, body struct {
	Subscription string `json:"subscription"`
	Lifecycle    string `json:"lifecycle"`
},
) error {
	return e.SendLifecycle(body.Subscription, body.Lifecycle)
}

func (e *Emulator) controlChallenge(_ *http.Request, body struct {
	Path string `json:"path"`
	ACRS string `json:"acrs"`
},
) error {
	return e.SetChallenge(body.Path, body.ACRS)
}
