package manage_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/manage"
)

func TestScheduleIsMadeListedAndCancelled(t *testing.T) {
	t.Parallel()
	const (
		base    = "/api/organizations/contoso/log/export-schedules"
		monthly = `{"name":"monthly","every":"month","format":"evidence","sink":"archive","madeBy":"Dan","from":"2026-03-01T00:00:00Z","nextAt":"2026-04-01T01:00:00Z"}`
		stuck   = `{"name":"weekly","every":"week","format":"csv","sink":"ar\u001bchive","filter":{"kinds":["tool_call"]},"madeBy":"Dan","from":"2026-03-02T00:00:00Z","nextAt":"2026-03-09T01:10:00Z","trouble":{"what":"the sink is gone"}}`
	)
	var asked, cancelled string
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+base, func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		asked = body.String()
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, monthly)
	})
	mux.HandleFunc("GET "+base, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "" {
			_, _ = fmt.Fprint(w, `{"items":[`+monthly+`],"nextCursor":"n"}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"items":[`+stuck+`]}`)
	})
	mux.HandleFunc("POST "+base+"/{name}/cancel", func(w http.ResponseWriter, r *http.Request) {
		cancelled = r.PathValue("name")
		w.WriteHeader(http.StatusNoContent)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	c := client(t, s.URL)
	var out bytes.Buffer
	if err := manage.ScheduleExport(t.Context(), c, manage.NewExportSchedule{Name: "monthly", Every: "month", Format: "evidence", Sink: "archive"}, &out); err != nil {
		t.Fatal(err)
	}
	const line = "monthly  every month  evidence to archive  by Dan; next: from 2026-03-01 on, asked for at 2026-04-01T01:00:00Z\n"
	if !strings.Contains(asked, `"every":"month"`) || out.String() != line {
		t.Errorf("asked is %s, said %s", asked, out.String())
	}
	out.Reset()
	if err := manage.ListExportSchedules(t.Context(), c, &out); err != nil {
		t.Fatal(err)
	}
	if said := out.String(); !strings.HasPrefix(said, line) || !strings.HasSuffix(said, "asked for at 2026-03-09T01:10:00Z; only {\"kinds\":[\"tool_call\"]}: the sink is gone\n") || strings.Contains(said, "\x1b") {
		t.Errorf("listed is %q", said)
	}
	if err := manage.CancelExportSchedule(t.Context(), c, "monthly"); err != nil || cancelled != "monthly" {
		t.Errorf("cancelled is %q, %v", cancelled, err)
	}
}
