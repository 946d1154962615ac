package console_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// TestNoSoftwareEndsTheListOfAppsSeen: strangers choose how long a name of it is, and a
// page may end with any.
func TestNoSoftwareEndsTheListOfAppsSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	long := "Agent <https://a.example/" + strings.Repeat("x", connections.MaxSoftware-26) + ">"
	if len(long) != connections.MaxSoftware {
		t.Fatalf("it has %d bytes", len(long))
	}
	r.seen = map[tenants.ID][]connections.Seen{r.contoso.ID: {{Software: long, FirstAt: start, LastAt: start}, {Software: "Behind <https://b.example/cb>", FirstAt: start, LastAt: start}}}
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	var first, second console.Page[console.SeenApp]
	b.read(contoso+"/seen-apps?limit=1", &first)
	b.read(contoso+"/seen-apps?limit=1&cursor="+url.QueryEscape(first.NextCursor), &second)
	if len(second.Items) != 1 || second.Items[0].Software != "Behind <https://b.example/cb>" || second.NextCursor != "" {
		t.Errorf("after the long one there are %+v", second)
	}
}

func TestAppsAreSeenInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const codeEditor, unknown = "aebc6443-996d-45c2-90f0-388ff96faa56", "dddddddd-0000-4000-8000-00000000000d"
	r.seen = map[tenants.ID][]connections.Seen{r.contoso.ID: {
		{Software: "Agent <http://127.0.0.1/cb>", Name: "Agent", Asked: true, FirstAt: start, LastAt: start, Registrations: 2, Latest: []string{"gh_b", "gh_a"}},
		{Software: codeEditor, Entra: true, FirstAt: start, LastAt: start},
		{Software: unknown, Entra: true, FirstAt: start, LastAt: start},
		{Software: assistant, Name: "Assistant", Host: "assistant.example", Asked: true, FirstAt: start, LastAt: start, Connections: 3, People: 2},
	}, r.other.ID: {{Software: "Theirs"}}}
	want(t, r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, contoso+"/clients", `{"id":"`+assistant+`","name":"Assistant"}`, nil), http.StatusCreated)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	var all []console.SeenApp
	for cursor := ""; ; {
		var page console.Page[console.SeenApp]
		b.read(contoso+"/seen-apps?limit=1"+cursor, &page)
		if all = append(all, page.Items...); page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + url.QueryEscape(page.NextCursor)
	}
	expected := []console.SeenApp{
		{Software: "Agent <http://127.0.0.1/cb>", Name: "Agent", SignsIn: "gatehouse", Waits: true, Registrations: 2, RegistrationIDs: []string{"gh_b", "gh_a"}},
		{Software: codeEditor, Name: "Visual Studio Code", Verified: true, SignsIn: "entra"},
		{Software: unknown, Verified: true, SignsIn: "entra"},
		{Software: assistant, Name: "Assistant", Host: "assistant.example", Verified: true, SignsIn: "gatehouse", Listed: true, Connections: 3, People: 2},
	}
	for i := range expected {
		expected[i].FirstAt, expected[i].LastAt = start, start
		if expected[i].RegistrationIDs == nil {
			expected[i].RegistrationIDs = []string{}
		}
	}
	for i := range all {
		all[i].FirstAt, all[i].LastAt = all[i].FirstAt.UTC(), all[i].LastAt.UTC()
	}
	if !reflect.DeepEqual(all, expected) {
		t.Errorf("seen are %+v\nwant %+v", all, expected)
	}
	want(t, b.send(http.MethodGet, contoso+"/seen-apps?cursor=made-up", "", nil), http.StatusUnprocessableEntity)
}
