package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const handoutPath = "/api/organizations/contoso/access/reports"

// TestReportIsOnRecordBeforeItIsHandedOut: the record has the digest of the very text.
func TestReportIsOnRecordBeforeItIsHandedOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	at := start.Add(-time.Hour)
	w := b.send(http.MethodPost, handoutPath, `{"at":"`+at.Format(time.RFC3339)+`","tool":"pay"}`, nil)
	want(t, w, http.StatusCreated)
	var got console.AccessHandout
	decode(t, w, &got)
	digest := sha256.Sum256([]byte(got.Text))
	var report struct {
		At     time.Time
		People []console.AccessPerson
	}
	if err := json.Unmarshal([]byte(got.Text), &report); err != nil || len(report.People) != 3 || !report.At.Equal(at) || got.SHA256 != hex.EncodeToString(digest[:]) {
		t.Errorf("%v: %+v", err, got)
	}
	if len(r.handed) != 1 {
		t.Fatalf("on record are %+v", r.handed)
	}
	e := r.handed[0]
	if e.Kind != audit.Export || e.Detail != "access" || e.Count != 3 || e.Target != "access report "+got.ID.String() || !strings.Contains(e.After, `"sha256":"`+got.SHA256+`"`) {
		t.Errorf("on record is %+v", e)
	}
}

func TestReportIsNotHandedOutUnrecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, role := range []tenants.Role{tenants.Viewer, tenants.Admin} {
		want(t, r.as(t, r.person(r.contoso, role)).send(http.MethodPost, handoutPath, `{}`, nil), http.StatusForbidden)
	}
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	want(t, b.send(http.MethodPost, handoutPath, `{"at":"`+start.Add(100*time.Hour).Format(time.RFC3339)+`"}`, nil), http.StatusUnprocessableEntity)
	r.unheard = errors.New("the log has gone")
	if w := b.send(http.MethodPost, handoutPath, `{}`, nil); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "people") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if len(r.handed) > 0 {
		t.Errorf("on record are %+v", r.handed)
	}
}
