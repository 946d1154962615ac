package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// clashesOf returns what a later source's definition clashes with in a catalog.
func clashesOf(t *testing.T, c *tools.Catalog, kind tools.Kind, definition string) []tools.Flag {
	t.Helper()
	later := source()
	later.ID, later.Name = tenants.NewGUID(), "later"
	return c.Clashes(later, offer(t, kind, definition), func(id tenants.GUID) string {
		if id != notesID {
			t.Errorf("asked for the name of %s", id)
		}
		return "notes"
	})
}

func TestClashesWithOtherSourcesAreFound(t *testing.T) {
	t.Parallel()
	own := sample("shows")
	own.App = &tools.App{URI: "ui://own", Name: "own"}
	bare := source()
	bare.Naming = tools.Bare
	c := catalog(t, entry(t, own), pin(t, source(), tools.KindTool, noteTool), pin(t, bare, tools.KindTool, `{"name":"later_find","inputSchema":{"type":"object"}}`),
		pin(t, source(), tools.KindResource, `{"uri":"ui://listed","name":"l"}`), pin(t, source(), tools.KindResource, `{"uri":"notes://one/two","name":"n"}`),
		pin(t, source(), tools.KindTemplate, `{"uriTemplate":"agenda://{day}/items","name":"a"}`))
	tool := func(name, uri string) string {
		return `{"name":"` + name + `","inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"` + uri + `"}}}`
	}
	resource := func(uri string) string { return `{"uri":"` + uri + `","name":"x"}` }
	template := func(uri string) string { return `{"uriTemplate":"` + uri + `","name":"x"}` }
	for _, row := range []struct {
		kind                tools.Kind
		definition, finding string // empty: none
		excerpt             string
	}{
		{tools.KindTool, tool("x", "ui://notes/list"), "Source notes has an app of this URI, which its tool search shows", "notes_search"},
		{tools.KindTool, tool("x", "ui://own"), "The platform itself has an app", "shows"},
		{tools.KindTool, tool("x", "ui://listed"), "Source notes has a resource", "ui://listed"},
		{tools.KindTool, tool("find", "ui://other"), "Source notes serves the same name", "later_find"},
		{tools.KindTool, tool("search", "ui://notes/list2"), "", ""},
		{tools.KindPrompt, `{"name":"search"}`, "", ""},
		{tools.KindResource, resource("ui://notes/list"), "Source notes has an app", "notes_search"},
		{tools.KindResource, resource("ui://own"), "The platform itself has an app", "shows"},
		{tools.KindResource, resource("notes://one/two"), "Source notes serves the same name", "notes://one/two"},
		{tools.KindResource, resource("agenda://monday/items"), "Source notes has a template that makes this URI", "agenda://{day}/items"},
		{tools.KindResource, resource("agenda://monday/lists"), "", ""},
		{tools.KindTemplate, template("notes://{a}/two"), "Source notes has a resource that this template makes too", "notes://one/two"},
		{tools.KindTemplate, template("notes://{a}"), "", ""},
		{tools.KindTemplate, template("ui://notes/{a}"), "Source notes has an app that this template makes too, which its tool search shows", "notes_search"},
		{tools.KindTemplate, template("agenda://mon{rest}/{what}"), "Source notes has a template that makes some of the same URIs", "agenda://{day}/items"},
		{tools.KindTemplate, template("agenda://{day}/items"), "Source notes serves the same name", "agenda://{day}/items"},
		{tools.KindTemplate, template("agenda://{day}/lists"), "", ""},
	} {
		got := clashesOf(t, c, row.kind, row.definition)
		if row.finding == "" && len(got) > 0 || row.finding != "" && (len(got) != 1 || got[0].Code != tools.FlagClash || got[0].Path == "" ||
			!strings.HasPrefix(got[0].Finding, row.finding) || got[0].Excerpt != row.excerpt) {
			t.Errorf("%s: %+v, want %q", row.definition, got, row.finding)
		}
	}
	if got := c.Clashes(source(), offer(t, tools.KindTool, noteTool), nil); len(got) != 0 {
		t.Errorf("a source clashes with itself: %+v", got)
	}
	instructions, err := tools.NewInstructions("x")
	if got := c.Clashes(tools.Source{}, instructions, nil); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestClashesAreBounded(t *testing.T) {
	t.Parallel()
	var entries []*tools.Entry
	for i := range 300 {
		entries = append(entries, pin(t, source(), tools.KindTemplate, fmt.Sprintf(`{"uriTemplate":"a:{+b}%s%d","name":"n"}`, strings.Repeat("x", 900), i)))
	}
	c := catalog(t, entries...)
	if got := clashesOf(t, c, tools.KindTemplate, `{"uriTemplate":"a:{+q}","name":"x"}`); len(got) != 10 {
		t.Errorf("%d clashes", len(got))
	}
	got := clashesOf(t, c, tools.KindTemplate, `{"uriTemplate":"a:{+q}`+strings.Repeat("x{+y}", 14)+strings.Repeat("x", 800)+`y","name":"x"}`)
	if len(got) != 1 || !strings.Contains(got[0].Finding, "not all were compared") {
		t.Errorf("%+v", got)
	}
}

func TestTemplatesOverlapWhereBothMakeSomething(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"x:{a}", "x:{b}", true},
		{"x:{a}", "y:{a}", false},
		{"x:a{b}", "x:{b}a", true},
		{"x:{a}/b", "x:c/{d}", true},
		{"x:{a}/b", "x:{a}/c", false},
		{"x:{a}", "x:a/b", false},
		{"x:{+a}", "x:a/b", true},
		{"x:{a}", "x:", true},
		{"x:{a}b", "x:", false},
		{"x:X{.a}", "x:Xy{b}", false},
		{"x:X{.a}", "x:X.{b}", true},
		{"x:X{.a}", "x:X", true},
		{"x:p{?q}", "x:p/{q}", false},
		{"x:p{?q}", "x:p{#q}", true},
		{"x:p{?q}z", "x:p{#q}y", false},
		{"x:{a}b{c}d", "x:{a}c{b}d", true},
		{"x:{a}", "x:{b}{c}", true},
		{"x:whole", "x:whole", true},
		{"x:whole", "x:whole2", false},
		{"notes://sal{id}", "notes://{id}", true},
	} {
		for _, pair := range [][2]string{{row.a, row.b}, {row.b, row.a}} {
			if got, left := tools.Overlap(pair[0], pair[1], 10_000); got != row.want || left < 0 {
				t.Errorf("%s and %s: %t, %d left", pair[0], pair[1], got, left)
			}
		}
	}
	if got, left := tools.Overlap("x:{a}", "x:{b}", 1); got || left >= 0 {
		t.Errorf("more was compared than may be: %t, %d", got, left)
	}
}
