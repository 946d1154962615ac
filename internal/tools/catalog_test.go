package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

func TestDefinitionSaysWhatWeDecided(t *testing.T) {
	t.Parallel()
	tool := sample("delete_note")
	tool.Effect, tool.App = tools.Destructive, &tools.App{URI: "ui://notes/deleted", HTML: []byte("<p>")}
	var got struct {
		Name        string
		InputSchema json.RawMessage
		Annotations struct{ ReadOnlyHint, DestructiveHint bool }
		Meta        struct{ UI struct{ ResourceURI string } } `json:"_meta"`
	}
	if err := json.Unmarshal(entry(t, tool).Definition(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "delete_note" || got.Annotations.ReadOnlyHint || !got.Annotations.DestructiveHint || got.Meta.UI.ResourceURI != "ui://notes/deleted" {
		t.Errorf("%+v", got)
	}
}

func TestToolsAreRefusedWithEveryComplaint(t *testing.T) {
	t.Parallel()
	_, err := tools.NewEntry(tools.Tool{Name: "bad name", Effect: "maybe", InputSchema: []byte(`{"type":"string"}`), App: &tools.App{URI: "https://x"}})
	for _, part := range []string{"tool name", `effect "maybe"`, "nothing runs it", "must be a ui:// resource", "not a JSON Schema of an object"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("complaint about %q is missing: %v", part, err)
		}
	}
}

func TestSchemaLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"http://localhost:1/schema.json", "file:///etc/passwd", "other.json"} {
		tool := sample("x")
		tool.InputSchema = fmt.Appendf(nil, `{"type":"object","properties":{"a":{"$ref":%q}}}`, ref)
		if _, err := tools.NewEntry(tool); err == nil {
			t.Errorf("reference to %s is followed", ref)
		}
	}
}

func TestArgumentsAreCheckedAsTheBytesSay(t *testing.T) {
	t.Parallel()
	tool := sample("x")
	tool.InputSchema = []byte(`{"type":"object","additionalProperties":false,"required":["n"],
		"properties":{"n":{"type":"integer","maximum":9007199254740993},"mail":{"type":"string","format":"email"}}}`)
	e := entry(t, tool)
	for arguments, complaint := range map[string]string{
		`{"n":9007199254740993}`:        "",
		`{"n":9007199254740994}`:        "/n", // a float would have rounded it down
		`{}`:                            "missing",
		`{"n":1,"other":true}`:          "other",
		`{"n":"1"}`:                     "/n",
		`{"n":1,"mail":"not an email"}`: "",
	} {
		err := e.CheckArguments([]byte(arguments))
		if complaint == "" && err != nil {
			t.Errorf("%s: %v", arguments, err)
		}
		if complaint != "" && (err == nil || !strings.Contains(fault.Public(err), complaint)) {
			t.Errorf("%s: %v, want a complaint about %q", arguments, err, complaint)
		}
	}
}

func TestTwoToolsOfOneNameAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := tools.NewCatalog([]*tools.Entry{entry(t, sample("a")), entry(t, sample("a"))}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
}

func TestListHoldsExactlyWhatTheCallerMayUse(t *testing.T) {
	t.Parallel()
	c, err := tools.NewCatalog([]*tools.Entry{entry(t, sample("c")), entry(t, sample("a")), entry(t, sample("b"))})
	if err != nil {
		t.Fatal(err)
	}
	list := c.List(tools.KindTool, "a and c", func(at int) bool { return c.Names()[at] != "b" })
	var got []struct{ Name string }
	if err := json.Unmarshal([]byte("["+string(list)+"]"), &got); err != nil || len(got) != 2 || got[0].Name != "a" || got[1].Name != "c" {
		t.Errorf("%s %v", list, err)
	}
	if none := c.List(tools.KindTool, "none", func(int) bool { return false }); len(none) != 0 {
		t.Errorf("%s", none)
	}
	if c.Position("b") != 1 || c.Position("zz") != -1 || c.Resource("ui://none") != -1 {
		t.Error("positions are wrong")
	}
}

func TestSameSelectionsShareOneCatalog(t *testing.T) {
	t.Parallel()
	r, err := tools.NewRegistry([]tools.Tool{sample("a"), sample("b")})
	if err != nil {
		t.Fatal(err)
	}
	ab := []tools.Selection{{Name: "a", Effect: tools.Read}, {Name: "b", Effect: tools.Write}}
	ba := []tools.Selection{ab[1], ab[0]}
	one, err := r.Catalog(ab)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := r.Catalog(ba); err != nil || one != two {
		t.Errorf("two catalogs for one selection: %v", err)
	}
	if one.At(1).Effect != tools.Write {
		t.Error("the admin's effect is lost")
	}
	if _, err := r.Catalog([]tools.Selection{{Name: "gone", Effect: tools.Read}}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
}

func sample(name string) tools.Tool {
	return tools.Tool{
		Name: name, Effect: tools.Read, InputSchema: []byte(`{"type":"object"}`),
		Invoker: tools.InvokerFunc(func(context.Context, authz.Caller, tools.Call) (tools.Result, error) { return tools.Result{}, nil }),
	}
}

func entry(t *testing.T, tool tools.Tool) *tools.Entry {
	t.Helper()
	e, err := tools.NewEntry(tool)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
