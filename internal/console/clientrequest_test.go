package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const requested = contoso + "/client-requests"

// assistant is the software of a client with a document.
const assistant = "https://assistant.example/client.json"

func TestClientsWaitForAnAdmin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.waiting[r.contoso.ID] = append(r.waiting[r.contoso.ID], connections.Request{
		Software: assistant, Name: "Assistant", Host: "assistant.example", Redirect: "assistant.example", Person: alice, Asked: "Alice", FirstAt: start, LastAt: start, Times: 1,
	})
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	list := func() (all []console.ClientRequest) {
		for cursor := ""; ; {
			var page console.Page[console.ClientRequest]
			b.read(requested+"?limit=1"+cursor, &page)
			if all = append(all, page.Items...); page.NextCursor == "" {
				return all
			}
			cursor = "&cursor=" + url.QueryEscape(page.NextCursor)
		}
	}
	all := list()
	if len(all) != 2 || all[0] != (console.ClientRequest{
		Software: "contoso" + software, Name: "contoso Agent", AnswersTo: "127.0.0.1", Person: console.NamedPerson{OID: alice, Name: "Alice"}, FirstAt: start.Add(-time.Hour), LastAt: start, Times: 3,
	}) || all[1].Host != "assistant.example" {
		t.Errorf("%+v", all)
	}
	want(t, b.send(http.MethodPost, contoso+"/clients", `{"id":"`+assistant+`","name":"Assistant"}`, nil), http.StatusCreated)
	if all = list(); len(all) != 1 || all[0].Software == assistant {
		t.Errorf("what is listed still waits: %+v", all)
	}
}

func TestRequestsAreDismissedByTheirSoftware(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin := r.person(r.contoso, tenants.Admin)
	at := requested + "?software=" + url.QueryEscape("contoso"+software)
	want(t, r.as(t, r.person(r.contoso, tenants.Viewer)).send(http.MethodDelete, at, "", nil), http.StatusForbidden)
	b := r.as(t, admin)
	for query, status := range map[string]int{
		"": 422, "?software=": 422, "?software=" + strings.Repeat("x", 2001): 422, "?software=" + url.QueryEscape("fabrikam"+software): 404, "?software=contoso+Agent": 404,
	} {
		want(t, b.send(http.MethodDelete, requested+query, "", nil), status)
	}
	if len(r.wrote) > 0 || len(r.waiting[r.contoso.ID]) != 1 || len(r.waiting[r.other.ID]) != 1 {
		t.Error("something was dismissed")
	}
	want(t, b.send(http.MethodDelete, at, "", nil), http.StatusNoContent)
	if len(r.waiting[r.contoso.ID]) != 0 || len(r.wrote) != 1 || r.wrote[0].Identity().OID != admin.OID {
		t.Errorf("%+v wait", r.waiting[r.contoso.ID])
	}
	if w := b.send(http.MethodDelete, at, "", nil); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "nobody waits for this") {
		t.Errorf("once more answers %d %s", w.Code, w.Body)
	}
}
