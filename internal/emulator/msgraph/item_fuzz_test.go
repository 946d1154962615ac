package msgraph_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"gatehouse/internal/emulator/msgraph"
)

// answers sends a query and takes anything but a failure of the server's.
func (g *rig) answers(t *testing.T, token, path, query string, headers ...string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.URL = &url.URL{Path: path, RawQuery: query}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	if w.Code >= http.StatusInternalServerError || w.Code == http.StatusUnauthorized {
		t.Errorf("%s?%s is answered with %d %s", path, query, w.Code, w.Body)
	}
	if w.Code == http.StatusOK && w.Header().Get("OData-Version") != "4.0" {
		t.Errorf("%s?%s is answered without being OData: %v", path, query, w.Header())
	}
}

func FuzzMailboxQueries(f *testing.F) {
	for _, seed := range []string{
		"$top=1&$skip=1", "$filter=isRead%20eq%20false%20and%20contains(subject,'a''b')", "$search=%22from:bob%20%5C%22a%20b%5C%22%22",
		"$filter=start/dateTime%20ge%20'2026-11-24'&$orderby=start/dateTime%20desc", "$select=subject,,", "$filter='", "$filter=(((", "$search=%22", "a;b", "%zz", "$skip=99999999999999999999", "$skip=9223372036854775807",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		g := newMailRig(t, msgraph.Limits{})
		token := g.person(nora, "Mail.Read Calendars.Read People.Read")
		for _, path := range []string{"messages", "events", "people", "mailFolders", "calendarView"} {
			g.answers(t, token, "/v1.0/me/"+path, query)
		}
		g.answers(t, token, "/v1.0/me/calendarView", "startDateTime="+url.QueryEscape(query)+"&endDateTime=2026-12-01")
	})
}

func FuzzDrivePaths(f *testing.F) {
	for _, seed := range []string{"Reports/2026/Plan.txt", "Reports:/children", ":/content", ":", "::", "a%2fb", "Plan.txt:/content", "search(q='a''b')", "search(q='')"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		g := newMailRig(t, msgraph.Limits{})
		token := g.person(nora, "Files.Read")
		for _, below := range []string{"root:/", "root/", "items/"} {
			g.answers(t, token, "/v1.0/me/drive/"+below+path, "")
		}
		g.answers(t, token, "/v1.0/me/drive/root/children", path)
	})
}

func FuzzPreferences(f *testing.F) {
	for _, seed := range []string{`outlook.timezone="UTC"`, `outlook.timezone=`, `outlook.body-content-type="text", outlook.timezone="Tokyo Standard Time"`, `,=,"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, prefer string) {
		g := newMailRig(t, msgraph.Limits{})
		g.answers(t, g.person(nora, "Calendars.Read"), "/v1.0/me/events", "", "Prefer", prefer)
	})
}
