package console_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit/search"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const logPath = "/api/organizations/contoso/log"

func TestLogIsForAuditors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	record := r.ledgers[r.contoso.ID].record.String()
	for role, status := range map[tenants.Role]int{tenants.Viewer: 403, tenants.Admin: 403, tenants.Auditor: 200, tenants.Owner: 200} {
		b := r.as(t, r.person(r.contoso, role))
		for _, path := range []string{logPath + "/records", logPath + "/counts", logPath + "/records/" + record, logPath + "/records/" + record + "/receipt", ofContoso + "access"} {
			want(t, b.get(path), status)
		}
		want(t, b.get(logPath+"/exports/content?token="+url.QueryEscape(tokenOf(r.contoso.ID))), status)
		if status == 200 {
			status = 201
		}
		want(t, b.send(http.MethodPost, logPath+"/exports", `{"format":"csv"}`, nil), status)
	}
}

func TestSearchAsksForWhatTheQueryDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, l := r.as(t, r.person(r.contoso, tenants.Auditor)), r.ledgers[r.contoso.ID]
	l.page.Next = 5
	query := url.Values{
		"from": {"2026-03-01T00:00:00Z"}, "to": {"2026-04-01T02:00:00+02:00"}, "person": {alice.String()}, "client": {"a", "b,c"}, "tool": {"payroll_run"},
		"kind": {"tool_call"}, "effect": {"write", "destructive"}, "outcome": {"ok"}, "role": {"finance"}, "text": {"Pay"}, "limit": {"3"},
	}
	var page console.LogPage
	b.read(logPath+"/records?"+query.Encode(), &page)
	q := l.queries[0]
	f := q.Filter
	if !f.From.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) || !f.To.Equal(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) || f.To.Location() != time.UTC ||
		f.People[0] != alice || f.Clients[1] != "b,c" || f.Tools[0] != "payroll_run" || f.Kinds[0] != "tool_call" || len(f.Effects) != 2 || f.Outcomes[0] != "ok" ||
		f.Roles[0] != "finance" || f.Text != "Pay" || q.Limit != 3 || q.Below != 0 {
		t.Errorf("asked for %+v", q)
	}
	if len(page.Items) != 1 || page.Sealed != 8 || page.NextCursor == "" || string(page.Items[0].Fields["kind"]) != `"tool_call"` ||
		len(page.Items[0].Erased) != 1 || page.Items[0].Erased[0] != "actor_name" {
		t.Errorf("answers %+v", page)
	}
	query.Set("cursor", page.NextCursor)
	b.read(logPath+"/records?"+query.Encode(), &page)
	if got := l.queries[1].Below; got != 5 {
		t.Errorf("goes on below %d", got)
	}
	query.Set("text", "Play") // a cursor belongs to its filter
	want(t, b.get(logPath+"/records?"+query.Encode()), http.StatusUnprocessableEntity)
	query.Set("text", "Pay")
	want(t, b.get(logPath+"/counts?"+query.Encode()), http.StatusUnprocessableEntity)
	if len(l.queries) != 2 || len(l.censuses) != 0 {
		t.Error("a foreign cursor is followed")
	}
}

func TestWordsOutsideTheirSetsAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	for _, query := range []string{"effect=writes", "outcome=done", "person=alice", "from=yesterday", "limit=0", "limit=201"} {
		want(t, b.get(logPath+"/records?"+query), http.StatusUnprocessableEntity)
	}
	want(t, b.get(logPath+"/counts?interval=week"), http.StatusUnprocessableEntity)
	if l := r.ledgers[r.contoso.ID]; len(l.queries)+len(l.censuses) > 0 {
		t.Error("the log was asked")
	}
}

func TestCountsListTheLatestFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, l := r.as(t, r.person(r.contoso, tenants.Auditor)), r.ledgers[r.contoso.ID]
	var counts console.LogCounts
	l.counts.Next = 4
	b.read(logPath+"/counts?interval=hour", &counts)
	if len(counts.Items) != 2 || counts.Items[0].Count != 3 || !counts.Items[0].From.After(counts.Items[1].From) || l.censuses[0].Interval != search.Hourly {
		t.Errorf("answers %+v to %+v", counts, l.censuses)
	}
	b.read(logPath+"/counts?interval=hour&cursor="+counts.NextCursor, &counts)
	if l.censuses[1].Below != 4 {
		t.Errorf("counts on below %d", l.censuses[1].Below)
	}
	want(t, b.get(logPath+"/counts?interval=day&cursor="+counts.NextCursor), http.StatusUnprocessableEntity)
}

func TestWhatIsNoIDNamesNoRecord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Auditor))
	for _, id := range []string{"x", strings.ToUpper(r.ledgers[r.contoso.ID].record.String()), tenants.NewGUID().String()} {
		want(t, b.get(logPath+"/records/"+id), http.StatusNotFound)
		want(t, b.get(logPath+"/records/"+id+"/receipt"), http.StatusNotFound)
	}
}

// export makes an export and returns where its content is.
func (b *browser) export(body string) console.LogExport {
	b.t.Helper()
	w := b.send(http.MethodPost, logPath+"/exports", body, nil)
	want(b.t, w, http.StatusCreated)
	var x console.LogExport
	decode(b.t, w, &x)
	return x
}

func TestExportIsDecidedOnceAndReadInParts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, l := r.as(t, r.person(r.contoso, tenants.Auditor)), r.ledgers[r.contoso.ID]
	for body, want := range map[string]search.Wanted{
		`{"format":"evidence"}`: {Format: search.Evidence, Completeness: search.Proven}, `{"format":"csv"}`: {Format: search.CSV, Completeness: search.Unproven},
		`{"format":"evidence","completeness":"none","checkpoints":[4]}`: {Format: search.Evidence, Completeness: search.Unproven},
	} {
		x := b.export(body)
		if got := l.wanted[len(l.wanted)-1]; got.Format != want.Format || got.Completeness != want.Completeness || strings.Contains(body, "checkpoints") != (len(got.Sizes) == 1) || x.From != 2 || x.To != 8 {
			t.Errorf("%s asks for %+v and answers %+v", body, got, x)
		}
	}
	x := b.export(`{"format":"csv"}`)
	w := b.get(x.Content + "&after=5")
	want(t, w, http.StatusOK)
	if got := w.Header(); got.Get("Content-Type") != "text/csv; charset=utf-8; header=present" || got.Get("Content-Disposition") != `attachment; filename="contoso-20261121T090000Z.csv"` || got.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", got)
	}
	if w.Body.String() != l.content || l.after[0] != 5 || l.closed != 1 {
		t.Errorf("content %q after %v, closed %d times", w.Body, l.after, l.closed)
	}
	want(t, b.get(x.Content), http.StatusOK)
	if l.after[1] != search.All {
		t.Errorf("all of it begins after %d", l.after[1])
	}
}

// TestBrokenContentLooksBroken: whoever reads it must not take a part for the whole.
func TestBrokenContentLooksBroken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, l := r.as(t, r.person(r.contoso, tenants.Auditor)), r.ledgers[r.contoso.ID]
	x := b.export(`{"format":"csv"}`)
	l.broken = errors.New("the database has gone")
	server := httptest.NewServer(r.console)
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+x.Content, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the content ends as if it were whole")
	}
	server.Close() // waits for what still runs behind the answer
	if l.closed != 1 || !strings.Contains(r.log.String(), "the database has gone") {
		t.Errorf("closed %d times; log %s", l.closed, r.log)
	}
}
