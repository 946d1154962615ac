package msgraph_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answer is a response, its body read.
type answer struct {
	status int
	header http.Header
	text   string
	json   map[string]any
	mask   mask // for golden files
}

// refuses checks status and code of a refusal.
func (a answer) refuses(t *testing.T, status int, code string) {
	t.Helper()
	inside, _ := a.json["error"].(map[string]any)
	if a.status != status || inside["code"] != code || inside["message"] == "" {
		t.Errorf("got %d %s, want %d %s", a.status, a.text, status, code)
	}
}

func (a answer) message() string {
	inside, _ := a.json["error"].(map[string]any)
	text, _ := inside["message"].(string)
	return text
}

func (a answer) str(name string) string {
	text, _ := a.json[name].(string)
	return text
}

// entries are the value of a collection.
func (a answer) entries() []map[string]any { return objects(a.json["value"]) }

func objects(value any) []map[string]any {
	var out []map[string]any
	list, _ := value.([]any)
	for _, one := range list {
		entry, _ := one.(map[string]any)
		out = append(out, entry)
	}
	return out
}

// failed checks status, code and, unless empty, message of an error.
func (a answer) failed(t *testing.T, status int, code, message string) {
	t.Helper()
	body, _ := a.json["error"].(map[string]any)
	if a.status != status || body["code"] != code || message != "" && body["message"] != message {
		t.Errorf("got %d %s\nwant %d %s %s", a.status, a.text, status, code, message)
	}
}

// denied checks that the token may not.
func (a answer) denied(t *testing.T) {
	t.Helper()
	a.failed(t, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

// each is one property of all entries of a list, as texts.
func (a answer) each(name string) []string {
	list, _ := a.json["value"].([]any)
	out := []string{}
	for _, entry := range list {
		if s, ok := entry.(string); ok {
			out = append(out, s)
			continue
		}
		object, _ := entry.(map[string]any)
		value, _ := json.Marshal(object[name])
		out = append(out, strings.Trim(string(value), `"`))
	}
	return out
}

// names checks the display names of a list, in order.
func (a answer) names(t *testing.T, want ...string) {
	t.Helper()
	if names := a.each("displayName"); a.status != http.StatusOK || !slices.Equal(names, want) {
		t.Errorf("got %d %v %s\nwant %v", a.status, names, a.text, want)
	}
}

// list is a property of every entry of a list, joined.
func (a answer) list(property string) string {
	var out []string
	value, _ := a.json["value"].([]any)
	for _, one := range value {
		entry, _ := one.(map[string]any)
		text, _ := entry[property].(string)
		out = append(out, text)
	}
	return strings.Join(out, "|")
}

func (a answer) first(t *testing.T) map[string]any {
	t.Helper()
	value, _ := a.json["value"].([]any)
	if len(value) == 0 {
		t.Fatalf("nothing is listed in %s", a.text)
	}
	entry, _ := value[0].(map[string]any)
	return entry
}

func textOf(value any) string {
	s, _ := value.(string)
	return s
}

// next is the address of the following page, without the host.
func (a answer) next(t *testing.T) string {
	t.Helper()
	next, ok := strings.CutPrefix(textOf(a.json["@odata.nextLink"]), rootURL)
	if !ok {
		t.Fatalf("nextLink is %v", a.json["@odata.nextLink"])
	}
	return next
}
