package upstream_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

func TestDiscoverReadsEverythingInBothEras(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(*everything) http.Handler{"modern": (*everything).modern, "legacy": (*everything).legacy, "dual": (*everything).dual} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			got, err := r.server(serve(t, handler(newEverything(t)))).Discover(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			count := map[tools.Kind]int{}
			for _, o := range got.Offers {
				count[o.Kind]++
				if o.Hash.IsZero() || !json.Valid(o.Definition) || o.Name == "" {
					t.Errorf("offer %+v", o)
				}
			}
			if count[tools.KindTool] != 6 || count[tools.KindPrompt] != 1 || count[tools.KindResource] != 1 || count[tools.KindTemplate] != 1 || count[tools.KindInstructions] != 1 || len(got.Unusable) > 0 {
				t.Errorf("offers %v, unusable %v", count, got.Unusable)
			}
			if o := got.Offers[len(got.Offers)-1]; string(o.Definition) != `{"name":"instructions","description":"be kind"}` {
				t.Errorf("the last offer is %s", o.Definition)
			}
			if got.Instructions != "be kind" || !strings.Contains(string(got.Info), "everything") || !strings.Contains(string(got.Capabilities), "tools") || got.Revision == "" {
				t.Errorf("offering %+v %s %s", got, got.Info, got.Capabilities)
			}
		})
	}
}

// pages is a server with one list of tools.
func pages(page func(cursor string) string) *stub {
	return &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
		var params struct{ Cursor string }
		_ = json.Unmarshal(m.Params, &params)
		if m.Method != "tools/list" {
			result(w, m.ID, `{"prompts":[],"resources":[],"resourceTemplates":[]}`)
			return
		}
		result(w, m.ID, page(params.Cursor))
	}}
}

func definition(name string) string {
	return `{"name":"` + name + `","inputSchema":{"type":"object"},"vendor":9007199254740993}`
}

func TestAllPagesAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	next := map[string]string{"": "é\"1", "é\"1": "2", "2": ""}
	got, err := r.server(newStub(t, pages(func(cursor string) string {
		to, known := next[cursor]
		if !known {
			t.Errorf("asked for %q", cursor)
		}
		text, _ := json.Marshal(to)
		return `{"tools":[` + definition(fmt.Sprintf("t%d", len(cursor))) + `],"nextCursor":` + string(text) + `}`
	}))).Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Offers) != 3 || string(got.Offers[0].Definition) != definition("t0") {
		t.Errorf("offers %v", got.Offers)
	}
}

func TestListsThatDoNotEndAreLeft(t *testing.T) {
	t.Parallel()
	many := func(from, n int) string {
		var all []string
		for i := range n {
			all = append(all, definition(fmt.Sprintf("t%d", from+i)))
		}
		return strings.Join(all, ",")
	}
	for name, row := range map[string]struct {
		page func(asked int, cursor string) string
		says string
		most int64
	}{
		"a circle":            {func(int, string) string { return `{"tools":[],"nextCursor":"again"}` }, "does not come to an end", 2},
		"a longer circle":     {func(i int, _ string) string { return fmt.Sprintf(`{"tools":[],"nextCursor":"%d"}`, i%3) }, "does not come to an end", 4},
		"always another page": {func(i int, _ string) string { return fmt.Sprintf(`{"tools":[],"nextCursor":"%d"}`, i) }, "does not come to an end", 1000},
		"always more tools": {func(i int, _ string) string {
			return fmt.Sprintf(`{"tools":[%s],"nextCursor":"%d"}`, many(100*i, 100), i)
		}, "more than 1000", 11},
		"tools that are large": {func(i int, _ string) string {
			return fmt.Sprintf(`{"tools":[{"name":"t%d","description":"%s","inputSchema":{"type":"object"}}],"nextCursor":"%d"}`, i, strings.Repeat("x", 200<<10), i)
		}, "bytes together", 45},
		"a long cursor": {func(i int, _ string) string {
			return fmt.Sprintf(`{"tools":[],"nextCursor":"%d%s"}`, i, strings.Repeat("x", 20<<10))
		}, "does not come to an end", 1},
		"no list":       {func(int, string) string { return `{}` }, "cannot be used", 1},
		"another thing": {func(int, string) string { return `{"tools":{}}` }, "cannot be used", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			var asked atomic.Int64
			_, err := r.server(newStub(t, pages(func(cursor string) string { return row.page(int(asked.Add(1)), cursor) }))).Discover(t.Context())
			if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), row.says) || !hasRemedy(err) || asked.Load() > row.most {
				t.Errorf("%v after %d pages", err, asked.Load())
			}
		})
	}
}

func TestDefinitionThatCannotBeUsedIsNamedAndTheRestTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got, err := r.server(newStub(t, pages(func(string) string {
		return `{"tools":[` + definition("good") + `,{"name":"bad","inputSchema":{"type":"string"}},7,{"name":"deep","inputSchema":{"type":"object","x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}},` +
			`{"name":"large","description":"` + strings.Repeat("x", 300<<10) + `","inputSchema":{"type":"object"}}]}`
	}))).Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, u := range got.Unusable {
		names[u.Name] = u.Reason != "" && u.Kind == tools.KindTool
	}
	if len(got.Offers) != 1 || got.Offers[0].Name != "good" || len(got.Unusable) != 4 || !names["bad"] || !names["large"] || !names["deep"] {
		t.Errorf("offers %v, unusable %v", len(got.Offers), got.Unusable)
	}
}

func TestListThatTheServerDoesNotHaveIsEmpty(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*stub{"modern": {modern: true}, "legacy": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.handle = func(w http.ResponseWriter, _ *http.Request, m message) {
				if m.Method != "tools/list" {
					fail(w, m.ID, http.StatusOK, `{"code":-32601,"message":"no such method"}`)
					return
				}
				result(w, m.ID, `{"tools":[`+definition("good")+`]}`)
			}
			got, err := newRig(t).server(newStub(t, s)).Discover(t.Context())
			if err != nil || len(got.Offers) != 1 {
				t.Errorf("%d offers, %v", len(got.Offers), err)
			}
		})
	}
}

func TestErrorOfAListNamesMethodAndCode(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		stub    *stub
		refused string
		says    string
	}{
		"modern":           {&stub{modern: true}, "prompts/list", "answered prompts/list with the error -32603"},
		"legacy":           {&stub{}, "tools/list", "answered tools/list with the error -32603"},
		"on a second page": {&stub{modern: true}, "", "answered tools/list with the error -32601"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.stub.handle = func(w http.ResponseWriter, _ *http.Request, m message) {
				switch {
				case m.Method == row.refused:
					fail(w, m.ID, http.StatusOK, `{"code":-32603,"message":"the key sesame is no good"}`)
				case strings.Contains(string(m.Params), "cursor"):
					fail(w, m.ID, http.StatusOK, `{"code":-32601,"message":"no such method"}`)
				case row.refused == "":
					result(w, m.ID, `{"tools":[],"nextCursor":"1"}`)
				default:
					result(w, m.ID, everyList)
				}
			}
			s := newRig(t).server(newStub(t, row.stub))
			_, err := s.Discover(t.Context())
			if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "source notes "+row.says) || !hasRemedy(err) {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("what the server says of a key is repeated: %v", err)
			}
			if s.Health().State == upstream.Resting || s.Health().State == upstream.Failing {
				t.Errorf("health %+v of a server that answers", s.Health())
			}
		})
	}
}

func TestServerThatIsNoneIsNamed(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"no MCP":  func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) },
		"a page":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"refuses": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	} {
		r := newRig(t)
		s := r.server(serve(t, h))
		_, err := s.Discover(t.Context())
		if err == nil || !strings.Contains(fault.Public(err), "source notes") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err = s.DiscoverFor(t.Context(), r.caller(), call(0).Assertion); err == nil {
			t.Errorf("%s: found", name)
		}
	}
	r := newRig(t)
	if _, err := r.server("not a URL").Discover(t.Context()); fault.KindOf(err) != fault.Upstream {
		t.Errorf("no URL: %v", err)
	}
}

func TestOneDiscoveryReadsSoMuchAndNoMore(t *testing.T) {
	t.Parallel()
	junk := strings.Repeat("x", 3<<20)
	for name, answer := range map[string]func(w http.ResponseWriter, id json.RawMessage, page string){
		"pages": func(w http.ResponseWriter, id json.RawMessage, page string) {
			result(w, id, `{"tools":[],"junk":"`+junk+`","nextCursor":"`+page+`"}`)
		},
		"notifications": func(w http.ResponseWriter, id json.RawMessage, page string) {
			send := stream(w)
			send(event("", `{"jsonrpc":"2.0","method":"notifications/x","params":{"junk":"`+junk+`"}}`))
			send(event("", response(id, `{"tools":[],"nextCursor":"`+page+`"}`)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var pages atomic.Int64
			s := newRig(t).server(newStub(t, &stub{modern: true, handle: func(w http.ResponseWriter, _ *http.Request, m message) {
				answer(w, m.ID, strconv.FormatInt(pages.Add(1), 10))
			}}))
			_, err := s.Discover(t.Context())
			if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "source notes sends more than 33554432 bytes") {
				t.Errorf("error %v", err)
			}
			if got := pages.Load(); got != 11 {
				t.Errorf("read %d pages of 3 MB, want 11", got)
			}
		})
	}
}
