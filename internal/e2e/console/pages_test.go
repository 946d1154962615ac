package console_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/demo"
)

// mostRequests is how often a page may ask the management API before it is shown whole.
const mostRequests = 10

// walker is somebody who goes to every page.
type walker struct {
	name   string
	person string
	with   map[string]any
	axe    bool
	pages  int // that they are shown at least
}

// TestEveryPage goes to every page as everybody who may be in the console, and once
// where every name is markup.
func TestEveryPage(t *testing.T) { //nolint:tparallel // in turns: the owner lets the viewer in, and there are few processors
	t.Parallel()
	viewer := map[string]any{"role": "viewer", "oid": user(t, "frank").OID}
	owner := map[string]any{"themes": themes, "grant": viewer, "elsewhere": "fabrikam"}
	owner["refused"], owner["client"] = user(t, "alice").OID, contoso(t).Clients[0].ClientID
	operator := map[string]any{"themes": themes, "under": "/operator", "oid": demo.Platform().Person.OID}
	for _, by := range []string{"alice", "frank", "carol"} { // so that there is something to see of people and AI apps
		connect(t, map[string]string{"alice": "Windsurf", "frank": "Zed", "carol": "Goose"}[by], user(t, by))
	}
	if *draw {
		waiting(t, "wingtip") // so that the operator has somebody to admit
		for _, one := range []map[string]any{owner, operator} {
			one["themes"], one["docs"] = []string{"Light", "Dark"}, screenshots
		}
	}
	for _, w := range []walker{
		{name: "owner", person: "carol", with: owner, axe: true, pages: 2},
		{name: "operator", person: "carol", with: operator, axe: true, pages: 4},
		{name: "auditor", person: "dan", pages: 2},
		{name: "viewer", person: "frank", with: map[string]any{"readsOnly": true}, pages: 2},
		{name: "hostile", person: "carol", with: map[string]any{"hostile": true}, pages: 2},
	} {
		t.Run(w.name, w.goEverywhere)
	}
}

func (w walker) goEverywhere(t *testing.T) {
	with := map[string]any{"slug": "contoso", "name": w.name, "oid": user(t, w.person).OID}
	for key, value := range w.with {
		with[key] = value
	}
	found := walk(t, "pages", with)
	if len(found.Violations)+len(found.Errors) > 0 || found.Ran {
		t.Errorf("the policy was broken by %q, and there is\n%s\nmarkup ran: %t", found.Violations, strings.Join(found.Errors, "\n"), found.Ran)
	}
	if len(found.Axe) > 0 || w.axe != (found.Checked > 0) {
		t.Errorf("of %d pages axe says:\n%s", found.Checked, strings.Join(found.Axe, "\n"))
	}
	if hostile := w.with["hostile"] == true; found.Shown != hostile {
		t.Errorf("markup was to be read: %t", found.Shown)
	}
	if extra := slices.DeleteFunc(found.Kept, func(name string) bool { return name == "gatehouse.theme" }); len(extra) > 0 {
		t.Errorf("the browser keeps %q", extra)
	}
	if _, tried := w.with["elsewhere"]; tried && found.Foreign != len(found.Pages) {
		t.Errorf("%d pages of another organization were tried", found.Foreign)
	}
	if len(found.Pages) < w.pages {
		t.Errorf("there are %d pages: %v", len(found.Pages), found.Pages)
	}
	for page, requests := range found.Pages {
		if requests > mostRequests {
			t.Errorf("%s asks %d times", page, requests)
		}
	}
	if w.axe {
		drawn(t, w.name, found.Pictures)
	}
	t.Logf("requests of each page: %v", found.Pages)
}
