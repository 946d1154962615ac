package tools_test

import (
	"strings"
	"testing"

	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// TestAppStaysWithTheSourceThatHadItFirst, whatever a later one calls its tools or
// lists.
func TestAppStaysWithTheSourceThatHadItFirst(t *testing.T) {
	t.Parallel()
	first, later := source(), source()
	later.ID, later.Name = tenants.NewGUID(), "aaa"
	shows := pin(t, first, tools.KindTool, noteTool)
	for name, rival := range map[string]*tools.Entry{
		"a tool":     pin(t, later, tools.KindTool, strings.Replace(noteTool, "search", "harmless", 1)),
		"a resource": pin(t, later, tools.KindResource, noteUI),
	} {
		c := catalog(t, shows, rival)
		at := c.Resource("ui://notes/list")
		if at < 0 || c.At(at) != shows {
			t.Fatalf("%s: the app is read through %d", name, at)
		}
		if c.Readable(at, only(c, rival.Name)) || !c.Readable(at, only(c, "notes_search")) {
			t.Errorf("%s: the wrong one may read the app", name)
		}
		if list := listedNames(t, c.List(tools.KindResource, "all", func(int) bool { return true })); len(list) != 0 {
			t.Errorf("%s: listed is %q", name, list)
		}
		if c = catalog(t, rival, shows); c.At(c.Resource("ui://notes/list")) != rival {
			t.Errorf("%s came first and lost the app", name)
		}
	}
	listed := pin(t, first, tools.KindResource, noteUI)
	if c := catalog(t, shows, listed); c.At(c.Resource("ui://notes/list")) != listed {
		t.Error("a source's own resource is not what its tool shows")
	}
	between := pin(t, later, tools.KindTool, strings.Replace(noteTool, "search", "harmless", 1))
	if c := catalog(t, shows, between, listed); c.At(c.Resource("ui://notes/list")) != listed {
		t.Error("a source lists what is its own already and loses it")
	}
}

// TestTemplateTakesNoReadsOfAnEarlierSource by being more particular; among those of
// one source the more particular goes first.
func TestTemplateTakesNoReadsOfAnEarlierSource(t *testing.T) {
	t.Parallel()
	first, later := source(), source()
	later.ID, later.Name = tenants.NewGUID(), "zzz"
	wide := pin(t, first, tools.KindTemplate, `{"uriTemplate":"notes://{id}","name":"n"}`)
	narrow := pin(t, later, tools.KindTemplate, `{"uriTemplate":"notes://sal{id}","name":"n"}`)
	own := pin(t, first, tools.KindTemplate, `{"uriTemplate":"notes://s{id}","name":"n"}`)
	elsewhere := pin(t, later, tools.KindTemplate, `{"uriTemplate":"mail://{id}","name":"n"}`)
	for _, row := range []struct {
		entries []*tools.Entry
		want    *tools.Entry
	}{{[]*tools.Entry{wide, narrow}, wide}, {[]*tools.Entry{narrow, wide}, narrow}, {[]*tools.Entry{wide, narrow, own}, own}, {[]*tools.Entry{elsewhere, wide, narrow}, wide}} {
		if c := catalog(t, row.entries...); c.At(c.Resource("notes://salaries")) != row.want {
			t.Errorf("read through %s, want %s", c.At(c.Resource("notes://salaries")).Name, row.want.Name)
		}
	}
}
