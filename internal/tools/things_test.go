package tools_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

func catalog(t *testing.T, entries ...*tools.Entry) *tools.Catalog {
	t.Helper()
	c, err := tools.NewCatalog(entries)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// only says yes to the entries with these permission names.
func only(c *tools.Catalog, names ...string) func(int) bool {
	return func(at int) bool { return at >= 0 && slices.Contains(names, c.Names()[at]) }
}

// listedNames are the names or URIs in a list.
func listedNames(t *testing.T, list []byte) []string {
	t.Helper()
	var got []struct{ Name, URI, URITemplate string }
	if err := json.Unmarshal([]byte("["+string(list)+"]"), &got); err != nil {
		t.Fatalf("%s: %v", list, err)
	}
	names := []string{}
	for _, g := range got {
		names = append(names, strings.TrimPrefix(g.URI+g.URITemplate, "")+map[bool]string{true: g.Name}[g.URI+g.URITemplate == ""])
	}
	return names
}

const (
	noteTool  = `{"name":"search","inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"ui://notes/list"}}}`
	otherTool = `{"name":"find","inputSchema":{"type":"object"},"_meta":{"ui/resourceUri":"ui://notes/list"}}`
	plainTool = `{"name":"delete","inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"https://evil.example/"}}}`
	noteUI    = `{"uri":"ui://notes/list","name":"list","mimeType":"text/html;profile=mcp-app"}`
)

func TestThingsOfEveryKindStandInOneCatalog(t *testing.T) {
	t.Parallel()
	s := source()
	c := catalog(t, entry(t, sample("whoami")), pin(t, s, tools.KindTool, noteTool), pin(t, s, tools.KindPrompt, `{"name":"search"}`),
		pin(t, s, tools.KindResource, `{"uri":"file:///a","name":"a"}`), pin(t, s, tools.KindTemplate, `{"uriTemplate":"file:///{id}","name":"a"}`))
	want := []string{"notes_search", "prompt:notes_search", "resource:file:///a", "resource:file:///{id}", "whoami"}
	if !slices.Equal(c.Names(), want) {
		t.Fatalf("%q", c.Names())
	}
	for at, name := range want {
		if c.Position(name) != at || c.At(at).Name != name {
			t.Errorf("%s is at %d", name, c.Position(name))
		}
	}
	for what, got := range map[string][2]int{
		"tool":                              {c.Tool("notes_search"), 0},
		"own tool":                          {c.Tool("whoami"), 4},
		"prompt":                            {c.Prompt("notes_search"), 1},
		"resource":                          {c.Resource("file:///a"), 2},
		"template":                          {c.Resource("file:///b"), 3},
		"prompt as a tool":                  {c.Tool("prompt:notes_search"), -1},
		"resource as a tool":                {c.Tool("resource:file:///a"), -1},
		"URI as a tool":                     {c.Tool("file:///a"), -1},
		"own tool as a prompt":              {c.Prompt("whoami"), -1},
		"permission name as a prompt":       {c.Prompt("prompt:notes_search"), -1},
		"name without its prefix":           {c.Tool("search"), -1},
		"template by itself":                {c.Resource("file:///{id}"), -1},
		"resource by its permission":        {c.Resource("resource:file:///a"), -1},
		"nothing":                           {c.Resource(""), -1},
		"a tool's app that nobody listed":   {c.Resource("ui://notes/list"), 0},
		"permission name that is not there": {c.Position("notes_"), -1},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is at %d, want %d", what, got[0], got[1])
		}
	}
	for _, kind := range []tools.Kind{tools.KindTool, tools.KindPrompt, tools.KindResource, tools.KindTemplate} {
		if !c.Offers(kind) {
			t.Errorf("no %s is offered", kind)
		}
	}
	if c := catalog(t, entry(t, sample("whoami"))); c.Offers(tools.KindPrompt) || c.Offers(tools.KindResource) || c.Offers(tools.KindTemplate) {
		t.Error("what is not there is offered")
	}
}

func TestAnAppIsReadableForWhoeverSeesAToolThatShowsIt(t *testing.T) {
	t.Parallel()
	s := source()
	c := catalog(t, pin(t, s, tools.KindTool, noteTool), pin(t, s, tools.KindTool, otherTool), pin(t, s, tools.KindTool, plainTool), pin(t, s, tools.KindResource, noteUI))
	at := c.Resource("ui://notes/list")
	if at < 0 || c.At(at).Kind != tools.KindResource {
		t.Fatalf("at %d", at)
	}
	for who, readable := range map[string]bool{"notes_search": true, "notes_find": true, "resource:ui://notes/list": true, "notes_delete": false, "": false} {
		may := only(c, who)
		if c.Readable(at, may) != readable {
			t.Errorf("with %q readable is %t", who, !readable)
		}
		if listed := len(c.List(tools.KindResource, who, may)) > 0; listed != readable {
			t.Errorf("with %q listed is %t", who, listed)
		}
	}
	if e := pin(t, s, tools.KindTool, strings.Replace(noteTool, "ui://notes/list", "ui://a b", 1)); e.UI != "" {
		t.Errorf("%q shows the results", e.UI)
	}
	if c.Resource("https://evil.example/") != -1 {
		t.Error("an app that is no ui:// resource is readable")
	}
}

func TestAnAppThatIsNotListedBelongsToItsTools(t *testing.T) {
	t.Parallel()
	s, foreign := source(), source()
	foreign.ID, foreign.Name = tenants.NewGUID(), "other"
	c := catalog(t, pin(t, s, tools.KindTool, noteTool), pin(t, s, tools.KindTool, otherTool), pin(t, foreign, tools.KindTool, strings.Replace(noteTool, "search", "steal", 1)))
	at := c.Resource("ui://notes/list")
	if at < 0 || c.At(at).Source != s.ID || c.At(at).Kind != tools.KindTool {
		t.Fatalf("at %d", at)
	}
	for who, readable := range map[string]bool{"notes_search": true, "notes_find": true, "other_steal": false} {
		if c.Readable(at, only(c, who)) != readable {
			t.Errorf("with %s readable is %t", who, !readable)
		}
	}
}

func TestAToolHasNoSayAboutResourcesOfAnotherSource(t *testing.T) {
	t.Parallel()
	foreign := source()
	foreign.ID, foreign.Name = tenants.NewGUID(), "other"
	c := catalog(t, pin(t, source(), tools.KindResource, noteUI), pin(t, foreign, tools.KindTool, noteTool))
	if at := c.Resource("ui://notes/list"); c.At(at).Kind != tools.KindResource || c.Readable(at, only(c, "other_search")) {
		t.Error("a tool opens a resource of another source")
	}
}

func TestOurOwnAppsAreResources(t *testing.T) {
	t.Parallel()
	tool := sample("card")
	tool.App = &tools.App{URI: "ui://ours/card", Name: "card", HTML: []byte("<p>")}
	c := catalog(t, entry(t, tool))
	at := c.Resource("ui://ours/card")
	if at < 0 || c.At(at).App == nil || !c.Offers(tools.KindResource) {
		t.Fatalf("at %d", at)
	}
	if list := c.List(tools.KindResource, "all", only(c, "card")); string(list) != `{"uri":"ui://ours/card","name":"card","mimeType":"text/html;profile=mcp-app"}` {
		t.Errorf("%s", list)
	}
	if list := c.List(tools.KindResource, "none", only(c)); len(list) != 0 {
		t.Errorf("%s", list)
	}
	second := sample("card2")
	second.App = tool.App
	if _, err := tools.NewCatalog([]*tools.Entry{entry(t, tool), entry(t, second)}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("two apps of one URI: %v", err)
	}
}

func TestAppsOfSourcesNeverTakeOurs(t *testing.T) {
	t.Parallel()
	tool := sample("zcard")
	tool.App = &tools.App{URI: "ui://notes/list", Name: "card", HTML: []byte("<p>")}
	for _, theirs := range []*tools.Entry{pin(t, source(), tools.KindTool, noteTool), pin(t, source(), tools.KindResource, noteUI)} {
		c, err := tools.NewCatalog([]*tools.Entry{theirs, entry(t, tool)})
		if err != nil {
			t.Fatalf("a source takes the catalog away: %v", err)
		}
		if at := c.Resource("ui://notes/list"); c.At(at).App == nil {
			t.Errorf("the app of our own tool is %s", c.At(at).Name)
		}
		if got := listedNames(t, c.List(tools.KindResource, "all", func(int) bool { return true })); !slices.Equal(got, []string{"ui://notes/list"}) {
			t.Errorf("%q", got)
		}
	}
}

func TestListsAreOfOneKind(t *testing.T) {
	t.Parallel()
	s := source()
	c := catalog(t, pin(t, s, tools.KindTool, noteTool), pin(t, s, tools.KindPrompt, `{"name":"p"}`), pin(t, s, tools.KindPrompt, `{"name":"q"}`),
		pin(t, s, tools.KindResource, `{"uri":"file:///a","name":"a"}`), pin(t, s, tools.KindTemplate, `{"uriTemplate":"file:///{id}","name":"a"}`))
	all := func(int) bool { return true }
	for kind, want := range map[tools.Kind][]string{
		tools.KindTool: {"notes_search"}, tools.KindPrompt: {"notes_p", "notes_q"}, tools.KindResource: {"file:///a"}, tools.KindTemplate: {"file:///{id}"},
	} {
		if got := listedNames(t, c.List(kind, "all", all)); !slices.Equal(got, want) {
			t.Errorf("%s: %q", kind, got)
		}
		if got := listedNames(t, c.List(kind, "none", func(int) bool { return false })); len(got) != 0 {
			t.Errorf("%s: %q", kind, got)
		}
	}
	if got := listedNames(t, c.List(tools.KindPrompt, "q", only(c, "prompt:notes_q"))); !slices.Equal(got, []string{"notes_q"}) {
		t.Errorf("%q", got)
	}
}

func TestPagesGiveTheListInParts(t *testing.T) {
	t.Parallel()
	var entries []*tools.Entry
	for i := range 10 {
		entries = append(entries, pin(t, source(), tools.KindPrompt, fmt.Sprintf(`{"name":"p%d"}`, i)), entry(t, sample(fmt.Sprintf("p%d", i))))
	}
	c := catalog(t, entries...)
	may := func(at int) bool { return c.Names()[at] != "prompt:notes_p4" }
	var got []string
	pages, after := 0, ""
	for {
		list, next := c.Page(tools.KindPrompt, after, 4, may)
		got = append(got, listedNames(t, list)...)
		if pages++; next == "" {
			break
		}
		after = next
	}
	if want := listedNames(t, c.List(tools.KindPrompt, "x", may)); !slices.Equal(got, want) || pages != 3 || len(got) != 9 {
		t.Errorf("%d pages: %q, want %q", pages, got, want)
	}
	if list, next := c.Page(tools.KindPrompt, "prompt:notes_p5x", 2, may); !slices.Equal(listedNames(t, list), []string{"notes_p6", "notes_p7"}) || next != "prompt:notes_p7" {
		t.Errorf("behind one that has gone: %s %s", list, next)
	}
	if list, next := c.Page(tools.KindPrompt, "", 0, may); len(listedNames(t, list)) != 1 || next != "prompt:notes_p0" {
		t.Errorf("a page of nothing: %s %s", list, next)
	}
	if list, next := c.Page(tools.KindPrompt, "prompt:zzz", 2, may); len(list) != 0 || next != "" {
		t.Errorf("behind the last: %s %s", list, next)
	}
	if list, next := c.Page(tools.KindPrompt, "prompt:notes_p7", 2, may); len(listedNames(t, list)) != 2 || next != "" {
		t.Errorf("the last page, full: %s %q", list, next)
	}
}

func TestToolsetsNarrowByPattern(t *testing.T) {
	t.Parallel()
	c := catalog(t, entry(t, sample("whoami")), pin(t, source(), tools.KindTool, noteTool), pin(t, source(), tools.KindPrompt, `{"name":"p"}`))
	set := c.Narrow([]string{"notes_*", "prompt:x*"})
	for at, name := range c.Names() {
		if set.Has(at) != (name == "notes_search") {
			t.Errorf("%s: %t", name, set.Has(at))
		}
	}
	if set.Has(-1) || set.Has(64) || tools.Selected(nil).Has(0) {
		t.Error("a position outside is in the set")
	}
	if all := c.Narrow([]string{"*"}); !all.Has(0) || !all.Has(1) || !all.Has(2) {
		t.Error("* leaves something out")
	}
}

func TestACatalogHasEachNameOnce(t *testing.T) {
	t.Parallel()
	first, second := source(), source()
	second.ID, second.Naming, first.Naming = tenants.NewGUID(), tools.Bare, tools.Bare
	one, other := pin(t, first, tools.KindTool, noteTool), pin(t, second, tools.KindTool, noteTool)
	if _, err := tools.NewCatalog([]*tools.Entry{one, other}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	if _, err := tools.NewCatalog([]*tools.Entry{one, pin(t, first, tools.KindPrompt, `{"name":"search"}`)}); err != nil {
		t.Errorf("a tool and a prompt: %v", err)
	}
}

func TestListsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	var entries []*tools.Entry
	for i := range 1000 {
		entries = append(entries, pin(t, source(), tools.KindTool, fmt.Sprintf(`{"name":"t%d","description":%q,"inputSchema":{"type":"object"}}`, i, strings.Repeat("x", 1000))))
	}
	c := catalog(t, entries...)
	all := func(int) bool { return true }
	for i := range 40 {
		list := c.List(tools.KindTool, fmt.Sprint(i), all)
		if len(list) < 1000*1000 {
			t.Fatalf("%d bytes", len(list))
		}
	}
	if held := c.Held(); held > 10<<20 {
		t.Errorf("%d bytes are held", held)
	}
	again := c.List(tools.KindTool, "39", all)
	if same := c.List(tools.KindTool, "39", func(int) bool { t.Error("a list is encoded twice"); return true }); &same[0] != &again[0] {
		t.Error("a list that was just encoded is not remembered")
	}
}

func TestListsAskedForAgainStay(t *testing.T) {
	t.Parallel()
	c := catalog(t, entry(t, sample("a")))
	asked := 0
	may := func(int) bool { asked++; return true }
	for i := range 1000 {
		c.List(tools.KindTool, "often", may)
		c.List(tools.KindTool, fmt.Sprint(i), func(int) bool { return true })
	}
	if asked != 1 {
		t.Errorf("a list that everybody wants was encoded %d times", asked)
	}
}

func TestARememberedListCostsNothing(t *testing.T) {
	c := catalog(t, entry(t, sample("a")), pin(t, source(), tools.KindTool, noteTool))
	may := func(int) bool { return true }
	c.List(tools.KindTool, "key", may)
	if n := testing.AllocsPerRun(100, func() {
		c.List(tools.KindTool, "key", may)
		if c.Tool("notes_search") != c.Position("notes_search") || c.Prompt("none") != -1 || c.Resource("file:///a") != -1 {
			t.Error("positions differ")
		}
	}); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}
