package builtin_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestGreetingCardCarriesNameAndMessage(t *testing.T) {
	t.Parallel()
	tool := all(&entra{})["greeting_card"]
	for arguments, want := range map[string][2]string{
		`{"name":"Bob"}`:              {"Bob", "Welcome to Gatehouse!"},
		`{"name":"Bob","message":""}`: {"Bob", ""},
		`{"name":"<img src=x onerror=alert(1)>","message":"a\nb \u2028"}`: {"<img src=x onerror=alert(1)>", "a\nb \u2028"},
	} {
		r := call(t, tool, alice(t, "Alice"), arguments)
		var got struct{ Name, Message string }
		if err := json.Unmarshal(r.Structured, &got); err != nil {
			t.Fatal(err)
		}
		if got.Name != want[0] || got.Message != want[1] || !strings.Contains(r.text(), want[0]) {
			t.Errorf("%s: %+v, %q", arguments, got, r.text())
		}
	}
}

func TestGreetingCardArgumentsAreBounded(t *testing.T) {
	t.Parallel()
	schema := compile(t, all(&entra{})["greeting_card"].InputSchema)
	for name, value := range map[string]map[string]any{
		"no name":       {},
		"empty name":    {"name": ""},
		"long name":     {"name": strings.Repeat("n", 101)},
		"long message":  {"name": "Bob", "message": strings.Repeat("m", 501)},
		"another thing": {"name": "Bob", "color": "red"},
	} {
		if schema.Validate(value) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestGreetingCardAppIsSelfContainedAndSetsTextOnly(t *testing.T) {
	t.Parallel()
	app := all(&entra{})["greeting_card"].App
	if app == nil || app.URI != "ui://gatehouse/greeting_card" {
		t.Fatalf("app %+v", app)
	}
	html := string(app.HTML)
	if !strings.HasPrefix(html, "<!DOCTYPE html>") || len(html) > 16<<10 {
		t.Errorf("not a small HTML5 document: %d bytes", len(html))
	}
	for _, loads := range []string{`https?://`, `\bsrc\s*=`, `\bhref\s*=`, `@import`, `url\(`, `\bfetch\(`, `XMLHttpRequest`, `WebSocket`, `import\(`} {
		if found := regexp.MustCompile(loads).FindString(html); found != "" {
			t.Errorf("the app loads something: %q", found)
		}
	}
	for _, markup := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser"} {
		if strings.Contains(html, markup) {
			t.Errorf("the app turns text into markup: %s", markup)
		}
	}
	for _, speaks := range []string{"ui/initialize", "ui/notifications/initialized", "ui/notifications/tool-result", "ui/resource-teardown", "event.source !== host", "default-src 'none'"} {
		if !strings.Contains(html, speaks) {
			t.Errorf("the app lacks %s", speaks)
		}
	}
}
