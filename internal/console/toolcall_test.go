package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const callPath = "/api/organizations/contoso/tools/contoso-notes_add/calls"

func TestPersonCallsAToolAsThemselves(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	viewer := r.person(r.contoso, tenants.Viewer)
	w := r.as(t, viewer).send(http.MethodPost, callPath, `{"arguments":{"n":12345678901234567890,"s":"x"}}`, nil)
	want(t, w, http.StatusOK)
	var told console.ToolCallResult
	decode(t, w, &told)
	if told.Record != "r1" || told.IsError || !strings.Contains(w.Body.String(), `paid \u202e`) {
		t.Errorf("%s", w.Body)
	}
	if len(r.calls) != 1 || r.callers[0] != viewer.OID {
		t.Fatalf("called %+v as %v", r.calls, r.callers)
	}
	c := r.calls[0]
	if c.Tool != "contoso-notes_add" || string(c.Arguments) != `{"n":12345678901234567890,"s":"x"}` || c.Path != callPath || c.Address == "" {
		t.Errorf("%+v with %s", c, c.Arguments)
	}
}

func TestNobodyElseCallsATool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga := r.operator()
	r.support[r.contoso.ID] = []tenants.SupportAccess{{ID: tenants.NewGUID(), Operator: tenants.Operator{TID: platform, OID: olga.OID}, ApprovedAt: start, EndsAt: start.Add(time.Hour)}}
	r.tokens["ours"] = authz.Identity{Org: r.contoso.ID, TID: r.contoso.TID, OID: tenants.NewGUID(), Kind: authz.App, AppRoles: []string{console.ManageRole}}
	stranger := r.person(r.contoso, tenants.Viewer)
	stranger.OID = tenants.NewGUID()
	for name, row := range map[string]struct {
		who  *browser
		want int
	}{
		"operator who visits":     {r.as(t, olga), http.StatusForbidden},
		"automation":              {r.by(t, "ours"), http.StatusForbidden},
		"without a role":          {r.as(t, stranger), http.StatusForbidden},
		"of another organization": {r.as(t, r.person(r.other, tenants.Owner)), http.StatusNotFound},
	} {
		if w := row.who.send(http.MethodPost, callPath, `{"arguments":{}}`, nil); w.Code != row.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(r.calls) != 0 {
		t.Errorf("called is %+v", r.calls)
	}
}

func TestCallOfAToolIsRefusedAsItsKind(t *testing.T) {
	t.Parallel()
	for kind, status := range map[fault.Kind]int{
		fault.NotFound: http.StatusNotFound, fault.Limited: http.StatusTooManyRequests, fault.Forbidden: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable, fault.Conflict: http.StatusConflict,
	} {
		r := newRig(t)
		r.uncalled = fault.New(kind, "no")
		w := r.as(t, r.person(r.contoso, tenants.Owner)).send(http.MethodPost, callPath, `{"arguments":{}}`, nil)
		want(t, w, status)
		if kind == fault.NotFound && !strings.Contains(w.Body.String(), "there is no such tool") {
			t.Errorf("%s", w.Body)
		}
	}
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	for _, body := range []string{`{}`, `{"arguments":[]}`, `{"arguments":null}`, `{"arguments":"x"}`} {
		want(t, b.send(http.MethodPost, callPath, body, nil), http.StatusUnprocessableEntity)
	}
	if len(r.calls) != 0 {
		t.Errorf("called is %+v", r.calls)
	}
}

// TestCallWithAKeyIsMadeOnce, and its result is not kept.
func TestCallWithAKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	for i := range 2 {
		w := b.send(http.MethodPost, callPath, `{"arguments":{}}`, map[string]string{"Idempotency-Key": "k"})
		want(t, w, http.StatusOK)
		if !strings.Contains(w.Body.String(), `"record":"r1"`) || strings.Contains(w.Body.String(), "paid") != (i == 0) {
			t.Errorf("%d: %s", i, w.Body)
		}
	}
	if len(r.calls) != 1 || r.lasts < 24*time.Hour {
		t.Errorf("called %d times; whoever repeats it may call again after %s", len(r.calls), r.lasts)
	}
	another := strings.Replace(callPath, "notes_add", "notes_drop", 1)
	want(t, b.send(http.MethodPost, another, `{"arguments":{}}`, map[string]string{"Idempotency-Key": "k"}), http.StatusConflict)
}

// TestCallOfWhichTheEndIsNotKnownIsNotRepeated: the same key tells so again.
func TestCallOfWhichTheEndIsNotKnownIsNotRepeated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	r.uncalled, r.unknown = fault.New(fault.Unavailable, "the audit log is unavailable; try again shortly"), true
	for i := range 2 {
		w := b.send(http.MethodPost, callPath, `{"arguments":{}}`, map[string]string{"Idempotency-Key": "k"})
		want(t, w, http.StatusOK)
		var told console.ToolCallResult
		decode(t, w, &told)
		if told.Record != "r1" || !told.IsError || strings.Contains(string(told.Result), "Whether it was done is not known") != (i == 0) {
			t.Errorf("%d: %s", i, w.Body)
		}
	}
	if len(r.calls) != 1 {
		t.Errorf("called %d times", len(r.calls))
	}
}
