package whatif_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/whatif"
)

// shelf serves the tools, a resource that one of them shows, and a template. Another tool
// has an app.
type shelf struct{ names []string }

const (
	files = "resource:file:///{path}"
	card  = "resource:ui://card"
)

var (
	library = tools.Source{ID: tenants.NewGUID(), Name: "lib", Naming: tools.Bare}
	shelved = map[string]tools.Kind{files: tools.KindTemplate, card: tools.KindResource}
)

// shelve has an organization serve what lies on the shelf.
func shelve(t *testing.T, w *access.Whole) (*whatif.Basis, asof.Configuration) {
	t.Helper()
	w.Access.Sources = []tools.Source{library}
	var pinned []tools.Approval
	for name, kind := range shelved {
		pinned = append(pinned, tools.Approval{Source: library.ID, Kind: kind, Name: strings.TrimPrefix(name, "resource:")})
	}
	c := asof.Of(*w, pinned)
	b, err := whatif.NewBasis(c)
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

func (s shelf) Names() []string { return s.names }

func (s shelf) At(position int) *tools.Entry {
	name := s.names[position]
	kind, there := shelved[name]
	if !there {
		kind = tools.KindTool
	}
	return &tools.Entry{Name: name, Kind: kind}
}

func (s shelf) Resource(uri string) int {
	switch {
	case uri == "ui://card":
		return slices.Index(s.names, card)
	case uri == "ui://dice":
		return slices.Index(s.names, "roll")
	case strings.HasPrefix(uri, "file:///"):
		return slices.Index(s.names, files)
	}
	return -1
}

// Readable says that whoever may use pay may read the card, which it shows.
func (s shelf) Readable(position int, may func(position int) bool) bool {
	return may(position) || s.names[position] == card && may(slices.Index(s.names, "pay"))
}

// TestReadsAreDecidedAsTheEndpointDoes: through a template with denies of URIs, by way of
// a tool that shows them, and not where other things would be served.
func TestReadsAreDecidedAsTheEndpointDoes(t *testing.T) {
	t.Parallel()
	allows := func(permissions ...authz.Permission) func(*access.Whole) {
		return func(w *access.Whole) { grant(w, "all", everybody(), permissions...) }
	}
	secretive := allows(allow("*"), deny("resource:file:///secret/*"))
	for name, x := range map[string]struct {
		proposed  func(*access.Whole)
		uri, want string
	}{
		"denied URI":            {secretive, "file:///secret/a", "loses deny"},
		"however it is spelled": {secretive, "file:///%73ecret/a", "loses deny"},
		"another URI":           {secretive, "file:///open/a", "unchanged"},
		"template taken away":   {allows(allow("pay", card)), "file:///open/a", "loses no_role"},
		"the tool shows it":     {allows(allow("pay")), "ui://card", "unchanged"},
		"no tool shows it":      {allows(allow("roll")), "ui://card", "loses no_role"},
		"app of a tool":         {allows(allow("roll")), "ui://dice", "unchanged"},
		"app of another":        {allows(allow("pay")), "ui://dice", "loses no_role"},
		"nothing there":         {allows(allow("pay")), "gopher://x", "loses not_served"},
		"other things served":   {func(w *access.Whole) { allows(allow("pay"))(w); w.Access.Tools = w.Access.Tools[:2] }, "file:///open/a", "cannot tell definition"},
		"the same":              {allows(allow("*")), "file:///open/a", "unchanged"},
	} {
		was, would := whole(), whole()
		allows(allow("*"))(&was)
		x.proposed(&would)
		present, c := shelve(t, &was)
		proposed, _ := shelve(t, &would)
		record := plain("pay").record(t, courtOf(t, was), func(r *audit.Record) {
			r.Kind, r.Method, r.Tool, r.Target = audit.ResourceRead, "resources/read", "", x.uri
		})
		tally := replayed(t, whatif.Parts{Proposed: proposed, Present: present, Places: shelf{c.Names()}}, record)
		got := "unchanged"
		for _, r := range tally.Rows {
			got = string(r.Change) + " " + string(r.Rule.Kind)
			if r.Change == whatif.CannotTell {
				got = "cannot tell " + string(r.Why[0])
			}
		}
		if got != x.want || tally.Calls != 1 {
			t.Errorf("%s: %s, want %s: %+v", name, got, x.want, tally)
		}
	}
}

// TestPromptsAndTasksAreReplayed: a prompt under its permission name, and what asks about
// a task as a call that was allowed.
func TestPromptsAndTasksAreReplayed(t *testing.T) {
	t.Parallel()
	was, would := whole(), whole()
	grant(&was, "all", everybody(), allow("*"))
	grant(&would, "all", everybody(), authz.Permission{Effect: authz.Allow, Patterns: []string{"*"}, Condition: "args.amount < 5"}, deny("prompt:*"))
	present, _ := shelve(t, &was)
	proposed, _ := shelve(t, &would)
	p, c := whatif.Parts{Proposed: proposed, Present: present}, courtOf(t, was)
	follow := plain("pay").record(t, c, func(r *audit.Record) { r.Method = "tasks/get" })
	if tally := replayed(t, p, follow); tally.Unchanged != 1 {
		t.Errorf("a task: %+v", tally)
	}
	prompt := plain("pay").record(t, c, func(r *audit.Record) {
		r.Kind, r.Method, r.Tool, r.Target = audit.PromptGet, "prompts/get", "", "greet"
	})
	if tally := replayed(t, p, prompt); tally.Loses != 1 || tally.Rows[0].Thing != "prompt:greet" || tally.Rows[0].Rule.Kind != whatif.ByNotServed {
		t.Errorf("a prompt: %+v", tally)
	}
	strange := plain("pay").record(t, c, func(r *audit.Record) {
		r.Tool, r.Outcome, r.Effect, r.Reason = "prompt:greet", audit.Refused, "", "unknown_tool"
	})
	if tally := replayed(t, p, strange); tally.Unchanged != 1 {
		t.Errorf("a prompt's name as a tool's: %+v", tally)
	}
}
