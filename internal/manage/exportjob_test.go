package manage_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/manage"
)

// bringing is a deployment that brings an export to a sink.
type bringing struct {
	*httptest.Server
	answers []string // of getExport, one after the other; the last again and again
	asked   []string
	seen    func()
}

const (
	exportID = "3f6c1b52-8c1e-4a39-9d2d-0f6c6f2a7b10"
	under    = `{"id":"` + exportID + `","state":"running","sink":"archive","format":"csv","askedAt":"2026-03-01T00:00:00Z","progress":{"from":2,"to":12,"next":7,"percent":50,"records":4,"bytes":900}}`
	arrived  = `{"id":"` + exportID + `","state":"done","sink":"archive","format":"csv","askedAt":"2026-03-01T00:00:00Z","progress":{"from":2,"to":12,"next":12,"percent":100,"records":9,"bytes":2000},"object":{"name":"exports/x.csv","bytes":2000,"sha256":"abcd"}}`
	lost     = `{"id":"` + exportID + `","state":"failed","sink":"ar\u001bchive","format":"csv","askedAt":"2026-03-01T00:00:00Z","progress":{"from":2,"to":12,"next":7,"percent":50},"trouble":{"what":"the sink is gone"}}`
)

func newBringing(t *testing.T, answers ...string) *bringing {
	t.Helper()
	s := &bringing{answers: answers}
	mux := http.NewServeMux()
	const base = "/api/organizations/contoso/log/exports"
	mux.HandleFunc("POST "+base, func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		s.asked = append(s.asked, body.String())
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"id":%q,"from":2,"to":12}`, exportID)
	})
	mux.HandleFunc("GET "+base+"/"+exportID, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, s.answers[0])
		if len(s.answers) > 1 {
			s.answers = s.answers[1:]
		}
		if s.seen != nil {
			s.seen()
		}
	})
	mux.HandleFunc("GET "+base, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "" {
			_, _ = fmt.Fprint(w, `{"items":[`+under+`],"nextCursor":"n"}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"items":[`+arrived+`]}`)
	})
	mux.HandleFunc("POST "+base+"/"+exportID+"/cancel", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, strings.Replace(under, "running", "cancelling", 1))
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestExportToASinkIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newBringing(t, under, under, arrived)
	var out bytes.Buffer
	if err := manage.BringExport(t.Context(), client(t, s.URL), manage.LogExport{Format: "csv", Sink: "archive"}, &out); err != nil {
		t.Fatal(err)
	}
	if len(s.asked) != 1 || !strings.Contains(s.asked[0], `"sink":"archive"`) {
		t.Errorf("asked for is %v", s.asked)
	}
	want := "export " + exportID + " begins; it goes on without you, and gatehouse audit exports says how far it is\n" +
		"running  csv to archive  50%: 5 of 10 records looked at, 4 exported, 900 bytes arrived\n" +
		"done  csv to archive  9 records, 2000 bytes, SHA-256 abcd, exports/x.csv\n"
	if out.String() != want {
		t.Errorf("it says\n%s", out.String())
	}
}

func TestExportToASinkMayBeLeft(t *testing.T) {
	t.Parallel()
	s := newBringing(t, under)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	s.seen = leave
	if err := manage.BringExport(ctx, client(t, s.URL), manage.LogExport{Format: "csv", Sink: "archive"}, &bytes.Buffer{}); err != nil {
		t.Errorf("whoever leaves is told %v", err)
	}
}

func TestExportThatDoesNotArriveIsAnError(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := manage.BringExport(t.Context(), client(t, newBringing(t, lost).URL), manage.LogExport{Format: "csv", Sink: "archive"}, &out)
	if err == nil || !strings.Contains(err.Error(), "failed") || !strings.Contains(out.String(), "the sink is gone") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%v\n%q", err, out.String())
	}
}

func TestExportsAreListedAndCancelled(t *testing.T) {
	t.Parallel()
	c := client(t, newBringing(t).URL)
	var out bytes.Buffer
	if err := manage.ListExports(t.Context(), c, &out); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(out.String(), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], exportID+"  2026-03-01T00:00:00Z  running") || !strings.Contains(lines[1], "done") {
		t.Errorf("listed is\n%s", out.String())
	}
	out.Reset()
	if err := manage.CancelExport(t.Context(), c, exportID, &out); err != nil || !strings.HasPrefix(out.String(), "cancelling  csv to archive") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
