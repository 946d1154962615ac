package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// exportSchedules keeps schedules in memory, and what they want.
type exportSchedules struct {
	of     map[tenants.ID][]tenants.ExportSchedule
	wanted []search.Wanted
}

// Schedule implements console.ExportSchedules.
func (e *exportSchedules) Schedule(_ context.Context, by authz.Caller, s tenants.ExportSchedule, w search.Wanted) (tenants.ExportSchedule, error) {
	if s.SinkName == "elsewhere" {
		return s, fault.New(fault.Invalid, "sink: there is none")
	}
	s.MadeAt, s.MadeBy, s.From, s.Format = start, tenants.Person{Name: by.Identity().Name}, s.Every.Period(start), string(w.Format)
	s.Completeness, s.Filter = string(w.Completeness), string(w.Filter.AppendJSON(nil))
	s.NextAt = s.Due()
	e.of[by.Org()], e.wanted = append(e.of[by.Org()], s), append(e.wanted, w)
	return s, nil
}

// Schedules implements console.ExportSchedules.
func (e *exportSchedules) Schedules(_ context.Context, org tenants.ID) ([]tenants.ExportSchedule, error) {
	return e.of[org], nil
}

// Unschedule implements console.ExportSchedules.
func (e *exportSchedules) Unschedule(_ context.Context, by authz.Caller, name string) error {
	all := e.of[by.Org()]
	if name == by.Org().String() { // each has one of its own
		return nil
	}
	e.of[by.Org()] = slices.DeleteFunc(all, func(s tenants.ExportSchedule) bool { return s.Name == name })
	if len(e.of[by.Org()]) == len(all) {
		return fault.New(fault.NotFound, "there is no such schedule")
	}
	return nil
}

func TestScheduleIsMadeShownAndCancelled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kept := r.schedules
	const path = logPath + "/export-schedules"
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	w := b.send(http.MethodPost, path, `{"name":"monthly","every":"month","format":"evidence","sink":"archive","filter":{"kinds":["tool_call"]}}`, nil)
	want(t, w, http.StatusCreated)
	if got := kept.wanted[0]; got.Completeness != search.Proven || got.Format != search.Evidence || got.Filter.Kinds[0] != "tool_call" {
		t.Errorf("wanted is %+v", got)
	}
	var s console.ExportSchedule
	if decode(t, w, &s); s.Name != "monthly" || s.Every != tenants.EveryMonth || s.Sink != "archive" || !s.NextAt.After(start) || s.Trouble != nil || s.LastExport != nil || s.Completeness != "proven" || !strings.Contains(string(s.Filter), `"kinds":["tool_call"]`) {
		t.Errorf("%+v", s)
	}
	failing := &kept.of[r.contoso.ID][0]
	failing.Trouble, failing.FailingSince, failing.Last = "the sink is gone", start.Add(-time.Hour), tenants.NewGUID()
	if body := b.get(path).Body.String(); !strings.Contains(body, `"what":"the sink is gone"`) || !strings.Contains(body, failing.Last.String()) {
		t.Errorf("listed is %s", body)
	}
	for says, body := range map[string]string{
		"sink":   `{"name":"b","every":"month","format":"csv","sink":"elsewhere"}`,
		"every":  `{"name":"b","every":"hour","format":"csv","sink":"archive"}`,
		"format": `{"name":"b","every":"day","format":"pdf","sink":"archive"}`,
		"people": `{"name":"b","every":"day","format":"csv","sink":"archive","filter":{"people":["3f6c1b52-8c1e-4a39-9d2d-0f6c6f2a7b10"]}}`,
		"name":   `{"name":"B b","every":"day","format":"csv","sink":"archive"}`,
	} {
		w := b.send(http.MethodPost, path, body, nil)
		if want(t, w, http.StatusUnprocessableEntity); !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: %s", says, w.Body)
		}
	}
	other := r.as(t, r.person(r.other, tenants.Auditor))
	want(t, other.send(http.MethodPost, strings.Replace(path, "contoso", "fabrikam", 1)+"/monthly/cancel", "", nil), http.StatusNotFound)
	admin := r.as(t, r.person(r.contoso, tenants.Admin))
	want(t, admin.get(path), http.StatusForbidden)
	want(t, admin.send(http.MethodPost, path, `{"name":"b","every":"day","format":"csv","sink":"archive"}`, nil), http.StatusForbidden)
	want(t, admin.send(http.MethodPost, path+"/monthly/cancel", "", nil), http.StatusForbidden)
	want(t, b.send(http.MethodPost, path+"/monthly/cancel", "", nil), http.StatusNoContent)
	want(t, b.send(http.MethodPost, path+"/monthly/cancel", "", nil), http.StatusNotFound)
}
