package mcphost_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/internal/audit"
	"gatehouse/internal/mcphost"
)

func TestKeptAreTheFieldsThatAreNamed(t *testing.T) {
	t.Parallel()
	const object = `{"a": {"b": [ 1, 2 ], "c/d": "x\ny", "~": null}, "e":12345678901234567890, "":true, "secret":"s"}`
	for _, row := range []struct {
		name     string
		pointers []string
		object   string
		want     string
	}{
		{"nothing", nil, object, ""},
		{"nested, escaped and exact", []string{"/a/b", "/a/c~1d", "/a/~0", "/e"}, object, `{"/a/b":[1,2],"/a/c~1d":"x\ny","/a/~0":null,"/e":12345678901234567890}`},
		{"the empty name", []string{"//", "/"}, object, `{"/":true}`},
		{"not there", []string{"/a/x", "/e/x", "/x"}, object, ""},
		{"in an array", []string{"/a/b/0"}, object, ""},
		{"no object", []string{"/a"}, `[1]`, ""},
		{"nothing was sent", []string{"/a"}, ``, ""},
	} {
		if got := mcphost.Keep(row.pointers, []byte(row.object)); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestKeptIsBoundedAndSaysSo(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", audit.KeptLimit)
	got := mcphost.Keep([]string{"/a", "/b", "/c"}, []byte(`{"a":"`+long+`","b":1,"c":"`+long+`"}`))
	if got != `{"/b":1,"omitted":2}` {
		t.Errorf("%.100s", got)
	}
	fits := mcphost.Keep([]string{"/a"}, []byte(`{"a":"`+long[:audit.KeptLimit-40]+`"}`))
	if len(fits) > audit.KeptLimit || !json.Valid([]byte(fits)) || strings.Contains(fits, "omitted") {
		t.Errorf("%d bytes", len(fits))
	}
}
