package snapshot_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var (
	notes  = tenants.MustGUID("0d0d0d0d-0000-4000-8000-000000000001")
	agenda = tenants.MustGUID("0d0d0d0d-0000-4000-8000-000000000002")
	began  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

// server is a server that nobody calls.
type server struct {
	tools.Server
	source tools.Source
	secret string
}

// workshop builds views of one organization.
type workshop struct {
	builder snapshot.Builder
	data    snapshot.Data
	servers map[string]*server // as a hub keeps them
	logs    *bytes.Buffer
}

func newWorkshop(t *testing.T, sources ...tools.Source) *workshop {
	t.Helper()
	w := &workshop{servers: map[string]*server{}, logs: &bytes.Buffer{}}
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	w.builder = snapshot.Builder{
		Origin: "https://gatehouse.example", Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.NewTextHandler(w.logs, nil)),
		Tools: must(tools.NewRegistry([]tools.Tool{{
			Name: "pay", Effect: tools.Read, InputSchema: []byte(`{"type":"object"}`), App: &tools.App{URI: "ui://pay/card", Name: "Card"},
			Invoker: tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) { return tools.Result{}, nil }),
		}})),
		Servers: func(_ *tenants.Organization, _ *secrets.OrgKey, s tools.Source, secret []byte) tools.Server {
			key := fmt.Sprintf("%+v %s", s, secret)
			if w.servers[key] == nil {
				w.servers[key] = &server{source: s, secret: string(secret)}
			}
			return w.servers[key]
		},
	}
	id := tenants.NewID()
	w.data = snapshot.Data{
		Organization: tenants.Organization{
			ID: id, Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Direct,
			Connection: tenants.Connection{
				Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: "api://a", Scope: "access_as_user",
				Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
				ID: tenants.NewGUID(), Model: tenants.OwnApp, Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
			},
			Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
		},
		Version: 1, Decisions: 1, Tools: []tools.Selection{{Name: "pay", Effect: tools.Read}}, WrappedKey: must(box.NewOrganizationKey(t.Context(), id)),
		Sources: sources, SourceSecrets: map[tenants.GUID][]byte{notes: []byte("encrypted")}, Refreshed: map[tenants.GUID]time.Time{notes: began},
	}
	return w
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (w *workshop) build(t *testing.T) *snapshot.Snapshot { t.Helper(); return w.after(t, nil) }

func (w *workshop) after(t *testing.T, before *snapshot.Snapshot) *snapshot.Snapshot {
	t.Helper()
	return must(w.builder.BuildAfter(t.Context(), w.data, before))
}

func source(id tenants.GUID, name string, naming tools.Naming) tools.Source {
	return tools.Source{ID: id, Name: name, Title: name, URL: "https://" + name + ".example/mcp", Naming: naming, Enabled: true, Timeout: time.Minute, Concurrent: 1}
}

func pinned(id tenants.GUID, kind tools.Kind, definition string) tools.Pinned {
	o := must(tools.NewOffer(kind, []byte(definition)))
	p := tools.Pinned{Approval: tools.Approval{Source: id, Kind: kind, Name: o.Name, Hash: o.Hash, At: began}, Definition: o.Definition}
	if kind == tools.KindTool {
		p.Effect = tools.Write
	}
	return p
}

func aTool(id tenants.GUID, name string) tools.Pinned {
	return pinned(id, tools.KindTool, `{"name":"`+name+`","inputSchema":{"type":"object"}}`)
}

func aResource(id tenants.GUID, uri string) tools.Pinned {
	return pinned(id, tools.KindResource, `{"uri":"`+uri+`","name":"R"}`)
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func leftOut(s *snapshot.Snapshot) (list []string) {
	for _, l := range s.LeftOut() {
		list = append(list, l.Name+": "+l.Reason)
	}
	return list
}

func TestSourcesJoinTheCatalog(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, source(notes, "notes", tools.Prefixed), source(agenda, "agenda", tools.Bare))
	w.data.Pinned = []tools.Pinned{
		aTool(notes, "search"), pinned(notes, tools.KindPrompt, `{"name":"summarize"}`), aResource(notes, "file:///a"),
		pinned(notes, tools.KindTemplate, `{"uriTemplate":"note:{id}","name":"T"}`), aTool(agenda, "plan"),
	}
	snap := w.build(t)
	expect(t, snap.Catalog.Names(), "notes_search", "pay", "plan", "prompt:notes_summarize", "resource:file:///a", "resource:note:{id}")
	e := snap.Catalog.At(snap.Catalog.Tool("notes_search"))
	s, ok := e.Server.(*server)
	if !ok || s.source.ID != notes || s.secret != "encrypted" || e.Own != "search" || e.Effect != tools.Write || e.Source != notes {
		t.Errorf("%+v", e)
	}
	got, behind, ok := snap.Source(agenda)
	if !ok || got.Name != "agenda" || behind.(*server).source.ID != agenda {
		t.Errorf("%+v %v", got, ok)
	}
	var seen []string
	snap.Sources(func(s tools.Source, at time.Time) { seen = append(seen, fmt.Sprint(s.Name, " ", at.Equal(began))) })
	expect(t, seen, "notes true", "agenda false")
	expect(t, leftOut(snap))
}

// TestWithoutSourcesTheCatalogIsShared: ten thousand organizations with one
// selection cost one catalog.
func TestWithoutSourcesTheCatalogIsShared(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	one, two := w.build(t), w.build(t)
	w.data.Toolsets = []tools.Toolset{{Name: "desk", Patterns: []string{"pa*"}}}
	if with := w.build(t); one.Catalog != two.Catalog || with.Catalog != one.Catalog {
		t.Error("each view has a catalog of its own")
	}
	if _, _, ok := one.Source(notes); ok || len(one.LeftOut()) != 0 {
		t.Error("a source that is not there is found")
	}
	one.Sources(func(tools.Source, time.Time) { t.Error("there are no sources") })
}

// TestWhatCannotBeServedTakesNothingElseAway: of two under one name the one that
// was approved first keeps it, and the platform's own come before all.
func TestWhatCannotBeServedTakesNothingElseAway(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, source(notes, "notes", tools.Bare), source(agenda, "agenda", tools.Bare))
	broken := aTool(notes, "broken")
	broken.Definition = []byte(`{"name":`)
	w.data.Pinned = []tools.Pinned{
		broken, aTool(agenda, "search"), aTool(notes, "search"), aTool(notes, "pay"), aTool(notes, "write"),
		aResource(agenda, "file:///a"), aResource(notes, "file:///a"), aResource(notes, "ui://pay/card"),
		aTool(tenants.NewGUID(), "of_nobody"),
	}
	snap := w.build(t)
	expect(t, snap.Catalog.Names(), "pay", "resource:file:///a", "search", "write")
	if e := snap.Catalog.At(snap.Catalog.Tool("search")); e.Source != agenda {
		t.Errorf("search is of %s", e.Source)
	}
	for i, want := range []string{
		"broken: ", "search: search is served by source agenda already", "pay: pay is served by the platform's own tool pay already",
		"file:///a: file:///a is served by source agenda already", "ui://pay/card: ui://pay/card is served by the platform's own tool pay already",
	} {
		if got := leftOut(snap); i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("left out is %q, want %q at %d", got, want, i)
		}
	}
	for _, l := range snap.LeftOut() {
		if ofURI := l.Kind == tools.KindResource; ofURI == strings.Contains(l.Reason, "rename") && l.Name != "broken" {
			t.Errorf("the remedy for %s is %q", l.Name, l.Reason)
		}
	}
	if logs := w.logs.String(); strings.Count(logs, "approved definition is left out") != 5 || strings.Contains(logs, "encrypted") || !strings.Contains(logs, "source_name=notes") {
		t.Errorf("logs are %s", logs)
	}
	w.data.Pinned = append(w.data.Pinned, aTool(agenda, "write"))
	w.after(t, snap)
	if logs := w.logs.String(); strings.Count(logs, "approved definition is left out") != 6 {
		t.Errorf("what was left out before is logged once more: %s", logs)
	}
}

func TestASourceThatIsSwitchedOffServesNothing(t *testing.T) {
	t.Parallel()
	off := source(notes, "notes", tools.Prefixed)
	off.Enabled = false
	w := newWorkshop(t, off)
	w.data.Pinned = []tools.Pinned{aTool(notes, "search")}
	snap := w.build(t)
	expect(t, snap.Catalog.Names(), "pay")
	if _, _, ok := snap.Source(notes); ok {
		t.Error("it is served")
	}
	if _, ok := snap.Server(notes); !ok {
		t.Error("nobody can look at what it offers")
	}
	snap.Sources(func(tools.Source, time.Time) { t.Error("it is refreshed") })
}

func TestInstructionsStandBesideTheCatalog(t *testing.T) {
	t.Parallel()
	off := source(agenda, "agenda", tools.Bare)
	off.Enabled = false
	w := newWorkshop(t, source(notes, "notes", tools.Prefixed), off)
	said := func(id tenants.GUID) tools.Pinned {
		return pinned(id, tools.KindInstructions, `{"name":"instructions","description":"Search first."}`)
	}
	w.data.Pinned = []tools.Pinned{aTool(notes, "search"), said(notes), said(agenda)}
	snap := w.build(t)
	expect(t, snap.Catalog.Names(), "notes_search", "pay")
	if snap.Instructions(notes) != "Search first." || snap.Instructions(agenda) != "" || snap.Instructions(tenants.NewGUID()) != "" || len(snap.LeftOut()) != 0 {
		t.Errorf("%q, %q, %v", snap.Instructions(notes), snap.Instructions(agenda), snap.LeftOut())
	}
	w.data.Pinned = w.data.Pinned[:1]
	if snap := w.after(t, snap); snap.Instructions(notes) != "" {
		t.Error("instructions outlive their approval")
	}
}

func TestToolsetsNarrow(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, source(notes, "notes", tools.Prefixed))
	w.data.Pinned = []tools.Pinned{aTool(notes, "search"), aTool(notes, "write")}
	w.data.Toolsets = []tools.Toolset{{Name: "desk", Title: "Desk", Patterns: []string{"notes_s*", "pay"}}}
	snap := w.build(t)
	desk, ok := snap.Toolset("desk")
	if !ok || desk.Title != "Desk" {
		t.Fatalf("%+v %v", desk, ok)
	}
	for name, want := range map[string]bool{"notes_search": true, "notes_write": false, "pay": true} {
		if desk.Holds.Has(snap.Catalog.Position(name)) != want {
			t.Errorf("%s is held: %v", name, !want)
		}
	}
	if _, ok := snap.Toolset("other"); ok {
		t.Error("a toolset that is not there is found")
	}
}

// TestEntriesAreTakenOver from the view before as long as nothing about them has
// changed: their schemas are not compiled again.
func TestEntriesAreTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t, source(notes, "notes", tools.Prefixed))
	w.data.Pinned = []tools.Pinned{aTool(notes, "search")}
	before := w.build(t)
	of := func(s *snapshot.Snapshot, name string) *tools.Entry { return s.Catalog.At(s.Catalog.Tool(name)) }
	same := w.after(t, before)
	if of(same, "notes_search") != of(before, "notes_search") {
		t.Error("an entry is made again")
	}
	for name, change := range map[string]func(w *workshop) string{
		"effect": func(w *workshop) string { w.data.Pinned[0].Effect = tools.Destructive; return "notes_search" },
		"text": func(w *workshop) string {
			w.data.Pinned[0] = pinned(notes, tools.KindTool, `{"name":"search","title":"S","inputSchema":{"type":"object"}}`)
			return "notes_search"
		},
		"prefix":  func(w *workshop) string { w.data.Sources[0].Name = "memos"; return "memos_search" },
		"address": func(w *workshop) string { w.data.Sources[0].URL = "https://other.example/"; return "notes_search" },
		"secret":  func(w *workshop) string { w.data.SourceSecrets[notes] = []byte("anew"); return "notes_search" },
	} {
		w := newWorkshop(t, source(notes, "notes", tools.Prefixed))
		w.data.Pinned = []tools.Pinned{aTool(notes, "search")}
		before := w.build(t)
		called := change(w)
		if after := w.after(t, before); of(after, called) == of(before, "notes_search") || of(after, called).Shown != called {
			t.Errorf("another %s: the entry stays", name)
		}
	}
}
