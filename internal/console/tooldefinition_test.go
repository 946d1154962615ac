package console_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func TestToolIsDescribedAsItWasApproved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	read := func(tool string) (d console.ToolDefinition) {
		b.read("/api/organizations/contoso/tools/"+tool+"/definition", &d)
		return d
	}
	if d := read("whoami"); d.Name != "whoami" || !strings.Contains(string(d.Definition), `"inputSchema"`) {
		t.Errorf("our own is %+v", d)
	}
	if d := read("contoso-notes_add"); d.Name != "add" || d.Description != "Adds a note." || !strings.Contains(string(d.Definition), "Adds a note.") {
		t.Errorf("of a source it is %+v", d)
	}
	source := r.access[r.contoso.ID].Sources[0].ID
	was := r.offers[source][0].Offer.Definition
	r.offers[source] = []access.Offered{{Source: source, Offer: offer("add", "Sends notes away."), Pinned: was, SeenAt: start}}
	if d := read("contoso-notes_add"); d.Description != "Adds a note." {
		t.Errorf("while a change waits for review it is %+v", d)
	}
	for _, absent := range []string{"absent", "contoso-notes_search", "fabrikam-notes_add"} {
		want(t, b.get("/api/organizations/contoso/tools/"+absent+"/definition"), http.StatusNotFound)
	}
}
