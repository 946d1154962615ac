package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/tools"
)

// askUpstream asks the servers behind organizations.
func askUpstream(t *testing.T, path, body string) (status int, answer string) {
	t.Helper()
	w := httptest.NewRecorder()
	(&upstream{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestUpstreamOffersWhatItsPathSays(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]map[string]int{
		everyKind:         {"tools": 2, "prompts": 1, "resources": 1, "resourceTemplates": 1},
		pathOf(fewTools):  {"tools": fewTools},
		pathOf(manyTools): {"tools": manyTools},
	} {
		for method, member := range map[string]string{
			"tools/list": "tools", "prompts/list": "prompts", "resources/list": "resources", "resources/templates/list": "resourceTemplates",
		} {
			status, body := askUpstream(t, path, `{"jsonrpc":"2.0","id":"a","method":"`+method+`"}`)
			answer, err := decode(status, []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			var said map[string]json.RawMessage
			var all []json.RawMessage
			if err := json.Unmarshal(answer, &said); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(said[member], &all); err != nil || len(all) != want[member] {
				t.Errorf("%s of %s: %d definitions, want %d (%v)", method, path, len(all), want[member], err)
			}
		}
	}
}

func TestEverythingOfferedCanBeUsed(t *testing.T) {
	t.Parallel()
	for _, path := range []string{everyKind, pathOf(manyTools)} {
		all, err := offering(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			offer, err := tools.NewOffer(o.kind, []byte(o.definition))
			if err != nil || offer.Kind == tools.KindTool && tools.Propose(offer) != tools.Read {
				t.Errorf("%s: %v", o.definition, err)
			}
		}
	}
}

func TestUpstreamAnswersCallsWithTheirID(t *testing.T) {
	t.Parallel()
	status, body := askUpstream(t, everyKind, `{"jsonrpc":"2.0","id":"a-7","method":"tools/call","params":{"name":"open_0000"}}`)
	answer, err := decode(status, []byte(body))
	if err != nil || !strings.Contains(body, `"id":"a-7"`) {
		t.Fatalf("%s: %v", body, err)
	}
	if err := takesNote(answer); err != nil {
		t.Error(err)
	}
}

func TestUpstreamRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	const ping = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"/0", ping, http.StatusNotFound},
		{"/1001", ping, http.StatusNotFound},
		{"/other", ping, http.StatusNotFound},
		{everyKind, `{"jsonrpc":"2.0","id":1,"method":"initialize"}`, http.StatusNotFound},
		{everyKind, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, http.StatusBadRequest},
		{everyKind, `no JSON`, http.StatusBadRequest},
	} {
		if status, body := askUpstream(t, c.path, c.body); status != c.want {
			t.Errorf("%s %s: HTTP %d, want %d: %s", c.path, c.body, status, c.want, body)
		}
	}
}

func TestOnlyTheUpstreamsAnswerCounts(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"content":[]}`, `{"content":[{"type":"text","text":"from a cache"}]}`, `{"content":7}`} {
		if err := takesNote([]byte(answer)); err == nil {
			t.Errorf("%s counts", answer)
		}
	}
}
